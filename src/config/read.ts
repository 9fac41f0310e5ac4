import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse as parseDotenv } from 'dotenv'
import type { Config, ConnectionConfig, Credential, MicrosoftConfig, Secrets, SettingsProblem } from './config.js'
import { chooseCredential, missingForMicrosoft } from './credential.js'
import { fileReason, whyUnreadable } from './files.js'
import { readFolder } from './folder.js'
import { settingsError } from './problems.js'
import type { Setting } from './setting.js'
import { SETTINGS, type Values } from './settings.js'
import { warningsOf } from './warnings.js'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ConfigInput {
  readonly env: Environment
  /** What relative paths belong to. */
  readonly cwd: string
  /** Whether logs go to a terminal. */
  readonly tty: boolean
  /** `store`: the command asks Microsoft nothing, so a missing app registration is no problem; an unreadable one is. */
  readonly needs: 'microsoft' | 'store'
}

export type ConfigResult =
  | {
      readonly ok: true
      readonly config: Config
      readonly secrets: Secrets
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
  const { values, problems } = readValues(input.env)
  const unreadable = new Set(problems.map(({ name }) => name))
  const identityEndpoint = textOf(input.env, 'IDENTITY_ENDPOINT') !== null
  const choice = chooseCredential(values, { cwd: input.cwd, identityEndpoint, unreadable })
  problems.push(...choice.problems)
  if (input.needs === 'microsoft') problems.push(...missingForMicrosoft(values, choice.credential, unreadable))
  const own = readFolder(input.cwd)
  problems.push(...senderProblem(values, unreadable), ...authoritiesProblem(values, input.cwd), ...own.problems)

  const warnings = warningsOf(Object.keys(input.env), values)
  if (problems.length > 0) return { ok: false, problems, warnings }
  return {
    ok: true,
    config: { ...configOf(values, choice.credential, input), texts: own.texts, logo: own.logo },
    secrets: secretsOf(values, input),
    warnings,
  }
}

function textOf(env: Environment, name: string): string | null {
  const text = env[name]?.trim() ?? ''
  return text === '' ? null : text
}

/** Other programs prefer the lower-case spelling where both are set, undici among them. */
function spelling(env: Environment, name: string, setting: Setting): string {
  const lower = name.toLowerCase()
  return setting.lowerCase && textOf(env, lower) !== null ? lower : name
}

/** The default stands in for an unreadable value, only so that the other checks can go on: its problem is reported. */
function readValues(env: Environment): { values: Values; problems: SettingsProblem[] } {
  const values: Record<string, unknown> = {}
  const problems: SettingsProblem[] = []
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const spelt = spelling(env, name, setting)
    const text = textOf(env, spelt)
    const parsed = text === null ? null : setting.parse(text)
    if (parsed && 'problem' in parsed) {
      problems.push({ name: spelt, message: `${spelt} ${parsed.problem}.`, remedy: parsed.remedy })
    }
    values[name] = parsed && 'value' in parsed ? parsed.value : defaultOf(setting)
  }
  return { values: values as unknown as Values, problems }
}

function defaultOf(setting: Setting): unknown {
  const parsed = setting.default === undefined ? { value: null } : setting.parse(setting.default)
  return 'value' in parsed ? parsed.value : null
}

function senderProblem(values: Values, unreadable: ReadonlySet<string>): SettingsProblem[] {
  if (values.MAIL_URL.kind !== 'smtp' || values.MAIL_FROM !== null || unreadable.has('MAIL_FROM')) return []
  const message = 'MAIL_FROM is not set, but MAIL_URL names a mail server, which needs a sender.'
  return [{ name: 'MAIL_FROM', message, remedy: 'Write the address emails come from: intranet@contoso.example.' }]
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

function connectionOf(values: Values, credential: Credential | null): ConnectionConfig {
  return {
    name: 'default',
    microsoft: microsoftOf(values, credential),
    appIds: values.AHEAD_APP_ID ?? [],
    rules: { disabledAccounts: values.DISABLED_ACCOUNTS, licenseSeats: values.LICENSE_SEATS },
    removalLimit: { count: values.REMOVAL_LIMIT_COUNT, percent: values.REMOVAL_LIMIT_PERCENT },
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
  credential: Credential | null,
  { cwd, tty }: ConfigInput,
): Omit<Config, 'texts' | 'logo'> {
  const store = values.STORE_URL
  const mail = values.MAIL_URL
  return {
    connection: connectionOf(values, credential),
    store: store.kind === 'sqlite' ? { ...store, path: resolve(cwd, store.path) } : store,
    mail: mail.kind === 'file' ? { ...mail, directory: resolve(cwd, mail.directory) } : mail,
    mailFrom: values.MAIL_FROM,
    mailPerMinute: values.MAIL_PER_MINUTE,
    bounces: values.BOUNCES_URL,
    intranet: {
      name: values.INTRANET_NAME,
      url: values.INTRANET_URL,
      organisation: values.ORGANISATION_NAME,
      supportContact: values.SUPPORT_CONTACT,
      language: values.EMAIL_LANGUAGE,
    },
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

function secretsOf(values: Values, { env, cwd }: ConfigInput): Secrets {
  const extraCa = values.NODE_EXTRA_CA_CERTS
  return {
    clientSecret: values.AZURE_CLIENT_SECRET,
    certificatePassword: values.AZURE_CLIENT_CERTIFICATE_PASSWORD,
    storeUrl: textOf(env, 'STORE_URL') ?? SETTINGS.STORE_URL.default,
    mailUrl: textOf(env, 'MAIL_URL') ?? SETTINGS.MAIL_URL.default,
    bouncesUrl: textOf(env, 'BOUNCES_URL'),
    network: {
      extraCaPath: extraCa === null ? null : resolve(cwd, extraCa),
      httpProxy: values.HTTP_PROXY,
      httpsProxy: values.HTTPS_PROXY,
      noProxy: values.NO_PROXY,
    },
  }
}
