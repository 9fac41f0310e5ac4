import { isIP } from 'node:net'
import cron from 'node-cron'
import { isGuid } from '../domain/guid.js'
import type { Mailbox } from './config.js'
import type { Parser } from './setting.js'

const DOMAIN_NAME =
  /^(?=.{1,253}$)[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u
const LOCAL_PART = /^[^\s@<>"(),:;\\[\]\p{Cc}]{1,64}$/u

export function isDomainName(text: string): boolean {
  return text.length <= 253 && DOMAIN_NAME.test(text)
}

export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  return LOCAL_PART.test(text.slice(0, Math.max(at, 0))) && isDomainName(text.slice(at + 1))
}

/** The value as it may stand in a message: short, on one line, without anything a terminal would act on. */
export function quoted(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '�')
  return `“${visible.length > 60 ? `${visible.slice(0, 60)}…` : visible}”`
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Parser<T> {
  return (text) => {
    const value = allowed.find((candidate) => candidate.toLowerCase() === text.toLowerCase())
    if (value !== undefined) return { value }
    const choice = allowed.length === 1 ? allowed.join('') : `one of: ${allowed.join(', ')}`
    return { problem: `is ${quoted(text)}, which is not a possible value`, remedy: `Use ${choice}.` }
  }
}

export const trueOrFalse: Parser<boolean> = (text) => {
  const parsed = oneOf('true', 'false')(text)
  return 'value' in parsed ? { value: parsed.value === 'true' } : { ...parsed, remedy: 'Write true or false.' }
}

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): Parser<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return { value }
    return {
      problem: `is ${quoted(text)}, not a whole number ${range}`,
      remedy: `Write a whole number ${range}, in digits only.`,
    }
  }
}

