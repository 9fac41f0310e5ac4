import type { Json } from './answer.js'
import type { Property } from './properties.js'

export type PersonState = 'live' | 'soft-deleted' | 'purged'
export type Text = string | null | undefined

/** A value as Graph returns it: absent or undefined was never set, null was cleared. */
export type PersonInput = { readonly [name in Exclude<Property, 'userPrincipalName'>]?: Json | undefined } & {
  readonly displayName?: Text
  readonly givenName?: Text
  readonly surname?: Text
  readonly mail?: Text
  readonly accountEnabled?: boolean | null | undefined
  readonly userType?: Text
  readonly deletedDateTime?: Text
  /** Object id of the manager. */
  readonly manager?: Text
}

/** One immutable state of a person: a change makes a new one, so an older one can still be served. */
export type Person = PersonInput & {
  readonly id: string
  readonly state: PersonState
  readonly userPrincipalName: string
}
