import type { AccountRules } from '../domain/account.js'
import type { MappingConfig } from '../domain/mapping.js'
import type { ScopeConfig } from '../domain/scope.js'

/** What `read.ts` makes of the environment. Config may be printed; secrets stay in an object of their own. */

export type Credential =
  | { readonly kind: 'secret' }
  | { readonly kind: 'certificate'; readonly path: string }
  | { readonly kind: 'federated'; readonly path: string }
  | { readonly kind: 'managed-identity' }

/** How remedies name what belongs to a connection of `config/connections.json`. */
export interface OwnNames {
  /** Where a person finds the setting: `clientSecret of connection beta in config/connections.json`. */
  readonly settings: Readonly<Record<string, string>>
  /** What a command needs to be for this connection: ` --connection beta`, or nothing where it is the only one. */
  readonly option: string
}

/** `tenantId` is a GUID or a verified domain; with a managed identity both ids may be null. */
export interface MicrosoftConfig {
  readonly tenantId: string | null
  readonly clientId: string | null
  readonly credential: Credential
  /** Origin, without a slash at the end. */
  readonly authorityHost: string
  /** Base of all requests, version included, without a slash at the end: `https://graph.microsoft.com/v1.0`. */
  readonly graphUrl: string
  readonly giveUpAfterMs: number
  /** Absent where the environment names everything. */
  readonly own?: OwnNames
}

/** Proxies may carry a password in their URL, so this stands among the secrets. */
export interface NetworkConfig {
  readonly extraCaPath: string | null
  readonly httpProxy: string | null
  readonly httpsProxy: string | null
  readonly noProxy: string | null
}

export interface ConnectionConfig {
  readonly name: string
  /** Null when the command does not need Microsoft and the settings are not there. */
  readonly microsoft: MicrosoftConfig | null
  readonly appIds: readonly string[]
  readonly rules: AccountRules
  /** Who of the tenant is ours at all, and which property fills which field. */
  readonly scope: ScopeConfig
  readonly mapping: MappingConfig
  readonly removalLimit: { readonly count: number; readonly percent: number }
  readonly holdsExpireMs: number
  readonly undoKeptMs: number
  readonly reconcileMs: number
  readonly onboardingSend: 'manual' | 'on-enable'
  readonly emailEnabled: boolean
  /** Milliseconds in a status after which a person needs attention. */
  readonly tooLong: Readonly<
    Record<'never-logged-in' | 'migrating' | 'pending' | 'onboarding-incomplete' | 'failed', number>
  >
}

export type StoreConfig = { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'mongodb' }

export type MailConfig =
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'smtp'; readonly host: string; readonly port: number; readonly secure: boolean }
  | { readonly kind: 'graph'; readonly sender: string }

export interface Mailbox {
  readonly name: string | null
  readonly address: string
}

/** Where delivery reports arrive. The login of an IMAP mailbox stays in the secrets. */
export type BouncesConfig =
  | {
      readonly kind: 'imap'
      readonly host: string
      readonly port: number
      readonly secure: boolean
      readonly folder: string
    }
  | { readonly kind: 'graph'; readonly mailbox: string }

/** Who is told that the connection is broken; the address of the webhook stays in the secrets. */
export interface NotifyConfig {
  readonly emails: readonly string[]
  readonly webhook: boolean
}

/** What pages and emails call things, where a login leads, whom to ask. */
export interface IntranetConfig {
  readonly name: string | null
  readonly url: string | null
  readonly organisation: string | null
  readonly supportContact: string | null
  /** For people whose own language we do not speak. */
  readonly language: 'en' | 'de' | 'fr' | 'it'
}

/** A picture for the pages, from the folder `config`. */
export interface Logo {
  readonly type: string
  readonly path: string
}

export type LogLevelName = 'error' | 'warn' | 'info' | 'debug'

export interface LogConfig {
  readonly level: LogLevelName
  readonly format: 'pretty' | 'json'
  /** Rotated at 10 MB, 14 files kept; null: standard error only. */
  readonly file: string | null
  readonly maskAddresses: boolean
}

export interface Config {
  readonly connection: ConnectionConfig
  readonly store: StoreConfig
  readonly mail: MailConfig
  readonly mailFrom: Mailbox | null
  /** Null: as many as the server takes. */
  readonly mailPerMinute: number | null
  readonly bounces: BouncesConfig | null
  readonly notify: NotifyConfig
  readonly intranet: IntranetConfig
  /** The operator's own `config/texts.json`, parsed and found good; null without one. */
  readonly texts: unknown
  readonly logo: Logo | null
  /** Null: for ever. */
  readonly kept: { readonly runsMs: number; readonly historyMs: number | null }
  readonly schedule: { readonly cron: string; readonly timezone: string | null }
  readonly http: {
    readonly host: string
    readonly port: number
    readonly publicUrl: string
    readonly trustedProxies: readonly string[]
  }
  readonly log: LogConfig
}

export interface Secrets {
  readonly clientSecret: string | null
  readonly certificatePassword: string | null
  readonly storeUrl: string
  readonly mailUrl: string
  readonly bouncesUrl: string | null
  readonly webhook: { readonly url: string; readonly secret: string } | null
  readonly network: NetworkConfig
}

/** What the work of one connection needs. Where there are several, what belongs to the whole installation is in each. */
export interface ConnectionSettings {
  readonly config: Config
  readonly secrets: Secrets
}

/** `message` is a whole sentence that starts with the setting's name and never shows a secret. Warnings have this shape too. */
export interface SettingsProblem {
  readonly name: string
  readonly message: string
  readonly remedy: string
}
