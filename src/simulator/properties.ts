import { GraphRefusal } from './errors.js'

/** The properties of a Graph user which live in the directory store and can be selected. */
const DIRECTORY_PROPERTIES = [
  'userPrincipalName',
  'mail',
  'otherMails',
  'proxyAddresses',
  'displayName',
  'givenName',
  'surname',
  'jobTitle',
  'department',
  'companyName',
  'officeLocation',
  'streetAddress',
  'city',
  'state',
  'postalCode',
  'country',
  'mobilePhone',
  'businessPhones',
  'faxNumber',
  'imAddresses',
  'preferredLanguage',
  'usageLocation',
  'accountEnabled',
  'userType',
  'employeeId',
  'employeeType',
  'employeeHireDate',
  'createdDateTime',
  'deletedDateTime',
  'externalUserState',
  'externalUserStateChangeDateTime',
  'onPremisesSyncEnabled',
  'onPremisesLastSyncDateTime',
  'onPremisesImmutableId',
  'onPremisesSamAccountName',
  'onPremisesDomainName',
  'onPremisesDistinguishedName',
  'onPremisesUserPrincipalName',
  'onPremisesSecurityIdentifier',
  'onPremisesExtensionAttributes',
  'assignedLicenses',
  'securityIdentifier',
  'manager',
] as const
export type Property = (typeof DIRECTORY_PROPERTIES)[number]

/** What comes back without `$select`, `id` apart. https://learn.microsoft.com/graph/api/resources/users */
const DEFAULT_SET: readonly Property[] = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
]

export const COLLECTIONS: readonly Property[] = [
  'businessPhones',
  'otherMails',
  'proxyAddresses',
  'imAddresses',
  'assignedLicenses',
]

/** Kept in other stores than the directory: delta refuses or ignores them, a listing answers 501 for most. */
const OTHER_STORES = [
  'aboutMe',
  'birthday',
  'cloudLicensing',
  'deviceEnrollmentLimit',
  'hireDate',
  'interests',
  'mailboxSettings',
  'mySite',
  'pastProjects',
  'preferredName',
  'print',
  'responsibilities',
  'schools',
  'skills',
]

/** `names` never holds `id`, which always comes back. `text` is the list in canonical spelling, for `@odata.context`. */
export interface Selection {
  readonly names: readonly Property[]
  readonly text: string
  readonly signInActivity: boolean
}

const BY_LOWER_CASE = new Map<string, Property>(DIRECTORY_PROPERTIES.map((name) => [name.toLowerCase(), name]))
const OTHER_BY_LOWER_CASE = new Set(OTHER_STORES.map((name) => name.toLowerCase()))
const parsed = new Map<string, Selection>()

export function isUserProperty(name: string): boolean {
  return BY_LOWER_CASE.has(name.trim().toLowerCase())
}

/** Reads `$select`; unknown names are a 400, names of other stores a 501, as on the collection in Graph. */
export function parseSelect(select: string | undefined): Selection {
  const key = select ?? ''
  const known = parsed.get(key)
  if (known) return known
  const wanted = key.split(',').map((name) => name.trim().toLowerCase())
  const names = select?.trim() ? wanted.filter((name) => name !== 'id').flatMap(named) : DEFAULT_SET
  const selection = { names, text: names.join(','), signInActivity: wanted.includes('signinactivity') }
  if (parsed.size > 500) parsed.clear()
  parsed.set(key, selection)
  return selection
}

function named(name: string): Property[] {
  const property = BY_LOWER_CASE.get(name)
  if (property) return [property]
  if (name === 'signinactivity') return []
  if (OTHER_BY_LOWER_CASE.has(name)) throw new GraphRefusal(501, 'NotImplemented', 'Not Implemented')
  throw new GraphRefusal(
    400,
    'BadRequest',
    `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.user'.`,
  )
}

/** Delta refuses what lives outside the directory store as a whole: microsoftgraph/microsoft-graph-explorer-v4#3189. */
export function parseDeltaSelect(select: string | undefined): Selection {
  const outside = (select ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name.toLowerCase() === 'signinactivity' || OTHER_BY_LOWER_CASE.has(name.toLowerCase()))
  if (outside.length > 0)
    throw new GraphRefusal(400, 'BadRequest', `Invalid request for delta query: cannot track ${outside.join(', ')}.`)
  return parseSelect(select)
}
