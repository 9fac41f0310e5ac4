/**
 * Properties of people whose changes a delta query reports, and how values within them are named:
 * `department`, `otherMails[0]`, `onPremisesExtensionAttributes.extensionAttribute3`.
 * Source: Microsoft Learn, user resource type, and "Use delta query", which names what lies outside the directory.
 */

/** A place in a list counts from 0. */
export interface SourcePath {
  readonly text: string
  readonly property: string
  readonly index: number | null
  readonly part: string | null
}

/** `problem` continues a sentence about the text; `misspelt` is a property that nobody knows. */
export interface BadPath {
  readonly problem: string
  readonly remedy: string
  readonly misspelt?: string
}

const TEXTS = [
  'accountEnabled',
  'ageGroup',
  'city',
  'companyName',
  'consentProvidedForMinor',
  'country',
  'createdDateTime',
  'creationType',
  'department',
  'displayName',
  'employeeHireDate',
  'employeeId',
  'employeeType',
  'externalUserState',
  'externalUserStateChangeDateTime',
  'faxNumber',
  'givenName',
  'isResourceAccount',
  'jobTitle',
  'legalAgeGroupClassification',
  'mail',
  'mailNickname',
  'mobilePhone',
  'officeLocation',
  'onPremisesDistinguishedName',
  'onPremisesDomainName',
  'onPremisesImmutableId',
  'onPremisesSamAccountName',
  'onPremisesSecurityIdentifier',
  'onPremisesSyncEnabled',
  'onPremisesUserPrincipalName',
  'postalCode',
  'preferredDataLocation',
  'preferredLanguage',
  'securityIdentifier',
  'state',
  'streetAddress',
  'surname',
  'usageLocation',
  'userPrincipalName',
  'userType',
]
const LISTS = ['businessPhones', 'imAddresses', 'otherMails', 'proxyAddresses']
const EXTENSION_ATTRIBUTES = Array.from({ length: 15 }, (_, index) => `extensionAttribute${index + 1}`)
const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['onPremisesExtensionAttributes', EXTENSION_ATTRIBUTES],
  ['employeeOrgData', ['costCenter', 'division']],
])
/** What an application of the tenant has added: `extension_` + its id without hyphens + `_` + a name. */
const DIRECTORY_EXTENSION = /^extension_[0-9a-f]{32}_\w+$/i

const OUTSIDE = 'is kept outside the directory: Entra never reports that it has changed'
const ANOTHER = 'leads to other objects and has no value of its own'
const OBJECTS = 'holds objects, not a text'
const GRANT = 'needs a permission of its own, which we do not ask for'
const REFUSED: ReadonlyMap<string, string> = new Map([
  ...[
    'aboutMe',
    'birthday',
    'cloudLicensing',
    'deviceEnrollmentLimit',
    'hireDate',
    'interests',
    'licenseAssignmentStates',
    'mailboxSettings',
    'mySite',
    'pastProjects',
    'preferredName',
    'print',
    'responsibilities',
    'schools',
    'signInActivity',
    'skills',
  ].map((name) => [name, OUTSIDE] as const),
  ...['directReports', 'manager', 'ownedObjects', 'sponsors'].map((name) => [name, ANOTHER] as const),
  ...['memberOf', 'transitiveMemberOf'].map((name) => [name, `${ANOTHER}; groups of config/scope.json do`] as const),
  ...['assignedLicenses', 'assignedPlans', 'identities', 'onPremisesProvisioningErrors', 'provisionedPlans'].map(
    (name) => [name, OBJECTS] as const,
  ),
  ...['customSecurityAttributes', 'employeeLeaveDateTime'].map((name) => [name, GRANT] as const),
  ['onPremisesLastSyncDateTime', 'changes with every synchronisation, so everybody would change all the time'],
  ['deletedDateTime', 'is empty for everybody who is not deleted'],
  ['id', 'is the object id, which never changes and is ours already'],
])

const FORM = /^(\w+)(?:\[(\d{1,3})\]|\.(\w+))?$/
const WRITE = 'Write a property as Graph names it: department, otherMails[0], '
const LISTED = 'Take another one: the README tells which ones Entra reports.'

/** All that can be named without a place or a part. */
export const PROPERTIES: readonly string[] = [...TEXTS, ...LISTS, ...PARTS.keys()]

/** One way to name each, places and parts as an example: for documents. */
export const EXAMPLES: readonly string[] = [
  ...TEXTS,
  ...LISTS.map((list) => `${list}[0]`),
  ...[...PARTS].map(([property, parts]) => `${property}.${parts[0] ?? ''}`),
].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))

/** The parts of a path, whatever property it names; null when it is none. */
export function sourcePath(text: string): SourcePath | null {
  const [, property, index, part] = FORM.exec(text) ?? []
  if (property === undefined) return null
  return { text, property, index: index === undefined ? null : Number(index), part: part ?? null }
}

/** Null for a path whose changes are reported, and whose form fits the property. */
export function problemOfPath(text: string): BadPath | null {
  const path = sourcePath(text)
  if (!path) return { problem: 'is no source', remedy: `${WRITE}onPremisesExtensionAttributes.extensionAttribute3.` }
  const { property, index, part } = path
  const refused = REFUSED.get(property)
  if (refused !== undefined) return { problem: refused, remedy: LISTED }
  const isText = TEXTS.includes(property) || DIRECTORY_EXTENSION.test(property)
  const isList = LISTS.includes(property)
  const parts = PARTS.get(property)
  if (!isText && !isList && !parts) return unknown(property)
  if (isList && index === null) return { problem: 'is a list', remedy: `Name a place in it: ${property}[0].` }
  if (!isList && index !== null) return { problem: 'is no list', remedy: `Write ${property} without a place.` }
  if (!parts && part !== null) return { problem: 'has no parts', remedy: `Write ${property} alone.` }
  if (!parts || (part !== null && parts.includes(part))) return null
  const remedy = `Name one: ${property}.${parts[0] ?? ''} to ${property}.${parts.at(-1) ?? ''}.`
  return { problem: part === null ? 'has parts' : 'names a part that is not there', remedy }
}

function unknown(property: string): BadPath {
  const problem = 'is no property of people that Entra reports changes of'
  const owner = [...PARTS].find(([, parts]) => parts.includes(property))?.[0]
  return owner === undefined
    ? { problem, remedy: LISTED, misspelt: property }
    : { problem, remedy: `Did you mean ${owner}.${property}?` }
}
