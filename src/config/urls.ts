import { isIP } from 'node:net'
import type { BouncesConfig, MailConfig } from './config.js'
import { isAddress, isDomainName, quoted } from './parsers.js'
import type { Parsed, Parser, Unreadable } from './setting.js'

/*
 * Any of these may hold a password, also where none belongs. Problems therefore never quote a URL, only its scheme.
 */

const ENCODE = 'In user and password write special characters percent-encoded: @ as %40, : as %3A, / as %2F, # as %23.'

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

function hasLogin(url: URL): boolean {
  return url.username !== '' || url.password !== ''
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '')
}

function unknown(text: string, what: string): string {
  const scheme = /^[a-z]{1,10}\d?:(?=\/\/)/i.exec(text)?.[0]
  return scheme === undefined ? `is ${what}` : `starts with ${quoted(scheme)}, which is ${what}`
}

/** An address that gets our credential or token: https, or http on this machine. */
function trusted(text: string, example: string): { readonly url: URL } | Unreadable {
  const url = parseUrl(text)
  const remedy = `Write it like ${example}.`
  if (!url || !/^https?:$/.test(url.protocol)) return { problem: 'is not an https address', remedy }
  if (hasLogin(url)) return { problem: 'holds a user name or password', remedy }
  if (url.search !== '' || url.hash !== '') return { problem: 'holds a query or fragment', remedy }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    const problem = 'uses http, so our credential or token would travel unprotected'
    return { problem, remedy: 'Use https; http is for this machine (localhost) only.' }
  }
  return { url }
}

/** Origin without a slash at the end. */
export const authorityHost: Parser<string> = (text) => {
  const checked = trusted(text, 'https://login.microsoftonline.com')
  if ('problem' in checked) return checked
  if (withoutSlash(checked.url.pathname) === '') return { value: checked.url.origin }
  return { problem: 'holds a path', remedy: 'Leave the path out; the tenant belongs into AZURE_TENANT_ID.' }
}

/** Always ends in `/v1.0`, without a slash. */
export const graphUrl: Parser<string> = (text) => {
  const checked = trusted(text, 'https://graph.microsoft.com')
  if ('problem' in checked) return checked
  const base = withoutSlash(checked.url.origin + checked.url.pathname)
  if (/\/beta$/i.test(base))
    return { problem: 'names the beta version', remedy: 'Leave the version out: v1.0 is used.' }
  return { value: `${base.replace(/\/v1\.0$/i, '')}/v1.0` }
}

/** Without a slash at the end. */
export const publicUrl: Parser<string> = (text) => {
  const url = parseUrl(text)
  const remedy = 'Write it like https://connect.contoso.example, with a path if there is one.'
  if (!url || !/^https?:$/.test(url.protocol)) return { problem: 'is not a http or https address', remedy }
  if (hasLogin(url)) return { problem: 'holds a user name or password', remedy }
  if (url.search !== '' || url.hash !== '') return { problem: 'holds a query or fragment', remedy }
  const first = url.pathname.split('/')[1] ?? ''
  if (OUR_PATHS.includes(first)) {
    const problem = `has the path /${first}, which is one of our own pages`
    return { problem, remedy: 'Leave the path out, or choose another one: /connect, say.' }
  }
  return { value: withoutSlash(url.origin + url.pathname) }
}

/** Its path and query may be what lets one in, so nothing of it but the host is ever shown. */
export const webhookUrl: Parser<URL> = (text) => {
  const url = parseUrl(text)
  const remedy = 'Write it like https://ops.contoso.example/hooks/connector.'
  if (!url || !/^https?:$/.test(url.protocol)) return { problem: 'is not an https address', remedy }
  if (hasLogin(url)) return { problem: 'holds a user name or password', remedy }
  if (url.hash !== '') return { problem: 'holds a fragment', remedy }
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return { value: url }
  return { problem: 'uses http, so anybody could read it', remedy: 'Use https; http is for this machine only.' }
}

/** With and without the path in front, every page has to be one and the same. */
const OUR_PATHS = ['api', 'login', 'welcome', 'healthz', 'readyz', 'metrics']

export const webAddress: Parser<string> = (text) => {
  const url = parseUrl(text)
  const remedy = 'Write it like https://intranet.contoso.example.'
  if (!url || !/^https?:$/.test(url.protocol)) return { problem: 'is not a http or https address', remedy }
  return hasLogin(url) ? { problem: 'holds a user name or password', remedy } : { value: url.href }
}

export const proxyUrl: Parser<string> = (text) => {
  const url = parseUrl(text)
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '') return { value: text }
  return {
    problem: 'is not the address of a http proxy',
    remedy: `Write it like http://proxy.contoso.example:3128. ${ENCODE}`,
  }
}

