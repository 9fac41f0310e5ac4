/** What we ask of the driver, unless the address itself says otherwise. */
const OPTIONS = {
  appName: 'entra-connector',
  w: 'majority',
  journal: true,
  readConcernLevel: 'majority',
  retryWrites: true,
  retryReads: true,
  serverSelectionTimeoutMS: 20_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 20_000,
  waitQueueTimeoutMS: 20_000,
  wtimeoutMS: 20_000,
  maxPoolSize: 20,
} as const

/**
 * Who is read from is not for the address to say: a secondary lags behind, and a revision, a fence or a cursor of a moment
 * ago would be taken for the one there is.
 */
const NOT_OBEYED: readonly string[] = ['readpreference', 'readpreferencetags', 'maxstalenessseconds']
const READ_FROM = { readPreference: 'primary' } as const

export interface DriverOptions {
  /** The address as the driver is to have it. */
  readonly url: string
  readonly options: Readonly<Record<string, unknown>>
  /** The address as it may be shown: without user name, password and options. */
  readonly shown: string
  /** What must never be shown. */
  readonly secrets: readonly string[]
}

/**
 * Reading with `majority` costs nothing on a primary and never shows what a step-down could undo: a revision read
 * before it may be given out again afterwards, and a write guarded by it would then pass over somebody else's.
 */
export function driverOptions(url: string): DriverOptions {
  const [, scheme = 'mongodb', rest = ''] = /^(mongodb(?:\+srv)?):\/\/(.*)$/is.exec(url) ?? []
  const [beforeQuery = '', query = ''] = splitOnce(rest, '?')
  const obeyed = query.split('&').filter((part) => !NOT_OBEYED.includes(nameOf(part)))
  const at = beforeQuery.lastIndexOf('@')
  const credentials = at === -1 ? '' : beforeQuery.slice(0, at)
  const [, password = ''] = splitOnce(credentials, ':')
  const given = new URLSearchParams(query)
  const names = new Set([...given.keys()].map((name) => name.toLowerCase()))
  const options = Object.entries(OPTIONS).filter(([name]) => !names.has(name.toLowerCase()))
  const secrets = [password, decoded(password), credentials, query, ...given.values()].filter((text) => text.length > 3)
  return {
    url: query === '' ? url : `${scheme}://${beforeQuery}?${obeyed.join('&')}`,
    options: { ...Object.fromEntries(options), ...READ_FROM },
    shown: `${scheme}://${beforeQuery.slice(at + 1)}`,
    secrets,
  }
}

/** Text of the driver's, in which an address may stand. */
export function withoutSecrets(text: string, { secrets }: Pick<DriverOptions, 'secrets'>): string {
  const cut = [...secrets].sort((a, b) => b.length - a.length)
  const bare = text.replace(/(mongodb(?:\+srv)?:\/\/)[^@\s/]*@/gi, '$1')
  return cut.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), bare)
}

function nameOf(option: string): string {
  return decoded(splitOnce(option, '=')[0] ?? '').toLowerCase()
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + mark.length)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
