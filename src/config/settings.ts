import { EMAIL, MICROSOFT, PEOPLE } from './connection-settings.js'
import { NOTICES } from './notice-settings.js'
import * as parse from './parsers.js'
import type { Parser, Setting } from './setting.js'
import * as urls from './urls.js'

/*
 * The one list of settings. `.env.example`, the README's table, the reading of the environment and the warnings about
 * misspelt names all follow it.
 */

type Group = Readonly<Record<string, Setting>>

const OPERATION = {
  STORE_URL: {
    parse: urls.storeUrl,
    default: 'sqlite:data/connector.db',
    secret: 'in-url',
    sentence: '`sqlite:PATH`, `mongodb://…` or `mongodb+srv://…`.',
  },
  SYNC_SCHEDULE: {
    parse: parse.cronExpression,
    default: '*/15 * * * *',
    sentence: 'When `serve` starts a run: a cron expression of five fields, or six with seconds first.',
  },
  SYNC_TIMEZONE: {
    parse: parse.timeZone,
    example: 'Europe/Zurich',
    otherwise: "the machine's",
    sentence: 'Time zone of the schedule.',
  },
  RUNS_KEPT_FOR: {
    parse: parse.durationUpTo(3650),
    default: '90d',
    sentence:
      'Records and logs of older runs are dropped, a few at the end of each run; none that can still be undone.',
  },
  HISTORY_KEPT_FOR: {
    parse: parse.durationUpTo(36_500),
    example: '1825d',
    otherwise: 'for ever',
    sentence: "Older entries of people's histories are dropped, except the first and the newest of each.",
  },
  HOST: { parse: parse.hostName, default: '127.0.0.1', sentence: 'Address `serve` listens on.' },
  PORT: {
    parse: parse.wholeNumber(0, 65_535),
    default: '8080',
    sentence: 'Port `serve` listens on; 0 takes a free one.',
  },
  TRUSTED_PROXIES: {
    parse: parse.networks,
    default: 'loopback',
    sentence:
      'Proxies in front of `serve` whose X-Forwarded-For is believed: addresses, ranges, `loopback`, `uniquelocal`.',
  },
} satisfies Group

const LOGS = {
  LOG_LEVEL: {
    parse: parse.oneOf('error', 'warn', 'info', 'debug'),
    default: 'info',
    sentence: '`error`, `warn`, `info` or `debug`.',
  },
  LOG_FORMAT: {
    parse: parse.oneOf('pretty', 'json'),
    example: 'json',
    otherwise: '`pretty` on a terminal, else `json`',
    sentence: 'Form of the log on standard error.',
  },
  LOG_FILE: {
    parse: parse.path,
    example: 'data/connector.log',
    sentence: 'Also writes JSON lines to a file, a new one each day and every 10 MB; 14 files are kept.',
  },
  LOG_MASK_ADDRESSES: {
    parse: parse.trueOrFalse,
    default: 'false',
    sentence: '`true` shows email addresses and user principal names in logs as `a•••@contoso.example`.',
  },
} satisfies Group

const NETWORK = {
  NODE_EXTRA_CA_CERTS: {
    parse: parse.path,
    example: '/etc/ssl/contoso-ca.pem',
    sentence: 'File with certificate authorities to trust besides the known ones.',
  },
  HTTPS_PROXY: {
    parse: urls.proxyUrl,
    example: 'http://proxy.contoso.example:3128',
    secret: 'in-url',
    lowerCase: true,
    sentence: 'Proxy for https.',
  },
  HTTP_PROXY: {
    parse: urls.proxyUrl,
    example: 'http://proxy.contoso.example:3128',
    secret: 'in-url',
    lowerCase: true,
    sentence: 'Proxy for http.',
  },
  NO_PROXY: {
    parse: parse.line,
    example: 'localhost,.contoso.example',
    lowerCase: true,
    sentence: 'Hosts that are reached without a proxy, comma-separated.',
  },
} satisfies Group

export const GROUPS: readonly { readonly title: string; readonly settings: Group }[] = [
  { title: 'Microsoft', settings: MICROSOFT },
  { title: 'People', settings: PEOPLE },
  { title: 'Store, schedule, server', settings: OPERATION },
  { title: 'Email and login pages', settings: EMAIL },
  { title: 'Notifications', settings: NOTICES },
  { title: 'Logs', settings: LOGS },
  { title: 'Network', settings: NETWORK },
]

/** Those each connection may have of its own, in `connections.json`; the others belong to the whole installation. */
export const CONNECTION_SETTINGS = { ...MICROSOFT, ...PEOPLE, ...EMAIL, ...NOTICES }
export type ConnectionSetting = keyof typeof CONNECTION_SETTINGS

export const SETTINGS = { ...MICROSOFT, ...PEOPLE, ...OPERATION, ...EMAIL, ...NOTICES, ...LOGS, ...NETWORK }
export type SettingName = keyof typeof SETTINGS

/** What the settings say, typed by their parsers. Null: not set, and there is no default. */
export type Values = {
  readonly [N in SettingName]: (typeof SETTINGS)[N] extends { parse: Parser<infer T> }
    ? (typeof SETTINGS)[N] extends { default: string }
      ? T
      : T | null
    : never
}
