import { expect } from 'chai'
import type { Email } from '../../src/domain/ahead.js'
import { emailState, NO_AHEAD } from '../../src/domain/ahead.js'
import { ConnectorError } from '../../src/domain/errors.js'
import { claim, emailSent, owe } from '../../src/domain/mailing.js'
import type { User } from '../../src/domain/user.js'
import type { LogFields } from '../../src/logging/log.js'
import type { Position, ReceivedMessage, ReportSource } from '../../src/mail/report-source.js'
import { readReport, type DeliveryReport } from '../../src/mail/report.js'
import { applyReport, readBounces, type BounceResult } from '../../src/onboarding/bounces.js'
import { openStore } from '../../src/store/open.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'
import { aReport, sample } from '../mail/reports.js'
import { Clock, created, person, tempFolder, userId } from '../store/support.js'
import { silent } from '../support/log.js'

const START: Position = { validity: null, highestUid: 0, readUntil: null }

const emailId = (n: number): string => `5f0c1f9e-0000-4000-8000-${String(n).padStart(12, '0')}`
const address = (n: number): string => `person${n}@contoso.example`

describe('bounces', () => {
  let folder: ReturnType<typeof tempFolder>
  let opened: Store
  let store: ConnectionStore
  let clock: Clock

  beforeEach(async () => {
    folder = tempFolder()
    clock = new Clock()
    opened = await openStore({ kind: 'sqlite', path: `${folder.path}/store.db` }, { now: clock.now })
    store = opened.of('default')
  })

  afterEach(async () => {
    await opened.close()
    folder.remove()
  })

  /** Pending: their invitation, with this id, has been sent. */
  async function invited(n: number, over: Partial<User> = {}): Promise<User> {
    const fresh = person(n, { identity: 'ahead-id', status: 'migrating', ahead: NO_AHEAD, ...over })
    const user = sentTo(fresh, emailId(n))
    await store.write({ users: [created(user)] })
    return user
  }

  function sentTo(user: User, id: string): User {
    const now = clock.now().toISOString()
    const owed = owe(user, { kind: 'invitation', by: 'Ines', id, now })!
    const until = new Date(clock.now().getTime() + 60_000).toISOString()
    const { user: claimed } = claim(owed, { by: 'us', until, now, link: `hash-of-${id}` })!
    return emailSent(claimed, id, now)!.user
  }

  async function reread(n: number): Promise<User> {
    const [user] = await store.find(userId(n))
    return user!
  }

  async function email(n: number, id = emailId(n)): Promise<Email> {
    return (await reread(n)).ahead!.emails.find((one) => one.id === id)!
  }

  async function report(n: number, to = address(n), id = emailId(n)): Promise<DeliveryReport> {
    return (await readReport(aReport(id, to)))!
  }

  const apply = (one: DeliveryReport): Promise<string> => applyReport(one, { store, now: clock.now })

  describe('one report', () => {
    it('makes the person failed, with the reason and the words of the server', async () => {
      await invited(1)
      clock.advance(60_000)
      expect(await apply(await report(1))).to.equal('failed')
      const user = await reread(1)
      const reason = {
        code: 'address-rejected',
        message: '550 5.1.1 <person1@contoso.example>: nobody here has that name',
      }
      expect(user).to.include({ status: 'failed', statusSince: clock.now().toISOString() })
      expect(user.statusReason).to.deep.equal(reason)
      expect(emailState(await email(1), clock.now())).to.equal('bounced')
      const history = await store.history(userId(1))
      expect(history.at(-1)).to.deep.include({ from: 'pending', to: 'failed', cause: 'invitation' })
      expect(history.at(-1)?.evidence).to.deep.equal({ emailId: emailId(1), to: address(1), reason })
    })

    it('says nothing new the second time', async () => {
      await invited(1)
      await apply(await report(1))
      const before = await reread(1)
      clock.advance(60_000)
      expect(await apply(await report(1))).to.equal('ignored')
      expect(await reread(1)).to.deep.equal(before)
    })

    it('must be about an email of ours and the address it went to', async () => {
      const before = await invited(1)
      await invited(2)
      expect(await apply(await report(1, address(2)))).to.equal('ignored')
      expect(await apply(await report(1, 'person1@contoso.example.attacker.example'))).to.equal('ignored')
      expect(await apply(await report(1, address(1), emailId(7)))).to.equal('ignored')
      expect(await apply((await readReport(sample('several-recipients')))!)).to.equal('ignored')
      expect(await reread(1)).to.deep.equal(before)
    })

    it('must be about where the email went, not about an address of today', async () => {
      const user = await invited(1)
      const moved: User = { ...user, mail: 'new@contoso.example', revision: user.revision + 1 }
      await store.write({ users: [{ before: user, after: moved, entries: [] }] })
      expect(await apply(await report(1, 'new@contoso.example'))).to.equal('ignored')
      expect(await apply(await report(1))).to.equal('failed')
    })

    it('may write the address in other letters', async () => {
      await invited(1)
      expect(await apply(await report(1, 'PERSON1@Contoso.EXAMPLE'))).to.equal('failed')
      await invited(2, { mail: 'jürgen@müller.example' })
      expect(await apply(await report(2, 'JÜRGEN@xn--mller-kva.example'))).to.equal('failed')
      await invited(3, { mail: 'ada+news@contoso.example' })
      expect(await apply(await report(3, 'ada+2Bnews@contoso.example'))).to.equal('failed')
    })

    it('changes nothing once the link was opened', async () => {
      const user = await invited(1)
      const emails = user.ahead!.emails.map((one) => ({ ...one, openedAt: clock.now().toISOString() }))
      const after: User = { ...user, status: 'onboarding-incomplete', ahead: { ...user.ahead!, emails }, revision: 2 }
      await store.write({ users: [{ before: user, after, entries: [] }] })
      expect(await apply(await report(1))).to.equal('ignored')
      expect(await reread(1)).to.deep.equal(after)
    })

    it('of an older email does not harm a newer one', async () => {
      const user = await invited(1)
      clock.advance(60_000)
      const resent: User = { ...sentTo(user, emailId(99)), revision: user.revision + 1 }
      await store.write({ users: [{ before: user, after: resent, entries: [] }] })
      expect(await apply(await report(1))).to.equal('failed')
      expect(await reread(1)).to.include({ status: 'pending', statusReason: null })
      expect(emailState(await email(1, emailId(99)), clock.now())).to.equal('accepted')
      expect(emailState(await email(1), clock.now())).to.equal('bounced')
    })
  })

  describe('a mailbox', () => {
    const logged: { message: string; fields: LogFields | undefined }[] = []
    const log = { ...silent, warn: (message: string, fields?: LogFields) => void logged.push({ message, fields }) }

    beforeEach(() => logged.splice(0))

    /** Messages that are there already; `fails` is thrown after the last one. */
    function mailbox(
      messages: readonly Buffer[],
      { name = 'imap://a/INBOX', validity = 'v1', fails }: { name?: string; validity?: string; fails?: Error } = {},
    ) {
      const asked: Position[] = []
      const source: ReportSource = {
        name,
        async *read({ validity: known, highestUid, readUntil }): AsyncGenerator<ReceivedMessage> {
          asked.push({ validity: known, highestUid, readUntil })
          for (const [index, raw] of messages.entries()) {
            if (known === validity && index < highestUid) continue
            await Promise.resolve()
            yield { raw, position: { validity, highestUid: index + 1, readUntil: null } }
          }
          if (fails) throw fails
        },
        close: () => Promise.resolve(),
      }
      return { source, asked }
    }

    const read = (source: ReportSource, signal = new AbortController().signal): Promise<BounceResult> =>
      readBounces({ store, source, now: clock.now, log, signal })

    const noise = Buffer.from('Subject: Hello\r\n\r\nNothing in particular.\r\n')
    const unavailable = new ConnectorError('mail.unavailable', { message: 'The mailbox is away', remedy: 'Wait.' })

    it('is read from where it was left, and the place is remembered', async () => {
      await invited(1)
      await invited(2)
      const first = mailbox([noise, aReport(emailId(1), address(1)), noise])
      const done: BounceResult = { outcome: 'succeeded', read: 3, failed: 1, reason: null }
      expect(await read(first.source)).to.deep.equal(done)
      expect(first.asked).to.deep.equal([START])
      const at = clock.now().toISOString()
      const feed = await store.feed('bounces')
      expect(feed).to.deep.include({ mailbox: 'imap://a/INBOX', validity: 'v1', highestUid: 3, readUntil: null })
      expect(feed.health).to.include({ succeededAt: at, failures: 0, reason: null })
      const second = mailbox([noise, noise, noise, aReport(emailId(2), address(2))])
      expect(await read(second.source)).to.deep.equal({ ...done, read: 1 })
      expect((await reread(2)).status).to.equal('failed')
    })

    it('of another name, or made anew, is read from the beginning', async () => {
      await read(mailbox([noise, noise]).source)
      const anew = mailbox([noise], { validity: 'v2' })
      expect(await read(anew.source)).to.include({ read: 1 })
      const other = mailbox([noise, noise], { name: 'imap://b/INBOX' })
      expect(await read(other.source)).to.include({ read: 2 })
      expect(other.asked).to.deep.equal([START])
      expect(await store.feed('bounces')).to.include({ mailbox: 'imap://b/INBOX', highestUid: 2 })
    })

    it('counts what changed something only', async () => {
      await invited(1)
      const twice = mailbox([aReport(emailId(1), address(1)), aReport(emailId(1), address(1)), sample('exim')])
      expect(await read(twice.source)).to.include({ read: 3, failed: 1 })
    })

    it('that fails on the way keeps what was read, and is an outcome', async () => {
      await invited(1)
      await read(mailbox([noise]).source)
      const succeededAt = clock.now().toISOString()
      clock.advance(60_000)
      const broken = mailbox([noise, aReport(emailId(1), address(1))], { fails: unavailable })
      const result = await read(broken.source)
      expect(result).to.deep.equal({ outcome: 'failed', read: 1, failed: 1, reason: 'The mailbox is away' })
      const { health, highestUid } = await store.feed('bounces')
      expect(highestUid).to.equal(2)
      expect(health).to.deep.equal({
        succeededAt,
        failedAt: clock.now().toISOString(),
        failingSince: clock.now().toISOString(),
        failures: 1,
        reason: { code: 'mail.unavailable', message: 'The mailbox is away' },
        notBefore: null,
        scheduled: null,
      })
      expect(logged).to.have.length(1)
      expect(logged[0]).to.have.nested.property('fields.remedy', 'Wait.')
      expect((await reread(1)).status).to.equal('failed')
    })

    it('that never answered does not make us forget the one before', async () => {
      await read(mailbox([noise, noise]).source)
      await read(mailbox([], { name: 'imap://typo/INBOX', fails: unavailable }).source)
      const feed = await store.feed('bounces')
      expect(feed).to.include({ mailbox: 'imap://a/INBOX', highestUid: 2 })
      expect(feed.health.failures).to.equal(1)
      const back = mailbox([noise, noise, noise])
      expect(await read(back.source)).to.include({ read: 1, outcome: 'succeeded' })
      expect((await store.feed('bounces')).health.failures).to.equal(0)
    })

    it('that breaks in a way nobody thought of is an outcome, too', async () => {
      const result = await read(mailbox([], { fails: new TypeError('x is not a function') }).source)
      expect(result.outcome).to.equal('failed')
      expect(result.reason).to.contain('x is not a function')
    })

    it('remembers the place every 50 messages, for the sake of a process that is killed', async () => {
      const places: number[] = []
      const source: ReportSource = {
        ...mailbox([]).source,
        async *read() {
          for (let uid = 1; uid <= 120; uid += 1) {
            yield { raw: noise, position: { validity: 'v1', highestUid: uid, readUntil: null } }
            places.push((await store.feed('bounces')).highestUid)
          }
        },
      }
      await read(source)
      expect([...new Set(places)]).to.deep.equal([0, 50, 100])
      expect(await store.feed('bounces')).to.include({ highestUid: 120 })
    })

    it('is left at once when the run is stopped, and the place is remembered', async () => {
      const stop = new AbortController()
      const source: ReportSource = {
        ...mailbox([]).source,
        async *read() {
          await Promise.resolve()
          yield { raw: noise, position: { validity: 'v1', highestUid: 1, readUntil: null } }
          stop.abort()
          yield { raw: noise, position: { validity: 'v1', highestUid: 2, readUntil: null } }
        },
      }
      const thrown = await read(source, stop.signal).catch((error: unknown) => error)
      expect(thrown).to.have.property('code', 'run.interrupted')
      const feed = await store.feed('bounces')
      expect(feed).to.include({ highestUid: 1 })
      expect(feed.health.failures).to.equal(0)
    })

    it('does not hide that the store cannot be written', async () => {
      await invited(1)
      const full = new ConnectorError('store.full', { message: 'The disk is full' })
      const broken = Object.assign(Object.create(store) as ConnectionStore, { write: () => Promise.reject(full) })
      const { source } = mailbox([aReport(emailId(1), address(1))])
      const { signal } = new AbortController()
      const thrown = await readBounces({ store: broken, source, now: clock.now, log, signal }).catch(
        (error: unknown) => error,
      )
      expect(thrown).to.equal(full)
      expect(await store.feed('bounces')).to.include({ highestUid: 0 })
    })
  })
})