export const percent: Parser<number> = (text) => {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value <= 100) return { value }
  return {
    problem: `is ${quoted(text)}, not a number from 0 to 100`,
    remedy: 'Write a number from 0 to 100, without the percent sign.',
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** In milliseconds, from one second to so many days; a timer told to wait more than 24 days does not wait at all. */
export function durationUpTo(days: number): Parser<number> {
  return (text) => {
    const [, amount = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
    const ms = Number(amount) * (UNITS_MS[unit] ?? 0)
    const remedy = 'Write a whole number with s, m, h or d, such as 90s or 5m.'
    if (unit === '') return { problem: `is ${quoted(text)}, not a duration`, remedy }
    if (ms >= 1000 && ms <= days * 86_400_000) return { value: ms }
    const range = `1s and ${days}d`
    return { problem: `is ${quoted(text)}, not between ${range}`, remedy: `Write a duration from 1s to ${days}d.` }
  }
}

const CRON_FIELDS: Readonly<Record<string, string>> = {
  second: 'second',
  minute: 'minute',
  hour: 'hour',
  dayOfMonth: 'day of the month',
  month: 'month',
  dayOfWeek: 'day of the week',
}

export const cronExpression: Parser<string> = (text) => {
  const { valid, errors } = cron.validateDetailed(text)
  if (valid) return { value: text }
  const field = CRON_FIELDS[errors[0]?.field ?? '']
  const count = text.split(/\s+/).length
  const why = field
    ? `the ${field} ${quoted(errors[0]?.value ?? '')} is not possible`
    : `it has ${count} ${count === 1 ? 'field' : 'fields'} instead of 5 or 6`
  return {
    problem: `is ${quoted(text)}, which is no cron expression: ${why}`,
    remedy: 'Write five fields (six with seconds first), such as */15 * * * * for every quarter of an hour.',
  }
}

export const timeZone: Parser<string> = (text) => {
  const unreadable = {
    problem: `is ${quoted(text)}, which is no time zone this machine knows`,
    remedy: 'Write a name of the IANA list, such as Europe/Zurich or UTC.',
  }
  // Newer versions of Node also take offsets such as +02:00, which know no daylight saving time.
  if (!/^[a-z]/i.test(text)) return unreadable
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return { value: text }
  } catch {
    return unreadable
  }
}

const OVERVIEW = 'Entra admin center → Entra ID → App registrations → your app → Overview'

/** A GUID in lower case, or a verified domain. */
export const tenant: Parser<string> = (text) => {
  const value = text.toLowerCase()
  const remedy = `Copy the Directory (tenant) ID from ${OVERVIEW}.`
  if (['common', 'organizations', 'consumers'].includes(value)) {
    return { problem: `is ${quoted(text)}, but an application signs in to one tenant`, remedy }
  }
  if (isGuid(value) || (value.includes('.') && isDomainName(value) && isIP(value) === 0)) return { value }
  return { problem: 'is neither a GUID nor a domain', remedy }
}

export const clientId: Parser<string> = (text) =>
  isGuid(text)
    ? { value: text.toLowerCase() }
    : { problem: 'is not a GUID', remedy: `Copy the Application (client) ID from ${OVERVIEW}.` }

/** GUIDs in lower case, each once. */
export const applicationIds: Parser<readonly string[]> = (text) => {
  const ids = text.split(',').map((id) => id.trim())
  const wrong = ids.findIndex((id) => !isGuid(id))
  if (wrong === -1) return { value: [...new Set(ids.map((id) => id.toLowerCase()))] }
  return {
    problem: ids.length === 1 ? 'is not a GUID' : `has something that is not a GUID in place ${wrong + 1}`,
    remedy: `Copy the Application (client) ID of the intranet from ${OVERVIEW}; separate several with commas.`,
  }
}

export const hostName: Parser<string> = (text) => {
  const value = text.replace(/^\[(.*)\]$/, '$1')
  if (isIP(value) !== 0 || (isDomainName(value) && !/^[\d.]+$/.test(value))) return { value }
  return {
    problem: `is ${quoted(text)}, neither a host name nor an IP address`,
    remedy: 'Write 127.0.0.1 for this machine only or 0.0.0.0 for all networks; the port goes into PORT.',
  }
}

/** Relative paths stay relative here: `read.ts` knows the working directory. */
export const path: Parser<string> = (text) =>
  text.startsWith('~')
    ? { problem: 'starts with ~, which only a shell understands', remedy: 'Write the whole path.' }
    : { value: text }

export const secret: Parser<string> = (text) => ({ value: text })

export const line: Parser<string> = (text) =>
  /\p{Cc}/u.test(text)
    ? { problem: 'holds a line break or another control character', remedy: 'Write it on one line.' }
    : { value: text }

/** `address`, `Name <address>` or `"Name" <address>`. */
export const mailbox: Parser<Mailbox> = (text) => {
  const [, name = '', address = text] = /^([^<>]*)<([^<>]*)>$/.exec(text) ?? []
  if (/\p{Cc}/u.test(text) || !isAddress(address)) {
    return {
      problem: `is ${quoted(text)}, which is no email address`,
      remedy: 'Write an address, or a name and the address: Contoso intranet <intranet@contoso.example>.',
    }
  }
  const bare = name.trim().replace(/^"(.*)"$/, '$1')
  return { value: { name: bare === '' ? null : bare, address } }
}

/** Addresses, comma-separated, each once. */
export const addresses: Parser<readonly string[]> = (text) => {
  const parts = text.split(',').map((part) => part.trim())
  const wrong = parts.find((part) => !isAddress(part))
  if (wrong === undefined) return { value: [...new Set(parts)] }
  return {
    problem: `holds ${quoted(wrong)}, which is no email address`,
    remedy: 'Write addresses only, separated by commas: it@contoso.example,oncall@contoso.example.',
  }
}

const NETWORK_NAMES = ['loopback', 'linklocal', 'uniquelocal']

/** Addresses, CIDR ranges, and names of ranges, comma-separated. */
export const networks: Parser<readonly string[]> = (text) => {
  const parts = text.split(',').map((part) => part.trim())
  const wrong = parts.find((part) => !NETWORK_NAMES.includes(part) && !isNetwork(part))
  if (wrong === undefined) return { value: parts }
  return {
    problem: `holds ${quoted(wrong)}, which is no address or range`,
    remedy: `Write addresses like 10.0.0.5, ranges like 10.0.0.0/8, or ${NETWORK_NAMES.join(', ')}, separated by commas.`,
  }
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128))
}
