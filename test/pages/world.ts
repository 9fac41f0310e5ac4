import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_AHEAD, type EmailKind } from '../../src/domain/ahead.js'
import { claim, emailSent, owe } from '../../src/domain/mailing.js'
import { hashOf, newSecret } from '../../src/secret.js'
import type { User } from '../../src/domain/user.js'
import { createMetrics } from '../../src/http/metrics.js'
import { startServer } from '../../src/http/server.js'
import type { LogFields } from '../../src/logging/log.js'
import type { MicrosoftLogin, MicrosoftResult, MicrosoftReturn } from '../../src/login/door.js'
import { openLimits } from '../../src/login/limits.js'
import { openDoor } from '../../src/login/password-door.js'
import { openPasswords } from '../../src/login/password.js'
import { openLinks } from '../../src/onboarding/links.js'
import type { PageParts } from '../../src/pages/parts.js'
import { changePerson } from '../../src/store/change-person.js'
import type { ConnectionStore } from '../../src/store/port.js'
import { openSqlite } from '../../src/store/sqlite/open.js'
import { textsFor } from '../../src/texts/index.js'
import { silent } from '../support/log.js'
import { aUser } from '../support/people.js'

/**
 * The pages on the real server, with real links, passwords and sessions over a real store. Only Microsoft is played, and the
 * intranet is a page that says so. Time moves when told.
 */
export interface World {
  /** With the path of PUBLIC_URL. */
  readonly url: string
  readonly origin: string
  readonly intranet: string
  readonly store: ConnectionStore
  readonly microsoft: PlayedMicrosoft
  readonly logged: { readonly message: string; readonly fields: LogFields }[]
  readonly owed: string[]
  /** Makes every look at a link fail, until set to null. */
  failure: Error | null
  advance(ms: number): void
  person(over?: Partial<User>): Promise<User>
  /** The link of an email that was sent to them; earlier ones are replaced. */
  invite(user: User, kind?: EmailKind): Promise<string>
  /** Ada on ahead login, and her link. */
  invited(over?: Partial<User>): Promise<{ user: User; link: string }>
  /** Somebody who has chosen `PASSWORD`. */
  onboarded(over?: Partial<User>): Promise<User>
  change(user: User, over: Partial<User>): Promise<void>
  now(user: User): Promise<User>
  close(): Promise<void>
}

export const PASSWORD = 'three grey herons'
export const BASE = '/hr/connector'
const CHEAP = { memoryCost: 1024, timeCost: 2, parallelism: 1 }
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80"><circle cx="40" cy="40" r="36" fill="#0a7d6b"/></svg>'

export class PlayedMicrosoft implements MicrosoftLogin {
  result: MicrosoftResult | Error = { kind: 'lost' }
  beginning: Error | null = null
  readonly returns: { readonly back: MicrosoftReturn; readonly browser: string | null }[] = []

  constructor(private readonly url: string) {}

  begin(): Promise<{ url: string; browser: string }> {
    if (this.beginning) return Promise.reject(this.beginning)
    return Promise.resolve({ url: `${this.url}/authorize?state=s`, browser: 'the-browser' })
  }

  finish(back: MicrosoftReturn, browser: string | null): Promise<MicrosoftResult> {
    this.returns.push({ back, browser })
    return this.result instanceof Error ? Promise.reject(this.result) : Promise.resolve(this.result)
  }
}

export async function aWorld(over: Partial<PageParts> & { readonly secure?: boolean } = {}): Promise<World> {
  const { secure = false, ...parts } = over
  const directory = await mkdtemp(join(tmpdir(), 'pages-'))
  // Browsers go by their own clock: cookies of the past would be gone at once.
  let at = Date.now()
  const now = (): Date => new Date(at)
  const store = await openSqlite(join(directory, 'connector.db'), { now, isDeadHere: () => false })
  const connection = store.of('default')
  const logged: World['logged'] = []
  const write = (message: string, fields: LogFields = {}): void => void logged.push({ message, fields })
  const log = { ...silent, warn: write, error: write }
  const passwords = openPasswords(CHEAP)
  const owed: string[] = []
  const shared = { passwords, now, newId: () => randomUUID(), onOwed: () => void owed.push('owed') }
  const links = openLinks({ ...shared, store: connection })
  const door = openDoor({ ...shared, stores: [connection], limits: openLimits(now), log })
  const intranet = await playIntranet()
  const microsoft = new PlayedMicrosoft(intranet.url)
  const look = (link: string): ReturnType<typeof links.look> =>
    world.failure ? Promise.reject(world.failure) : links.look(link)

  const publicUrl = `${secure ? 'https' : 'http'}://connect.contoso.example${BASE}`
  const pages: PageParts = {
    publicUrl,
    intranet: {
      name: 'Compass',
      url: `${intranet.url}/`,
      organisation: 'Contoso',
      supportContact: 'it@contoso.example',
      language: 'en',
    },
    links: { ...links, look },
    door,
    microsoft,
    texts: (language) => textsFor(language),
    defaultLanguage: 'en',
    logo: { type: 'image/svg+xml', bytes: Buffer.from(LOGO) },
    timeZone: 'Europe/Zurich',
    log,
    now,
    ...parts,
  }
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    publicUrl,
    log,
    readiness: () => Promise.reject(new Error('not asked')),
    metrics: createMetrics([connection], () => Promise.resolve({ isPaused: false, at: null })),
    pages: [pages],
  })
  const origin = server.url

  let people = 0
  const iso = (): string => now().toISOString()
  const world: World = {
    url: origin + BASE,
    origin,
    intranet: intranet.url,
    store: connection,
    microsoft,
    logged,
    owed,
    failure: null,
    advance: (ms) => void (at += ms),
    async person(given = {}) {
      people += 1
      const upn = `person${people}@contoso.example`
      const user = aUser({
        id: randomUUID(),
        entraObjectId: randomUUID(),
        userPrincipalName: upn,
        mail: upn,
        identity: 'ahead-id',
        status: 'migrating',
        ahead: NO_AHEAD,
        ...given,
      })
      await connection.write({ users: [{ before: null, after: user, entries: [] }] })
      return user
    },
    async invite(user, kind = 'invitation') {
      const link = newSecret()
      const id = randomUUID()
      await changePerson(connection, user.id, (person) => {
        const owing = owe(person, { kind, by: 'Jo Admin', id, now: iso() }) ?? person
        const taken = claim(owing, { by: 'test', until: iso(), now: iso(), link: hashOf(link) })
        return taken && emailSent(taken.user, id, iso())
      })
      return link
    },
    async invited(given) {
      const user = await world.person(given)
      return { user, link: await world.invite(user) }
    },
    async onboarded(given) {
      const { user, link } = await world.invited(given)
      const opened = await links.open(link)
      if (opened.kind === 'open') await links.choose(opened.session, PASSWORD)
      return user
    },
    async change(user, given) {
      await changePerson(connection, user.id, (person) => ({ user: { ...person, ...given } }))
    },
    async now(user) {
      const [found] = await connection.find(user.id)
      if (!found) throw new Error('nobody')
      return found
    },
    async close() {
      await server.close()
      await intranet.close()
      await door.settled()
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return world
}

async function playIntranet(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(
      '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Compass</title><h1>Inside</h1></html>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
