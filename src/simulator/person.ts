import type { Json, JsonObject } from './answer.js'
import type { Property } from './properties.js'

export type Standing = 'live' | 'soft-deleted' | 'purged'
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
  /** Not to be taken for Graph's `state`, which is part of an address. */
  readonly standing: Standing
  readonly userPrincipalName: string
}

/** Of the extension attributes a patch changes only those it names, as in Graph. */
export function merged<Patch extends PersonInput>(patch: Patch, before: Person): Patch {
  const { onPremisesExtensionAttributes: named } = patch
  const held = before.onPremisesExtensionAttributes
  if (!isComplex(named) || !isComplex(held)) return patch
  return { ...patch, onPremisesExtensionAttributes: { ...held, ...named } }
}

function isComplex(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
