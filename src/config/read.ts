import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse as parseDotenv } from 'dotenv'
import { EVERYONE } from '../domain/scope.js'
import type {
  Config,
  ConnectionConfig,
  ConnectionSettings,
  Credential,
  MicrosoftConfig,
  Secrets,
  SettingsProblem,
} from './config.js'
import { inFile, ownNames, readConnections, sameTenants, type ConnectionReading } from './connections.js'
import { chooseCredential, missingForMicrosoft } from './credential.js'
import { fileReason, whyUnreadable } from './files.js'
import { MAPPING_FILE, readFolder, type OwnFiles } from './folder.js'
import { userTypeProblem } from './mapping.js'
import { settingsError } from './problems.js'
import type { Values } from './settings.js'
import { readValues, textOf, type Environment, type Reading } from './values.js'
import { misspelt, warningsOf } from './warnings.js'

export interface ConfigInput {
  readonly env: Environment
  /** What relative paths belong to. */
  readonly cwd: string
  /** Whether logs go to a terminal. */
  readonly tty: boolean
  /** `store`: the command asks Microsoft nothing, so a missing app registration is no problem; an unreadable one is. */
  readonly needs: 'microsoft' | 'store'
  /** Leaves `connections.json` alone: `demo` brings a connection of its own. */
  readonly environmentOnly?: boolean
}

export type ConfigResult =
  | {
      readonly ok: true
      /** Of the only connection, or the first. */
      readonly config: Config
      readonly secrets: Secrets
      /** All of them, in the order of `connections.json`. */
      readonly connections: readonly ConnectionSettings[]
      readonly warnings: readonly SettingsProblem[]
    }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[]; readonly warnings: readonly SettingsProblem[] }

/**
 * The environment of the process over `.env` in the working directory. Empty values count as unset in both, so an empty
 * variable of the process lets the file speak. Throws `settings.invalid` when the file is there and cannot be read.
 */
export function environment(cwd: string): Environment {
  return { ...dotenv(join(cwd, '.env')), ...withoutEmpty(process.env) }
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''))
}

