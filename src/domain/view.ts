import { PROFILE_FIELDS, type User } from './user.js'

/** What scripts, the API and exports see of a person, in this order. Absent values are null. */
export const VIEW_FIELDS = [
  'id',
  'connection',
  'entraObjectId',
  ...PROFILE_FIELDS,
  'identity',
  'status',
  'statusSince',
  'statusReason',
  'account',
  'accountReason',
  'firstLoginAt',
  'firstLoginSource',
  'lastLoginAt',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof User)[]

export type UserView = Pick<User, (typeof VIEW_FIELDS)[number]>

export function toView(user: User): UserView {
  return Object.fromEntries(VIEW_FIELDS.map((field) => [field, user[field]])) as unknown as UserView
}