/** The rest of `sqlite:data/x.db` or `file:///var/x`; two slashes could mean either kind of path. */
function pathAfter(scheme: string, text: string): Parsed<string> {
  const value = text.slice(scheme.length + 1)
  const remedy = `Write ${scheme}:data/name for a path in the working directory or ${scheme}:/var/name for a whole one.`
  if (value === '') return { problem: 'names no path', remedy }
  if (value.startsWith('~')) return { problem: 'starts with ~, which only a shell understands', remedy }
  if (/^\/\/[^/]/.test(value)) return { problem: 'has two slashes, so the path is ambiguous', remedy }
  return { value }
}

export type StoreLocation = { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'mongodb' }

export const storeUrl: Parser<StoreLocation> = (text) => {
  if (/^mongodb(\+srv)?:\/\/[^/?\s]/i.test(text)) return { value: { kind: 'mongodb' } }
  const remedy = 'Use sqlite:PATH, mongodb://… or mongodb+srv://….'
  if (/^mongodb(\+srv)?:/i.test(text)) return { problem: 'names no MongoDB host', remedy }
  if (!/^sqlite:/i.test(text)) return { problem: unknown(text, 'no store we know'), remedy }
  const location = pathAfter('sqlite', text)
  if ('problem' in location) return location
  if (location.value.startsWith(':memory:')) {
    return { problem: 'would keep everything in memory and lose it', remedy: 'Name a file: sqlite:data/connector.db.' }
  }
  if (/[/\\]$/.test(location.value)) return { problem: 'names a folder', remedy: 'Name a file in it.' }
  return { value: { kind: 'sqlite', path: location.value } }
}

interface MailServer {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly url: URL
}

function mailServer(text: string, ports: Readonly<Record<string, number>>): Parsed<MailServer> {
  const url = parseUrl(text)
  const port = url ? ports[url.protocol] : undefined
  const host = decoded(url?.hostname ?? '')?.replace(/^\[(.*)\]$/, '$1') ?? ''
  if (!url || port === undefined || url.search !== '' || url.hash !== '' || !(isDomainName(host) || isIP(host) !== 0)) {
    return { problem: 'cannot be read as the address of a mail server', remedy: ENCODE }
  }
  return { value: { host, port: url.port === '' ? port : Number(url.port), secure: url.protocol.endsWith('s:'), url } }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function graphMailbox(text: string): Parsed<string> {
  const value = text.slice('graph:'.length)
  if (isAddress(value)) return { value }
  return { problem: 'names no mailbox', remedy: 'Write it like graph:intranet@contoso.example.' }
}

/** A directory stays relative here: `read.ts` knows the working directory. */
export const mailUrl: Parser<MailConfig> = (text) => {
  if (/^file:/i.test(text)) {
    const directory = pathAfter('file', text)
    return 'value' in directory ? { value: { kind: 'file', directory: directory.value } } : directory
  }
  if (/^graph:/i.test(text)) {
    const sender = graphMailbox(text)
    return 'value' in sender ? { value: { kind: 'graph', sender: sender.value } } : sender
  }
  if (!/^smtps?:/i.test(text)) {
    const remedy = 'Use smtp://host:port, smtps://host:port, graph:sender@domain or file:directory.'
    return { problem: unknown(text, 'no way to send mail that we know'), remedy }
  }
  const server = mailServer(text, { 'smtp:': 587, 'smtps:': 465 })
  if ('problem' in server) return server
  const { url, host, port, secure } = server.value
  if (withoutSlash(url.pathname) !== '') return { problem: 'has a path, which a mail server has not', remedy: ENCODE }
  if (url.username === '' && url.password !== '') return { problem: 'has a password without a user', remedy: ENCODE }
  return { value: { kind: 'smtp', host, port, secure } }
}

export const bouncesUrl: Parser<BouncesConfig> = (text) => {
  if (/^graph:/i.test(text)) {
    const mailbox = graphMailbox(text)
    return 'value' in mailbox ? { value: { kind: 'graph', mailbox: mailbox.value } } : mailbox
  }
  const remedy = 'Use imaps://user:password@host:port/folder or graph:mailbox@domain.'
  if (!/^imaps?:/i.test(text)) return { problem: unknown(text, 'no mailbox that we know'), remedy }
  const server = mailServer(text, { 'imap:': 143, 'imaps:': 993 })
  if ('problem' in server) return server
  const { url, host, port, secure } = server.value
  if (url.username === '' || url.password === '')
    return { problem: 'has no user and password', remedy: `${remedy} ${ENCODE}` }
  const folder = decoded(url.pathname.slice(1))
  if (folder === null) return { problem: 'names a folder that cannot be read', remedy: ENCODE }
  return { value: { kind: 'imap', host, port, secure, folder: folder === '' ? 'INBOX' : folder } }
}
