import type { User } from './user.js'

/** What scripts, the API and exports see of a person, in this order. Absent values are null. */
export const VIEW_FIELDS = [
  'id',
  'connection',
  'entraObjectId',
  'userPrincipalName',
  'displayName',
  'givenName',
  'surname',
  'mail',
  'jobTitle',
  'department',
  'companyName',
  'officeLocation',
  'mobilePhone',
  'preferredLanguage',
  'employeeId',
  'userType',
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
