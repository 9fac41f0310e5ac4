import { readFileSync } from 'node:fs'
import { v7 as uuid } from 'uuid'
import type { Config, IntranetConfig } from './config/config.js'
import { explainIn } from './explaining.js'
import type { MicrosoftConnection } from './graph/connect.js'
import type { ApiParts } from './http/api.js'
import type { MicrosoftLogin } from './login/door.js'
import { openLimits } from './login/limits.js'
import { microsoftLogin } from './login/microsoft.js'
import { openDoor, type PasswordDoor } from './login/password-door.js'
import { openPasswords, type PasswordKeeper } from './login/password.js'
import { microsoftLogins, type TenantLogin } from './login/several.js'
import type { Log } from './logging/log.js'
import { connectMicrosoft, impatient, withoutApplication, type MicrosoftParts } from './microsoft.js'
import { openLinks, type Links } from './onboarding/links.js'
import { linksOf } from './onboarding/several.js'
import type { PageParts } from './pages/parts.js'
import { openPost, type Post } from './post.js'
import type { ConnectionStore } from './store/port.js'
import { readNewcomer } from './sync/newcomer.js'
import { textsFor } from './texts/index.js'
import { readTexts } from './texts/own-texts.js'

export type FrontParts = MicrosoftParts & { readonly store: ConnectionStore }

/** What `serve` shows to people and to the intranet, and the emails that go out meanwhile. */
export interface Front {
  /** One for each PUBLIC_URL, that of the first connection first. */
  readonly pages: readonly PageParts[]
  /** One for each connection. */
  readonly api: readonly ApiParts[]
  postOf(connection: string): Post
  close(): Promise<void>
}

export interface FrontOptions {
  /** Called when somebody of this connection has become owed an email. */
  readonly onOwed: (connection: string) => void
  /** Ends look-ups under way. */
  readonly signal: AbortSignal
  /** For what concerns several connections. */
  readonly log: Log
}

/** One connection's part of it. */
interface Desk {
  readonly parts: FrontParts
  readonly microsoft: MicrosoftConnection | null
  /** For questions somebody waits for: gives up sooner. */
  readonly asking: MicrosoftConnection | null
  readonly login: MicrosoftLogin | null
  readonly links: Links
  readonly post: Post
}

/** Connections that share a PUBLIC_URL share its pages; of everything else each has its own. */
export async function openFront(connections: readonly FrontParts[], options: FrontOptions): Promise<Front> {
  const passwords = openPasswords()
  const desks: Desk[] = []
  for (const parts of connections) desks.push(await openDesk(parts, passwords, options))
  const posts = new Map(desks.map(({ parts, post }) => [parts.store.connection, post]))
  const urlOf = ({ parts }: Desk): string => parts.config.http.publicUrl
  const sites = [...new Set(desks.map(urlOf))].map((url) =>
    openSite(
      desks.filter((desk) => urlOf(desk) === url),
      passwords,
      options,
    ),
  )
  return {
    pages: sites.map(({ pages }) => pages),
    api: desks.map((desk) => apiOf(desk, options.signal)),
    postOf: (connection) => posts.get(connection) ?? unknown(connection),
    async close() {
      for (const { door } of sites) await door.settled()
      for (const { post, microsoft, asking } of desks) {
        await post.close()
        await microsoft?.close()
        await asking?.close()
      }
    },
  }
}

async function openDesk(parts: FrontParts, passwords: PasswordKeeper, options: FrontOptions): Promise<Desk> {
  const { config, store, now } = parts
  const { name } = config.connection
  const isConnected = config.connection.microsoft !== null
  const microsoft = isConnected ? await connectMicrosoft(parts) : null
  const asking = isConnected ? await connectMicrosoft({ ...parts, config: impatient(config) }) : null
  const onOwed = (): void => options.onOwed(name)
  return {
    parts,
    microsoft,
    asking,
    login: loginOf(parts, microsoft, options.signal),
    links: openLinks({ store, passwords, now, newId: () => uuid(), onOwed }),
    post: openPost({ ...parts, microsoft: () => microsoft ?? withoutApplication() }),
  }
}

