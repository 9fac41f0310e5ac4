import type { AskedFor } from '../../src/domain/requests.js'
import { applyLogins } from '../../src/domain/login.js'
import type { User } from '../../src/domain/user.js'
import type { Delivery, Message, Transport } from '../../src/mail/transport.js'
import { deliverOwed, type Delivered, type DeliverOptions, type Letter } from '../../src/onboarding/deliver.js'
import { openLinks, type Links, type Passwords } from '../../src/onboarding/links.js'
import { askForAll, type RequestResult } from '../../src/onboarding/requests.js'
import { changePerson } from '../../src/store/change-person.js'
import { openStore } from '../../src/store/open.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'
import { silent } from '../support/log.js'
import { begin, Clock, person, tempFolder, userId } from '../store/support.js'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** An admin's desk and a post office over a real SQLite file; only the mail system's answers are scripted. */
export interface Office {
  readonly store: ConnectionStore
  readonly clock: Clock
  readonly outbox: Post[]
  /** Whatever was composed, in order. */
  readonly letters: Letter[]
  readonly links: Links
  /** What the mail system says to the next emails; it accepts the others. */
  readonly answers: (Delivery | Error)[]
  /** Reads a person; the first one unless told. */
  who(n?: number): Promise<User>
  ask(request: AskedFor, n?: number): Promise<RequestResult>
  deliver(over?: Partial<DeliverOptions>): Promise<Delivered>
  signIn(n?: number): Promise<void>
  close(): Promise<void>
}

/** An email on its way: the link it carries is what its reader clicks. */
export interface Post {
  readonly message: Message
  readonly link: string
  readonly kind: string
  readonly userId: string
}

/** Says what is hashed, so that tests are quick; the real thing is tested where it lives. */
export const passwords: Passwords = {
  problemWith: (password) => (password.length < 12 ? 'short' : null),
  hash: (password) => Promise.resolve(`hash of ${password.length}`),
}

export async function anOffice(...people: Partial<User>[]): Promise<Office> {
  const folder = tempFolder()
  const clock = new Clock()
  const opened: Store = await openStore({ kind: 'sqlite', path: `${folder.path}/connector.db` }, { now: clock.now })
  const writing = await begin(opened)
  await writing.create(...(people.length > 0 ? people : [{}]).map((over, index) => person(index + 1, over)))
  const { store } = writing
  let ids = 0
  const newId = (): string => `0193b000-0000-7000-8000-${String((ids += 1)).padStart(12, '0')}`
  const outbox: Post[] = []
  const letters: Letter[] = []
  const answers: (Delivery | Error)[] = []
  const transport: Transport = {
    concurrency: 2,
    send: (message) => {
      const answer = answers.shift() ?? { outcome: 'accepted' as const }
      if (answer instanceof Error) return Promise.reject(answer)
      const letter = letters.findLast(({ email }) => email.id === message.emailId)
      if (letter && answer.outcome !== 'refused' && answer.outcome !== 'delayed')
        outbox.push({ message, link: letter.link, kind: letter.email.kind, userId: letter.user.id })
      return Promise.resolve(answer)
    },
    close: () => Promise.resolve(),
  }
  const compose = (letter: Letter): Message => {
    const messageId = `<${letter.email.id}@contoso.example>`
    letters.push(letter)
    return {
      emailId: letter.email.id,
      messageId,
      from: { name: null, address: 'intranet@contoso.example' },
      replyTo: null,
      to: letter.to,
      subject: letter.email.kind,
      text: letter.link,
      html: letter.link,
      language: 'en',
    }
  }
  const options = { store, rules: { disabledAccounts: 'frozen', licenseSeats: null }, by: 'Mia' } as const
  return {
    store,
    clock,
    outbox,
    letters,
    answers,
    links: openLinks({ store, passwords, now: clock.now, newId, onOwed: () => undefined }),
    async who(n = 1) {
      const [user] = await store.find(userId(n))
      if (!user) throw new Error(`there is no person ${n}`)
      return user
    },
    async ask(request, n = 1) {
      const asking = { ...options, onEnable: false, dryRun: false, now: clock.now, newId }
      const [result] = await askForAll(request, [userId(n)], asking)
      if (!result) throw new Error('no result')
      return result
    },
    deliver: (over = {}) =>
      deliverOwed({
        store,
        transport,
        compose,
        enabled: true,
        holder: 'this office',
        isDead: () => false,
        log: silent,
        now: clock.now,
        signal: new AbortController().signal,
        ...over,
      }),
    async signIn(n = 1) {
      const login = { at: clock.now().toISOString(), source: 'microsoft-login', correlationId: null } as const
      await changePerson(store, userId(n), (user) => applyLogins(user, { first: login, last: login }, login.at))
    },
    async close() {
      await opened.close()
      folder.remove()
    },
  }
}