function dotenv(path: string): Environment {
  try {
    const bytes = readFileSync(path)
    // Windows PowerShell writes UTF-16 by default.
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf16le' : 'utf8'
    return withoutEmpty(parseDotenv(bytes.toString(encoding).replace(/^\uFEFF/, '')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    const message = `The file ${path} cannot be read: ${fileReason(error)}.`
    throw settingsError([{ name: '.env', message, remedy: 'Make it readable, or move it away.' }])
  }
}

/** Every problem at once, or the settings in groups, secrets apart. */
export function readConfig(input: ConfigInput): ConfigResult {
  const { problems: unreadable, ...environment } = readValues(input.env)
  const file = input.environmentOnly ? null : readConnections({ ...input, environment })
  const own = readFolder(input.cwd)
  const files: Selection = input.environmentOnly ? { scope: EVERYONE, mapping: {} } : own
  const read = (file?.connections ?? [environment]).map((reading, _, all) =>
    readConnection(reading, files, { ...input, isOnly: all.length === 1 }),
  )
  const problems = distinct([
    ...unreadable,
    ...(file?.problems ?? []),
    ...read.flatMap((one) => one.problems),
    ...authoritiesProblem(environment.values, input.cwd),
    ...own.problems,
  ])
  const warnings = distinct([
    ...misspelt(Object.keys(input.env).filter((name) => !file?.variables.has(name))),
    ...read.flatMap((one) => one.warnings),
    ...sameTenants(file?.connections ?? []).map(inFile),
  ])
  const connections = read.map(({ config, secrets }) => ({
    config: { ...config, texts: own.texts, logo: own.logo },
    secrets,
  }))
  const [first] = connections
  if (problems.length > 0 || !first) return { ok: false, problems, warnings }
  return { ok: true, ...first, connections, warnings }
}

type Selection = Pick<OwnFiles, 'scope' | 'mapping'>

/** What several connections take from the environment is told once. */
function distinct(problems: readonly SettingsProblem[]): SettingsProblem[] {
  return [...new Map(problems.map((one) => [one.message, one])).values()]
}

interface ReadConnection {
  readonly config: Omit<Config, 'texts' | 'logo'>
  readonly secrets: Secrets
  readonly problems: readonly SettingsProblem[]
  readonly warnings: readonly SettingsProblem[]
}

function readConnection(
  reading: Reading | ConnectionReading,
  files: Selection,
  input: ConfigInput & { readonly isOnly: boolean },
): ReadConnection {
  const isOwn = 'ownIdentity' in reading && reading.ownIdentity
  const identityEndpoint = !isOwn && textOf(input.env, 'IDENTITY_ENDPOINT') !== null
  const { credential, problems } = chooseCredential(reading, { cwd: input.cwd, identityEndpoint })
  if (input.needs === 'microsoft') problems.push(...missingForMicrosoft(reading, credential))
  problems.push(...senderProblem(reading), ...webhookProblem(reading))
  const own = 'name' in reading ? reading : { name: 'default', place: '', scope: null, mapping: null }
  const { scope, mapping } = { scope: own.scope ?? files.scope, mapping: own.mapping ?? files.mapping }
  problems.push(
    ...userTypeProblem(scope, mapping, own.mapping ? `${own.place}.mapping.userType` : `${MAPPING_FILE}: userType`),
  )
  const { microsoft, ...rest } = connectionOf(own.name, reading.values, credential)
  const named = microsoft && 'name' in reading ? { ...microsoft, own: ownNames(reading, input.isOnly) } : microsoft
  const connection = { ...rest, microsoft: named, scope, mapping }
  return {
    config: configOf(reading.values, connection, input),
    secrets: secretsOf(reading, input),
    problems: problems.map(inFile),
    warnings: warningsOf(reading).map(inFile),
  }
}

function senderProblem({ values, unreadable, nameOf }: Reading): SettingsProblem[] {
  if (values.MAIL_URL.kind !== 'smtp' || values.MAIL_FROM !== null || unreadable.has('MAIL_FROM')) return []
  const name = nameOf('MAIL_FROM')
  const message = `${name} is not set, but ${nameOf('MAIL_URL')} names a mail server, which needs a sender.`
  return [{ name, message, remedy: 'Write the address emails come from: intranet@contoso.example.' }]
}

function webhookProblem({ values, unreadable, nameOf }: Reading): SettingsProblem[] {
  const [address, secret] = ['NOTIFY_WEBHOOK_URL', 'NOTIFY_WEBHOOK_SECRET'] as const
  if (values[address] === null || values[secret] !== null || unreadable.has(secret)) return []
  const name = nameOf(secret)
  const message = `${name} is not set, but ${nameOf(address)} is: whoever receives notifications must know they are ours.`
  return [{ name, message, remedy: 'Write a long random text, and give the receiver the same one.' }]
}

function authoritiesProblem(values: Values, cwd: string): SettingsProblem[] {
  if (values.NODE_EXTRA_CA_CERTS === null) return []
  const path = resolve(cwd, values.NODE_EXTRA_CA_CERTS)
  const reason = whyUnreadable(path)
  if (reason === null) return []
  const message = `NODE_EXTRA_CA_CERTS names a file that cannot be read: ${path}: ${reason}.`
  const remedy = 'Check the path, and that the account the connector runs under may read it.'
  return [{ name: 'NODE_EXTRA_CA_CERTS', message, remedy }]
}

function microsoftOf(values: Values, credential: Credential | null): MicrosoftConfig | null {
  const complete = values.AZURE_TENANT_ID !== null && values.AZURE_CLIENT_ID !== null
  if (credential === null || (!complete && credential.kind !== 'managed-identity')) return null
  return {
    tenantId: values.AZURE_TENANT_ID,
    clientId: values.AZURE_CLIENT_ID,
    credential,
    authorityHost: values.AZURE_AUTHORITY_HOST,
    graphUrl: values.GRAPH_BASE_URL,
    giveUpAfterMs: values.GIVE_UP_AFTER,
  }
}

function connectionOf(
  name: string,
  values: Values,
  credential: Credential | null,
): Omit<ConnectionConfig, 'scope' | 'mapping'> {
  return {
    name,
    microsoft: microsoftOf(values, credential),
    appIds: values.AHEAD_APP_ID ?? [],
    rules: { disabledAccounts: values.DISABLED_ACCOUNTS, licenseSeats: values.LICENSE_SEATS },
    removalLimit: { count: values.REMOVAL_LIMIT_COUNT, percent: values.REMOVAL_LIMIT_PERCENT },
    holdsExpireMs: values.HOLDS_EXPIRE_AFTER,
    undoKeptMs: values.UNDO_KEPT_FOR,
    reconcileMs: values.RECONCILE_EVERY,
    onboardingSend: values.ONBOARDING_SEND,
    emailEnabled: values.EMAIL_ENABLED,
    tooLong: {
      'never-logged-in': values.TOO_LONG_NEVER_LOGGED_IN,
      migrating: values.TOO_LONG_MIGRATING,
      pending: values.TOO_LONG_PENDING,
      'onboarding-incomplete': values.TOO_LONG_ONBOARDING_INCOMPLETE,
      failed: values.TOO_LONG_FAILED,
    },
  }
}

function configOf(
  values: Values,
  connection: ConnectionConfig,
  { cwd, tty }: ConfigInput,
): Omit<Config, 'texts' | 'logo'> {
  const store = values.STORE_URL
  const mail = values.MAIL_URL
  return {
    connection,
    store: store.kind === 'sqlite' ? { ...store, path: resolve(cwd, store.path) } : store,
    mail: mail.kind === 'file' ? { ...mail, directory: resolve(cwd, mail.directory) } : mail,
    mailFrom: values.MAIL_FROM,
    mailPerMinute: values.MAIL_PER_MINUTE,
    bounces: values.BOUNCES_URL,
    notify: { emails: values.NOTIFY_EMAIL ?? [], webhook: values.NOTIFY_WEBHOOK_URL !== null },
    intranet: {
      name: values.INTRANET_NAME,
      url: values.INTRANET_URL,
      organisation: values.ORGANISATION_NAME,
      supportContact: values.SUPPORT_CONTACT,
      language: values.EMAIL_LANGUAGE,
    },
    kept: { runsMs: values.RUNS_KEPT_FOR, historyMs: values.HISTORY_KEPT_FOR },
    schedule: { cron: values.SYNC_SCHEDULE, timezone: values.SYNC_TIMEZONE },
    http: {
      host: values.HOST,
      port: values.PORT,
      publicUrl: values.PUBLIC_URL,
      trustedProxies: values.TRUSTED_PROXIES,
    },
    log: {
      level: values.LOG_LEVEL,
      format: values.LOG_FORMAT ?? (tty ? 'pretty' : 'json'),
      file: values.LOG_FILE === null ? null : resolve(cwd, values.LOG_FILE),
      maskAddresses: values.LOG_MASK_ADDRESSES,
    },
  }
}

function secretsOf({ values, texts }: Reading, { cwd }: ConfigInput): Secrets {
  const extraCa = values.NODE_EXTRA_CA_CERTS
  return {
    clientSecret: values.AZURE_CLIENT_SECRET,
    certificatePassword: values.AZURE_CLIENT_CERTIFICATE_PASSWORD,
    storeUrl: texts.STORE_URL ?? '',
    mailUrl: texts.MAIL_URL ?? '',
    bouncesUrl: texts.BOUNCES_URL,
    webhook: webhookOf(values),
    network: {
      extraCaPath: extraCa === null ? null : resolve(cwd, extraCa),
      httpProxy: values.HTTP_PROXY,
      httpsProxy: values.HTTPS_PROXY,
      noProxy: values.NO_PROXY,
    },
  }
}

function webhookOf({ NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_SECRET: secret }: Values): Secrets['webhook'] {
  return url === null || secret === null ? null : { url: url.href, secret }
}