function apiOf({ parts, post, asking }: Desk, signal: AbortSignal): ApiParts {
  const { config, store, log, now } = parts
  return {
    store,
    now,
    applyBounce: (raw) => post.applyBounce(raw),
    tooLong: config.connection.tooLong,
    // A token belongs to one connection: nothing is told of others.
    explain: (who) => explainIn(parts, asking ?? withoutApplication(), { who, others: [], signal }),
    log,
  }
}

/** The pages at one address. */
function openSite(
  desks: readonly Desk[],
  passwords: PasswordKeeper,
  options: FrontOptions,
): { readonly pages: PageParts; readonly door: PasswordDoor } {
  const [first] = desks
  if (!first) throw new Error('An address without a connection')
  const { config, now } = first.parts
  const isShared = desks.length > 1
  const log = isShared ? options.log : first.parts.log
  const { onOwed } = options
  const stores = desks.map(({ parts }) => parts.store)
  const door = openDoor({ stores, passwords, limits: openLimits(now), now, newId: () => uuid(), onOwed, log })
  const { texts } = readTexts(config.texts ?? {})
  const intranets = new Map(desks.map(({ parts }) => [parts.config.connection.name, parts.config.intranet]))
  const intranet = inCommon([...intranets.values()], config.intranet)
  const pages: PageParts = {
    publicUrl: config.http.publicUrl,
    intranet,
    ...(isShared && { intranets }),
    links: isShared ? linksOf(desks.map(({ links }) => links)) : first.links,
    door,
    microsoft: microsoftLogins(tenantsOf(desks)),
    texts: (language) => textsFor(language, texts),
    defaultLanguage: config.intranet.language,
    logo: config.logo && { type: config.logo.type, bytes: readFileSync(config.logo.path) },
    timeZone: config.schedule.timezone,
    log,
    now,
  }
  return { pages, door }
}

/** What all agree on: a page that does not know yet whose person it talks to names nothing of anybody else's. */
function inCommon(intranets: readonly IntranetConfig[], first: IntranetConfig): IntranetConfig {
  const common = <T>(of: (intranet: IntranetConfig) => T): T | null =>
    intranets.every((one) => of(one) === of(first)) ? of(first) : null
  return {
    name: common(({ name }) => name),
    url: common(({ url }) => url),
    organisation: common(({ organisation }) => organisation),
    supportContact: common(({ supportContact }) => supportContact),
    language: first.language,
  }
}

/** People know their organisation; where that tells them not apart, the connections' names have to. */
function tenantsOf(desks: readonly Desk[]): TenantLogin[] {
  const named = desks.map(({ parts, login }) => {
    const { connection, intranet } = parts.config
    return { connection: connection.name, label: intranet.organisation ?? connection.name, login }
  })
  const isClear = new Set(named.map(({ label }) => label)).size === named.length
  return named.flatMap(({ connection, label, login }) =>
    login ? [{ connection, label: isClear ? label : connection, login }] : [],
  )
}

function unknown(connection: string): never {
  throw new Error(`There is no connection ${connection}`)
}

/** Null where nobody can log in with Microsoft: it takes an application with a credential of its own. */
function loginOf(
  { config, store, log, now }: FrontParts,
  microsoft: MicrosoftConnection | null,
  signal: AbortSignal,
): MicrosoftLogin | null {
  if (!microsoft || !hasOwnCredential(config)) return null
  const { rules, scope, mapping } = config.connection
  const { directory: source, groups } = microsoft
  const newcomers = { store, source, groups, rules, scope, mapping, newId: () => uuid(), now, signal }
  return microsoftLogin({
    provider: microsoft.logins(),
    store,
    admit: (objectId) => readNewcomer(objectId, newcomers),
    redirectUri: `${config.http.publicUrl}/login/microsoft/callback`,
    now,
    log,
  })
}

function hasOwnCredential({ connection: { microsoft } }: Config): boolean {
  return microsoft !== null && microsoft.clientId !== null && microsoft.credential.kind !== 'managed-identity'
}
