import { expect } from 'chai'
import { owedEmail } from '../../src/domain/ahead.js'
import { ConnectorError } from '../../src/domain/errors.js'
import type { ConnectionStore } from '../../src/store/port.js'
import { userId } from '../store/support.js'
import { recorder, type LogLine } from '../support/tenant.js'
import { anOffice, DAY, HOUR, MINUTE, type Office } from './office.js'

const SECOND = 1000
const WORDS = { code: 'mail-system', message: '451 4.7.1 Greylisted, try later' }

describe('sending what is owed', () => {
  let office: Office
  beforeEach(async () => {
    office = await anOffice()
    await office.ask('enable-ahead-login')
    await office.ask('send-invitation')
  })
  afterEach(() => office.close())

  const nextTryIn = async (): Promise<number> => {
    const email = owedEmail(await office.who())
    return (Date.parse(email?.nextTryAt ?? '') - office.clock.now().getTime()) / SECOND
  }

  it('makes people pending, once', async () => {
    expect(await office.deliver()).to.deep.equal({ sent: 1, failed: 0, owed: 0, mail: null, stopped: false })
    expect(await office.deliver()).to.deep.equal({ sent: 0, failed: 0, owed: 0, mail: null, stopped: false })
    expect(office.outbox).to.have.length(1)
    expect((await office.who()).status).to.equal('pending')
  })

  it('keeps only the hash of the link', async () => {
    await office.deliver()
    const [post] = office.outbox
    expect(post!.link).to.match(/^[\w-]{43}$/)
    const stored = JSON.stringify([await office.who(), await office.store.history((await office.who()).id)])
    expect(stored).not.to.contain(post!.link)
  })

  it('is owed once, however often it is asked for', async () => {
    for (const request of ['send-invitation', 'restart-onboarding', 'send-invitation'] as const)
      expect((await office.ask(request)).ok).to.equal(true)
    await office.deliver()
    expect(office.outbox).to.have.length(1)
  })

  it('does nothing while email is switched off, and loses nothing', async () => {
    expect(await office.deliver({ enabled: false })).to.deep.equal({
      sent: 0,
      failed: 0,
      owed: 1,
      mail: null,
      stopped: false,
    })
    expect((await office.who()).status).to.equal('migrating')
    expect(await office.deliver()).to.include({ sent: 1, owed: 0 })
  })

  it('tries a temporary refusal again after 30 s, 2 min, 10 min, then hourly, and gives up after a day', async () => {
    const waits: number[] = []
    for (;;) {
      office.answers.push({ outcome: 'delayed', reason: WORDS })
      const { sent, failed } = await office.deliver()
      expect(sent).to.equal(0)
      if (failed === 1) break
      waits.push(await nextTryIn())
      expect((await office.who()).status).to.equal('migrating')
      expect(await office.deliver(), 'before its time').to.include({ sent: 0, failed: 0, owed: 1 })
      office.clock.advance((waits.at(-1) ?? 0) * SECOND)
    }
    expect(waits.slice(0, 5)).to.deep.equal([30, 120, 600, 3600, 3600])
    expect(waits.reduce((sum, wait) => sum + wait, 0) * SECOND).to.be.within(DAY, DAY + HOUR)
    expect(await office.who()).to.deep.include({ status: 'failed', statusReason: WORDS })
    expect(office.outbox).to.deep.equal([])
  })

  it('makes people failed at once when the refusal is permanent, with the server’s words', async () => {
    const reason = { code: 'address-rejected', message: '550 5.1.1 no such user' }
    office.answers.push({ outcome: 'refused', reason })
    expect(await office.deliver()).to.deep.equal({ sent: 0, failed: 1, owed: 0, mail: null, stopped: false })
    expect(await office.who()).to.deep.include({ status: 'failed', statusReason: reason })
  })

  for (const code of ['mail.unavailable', 'mail.denied'] as const)
    it(`keeps everybody’s emails when the mail system takes none, and stops asking it (${code})`, async () => {
      const closed = new ConnectorError(code, { message: 'The mail server refuses our login' })
      office.answers.push(closed, closed)
      const { sent, failed, owed, mail } = await office.deliver()
      expect({ sent, failed, owed, code: mail?.code }).to.deep.equal({ sent: 0, failed: 0, owed: 1, code })
      expect((await office.who()).status).to.equal('migrating')
      office.clock.advance(30 * SECOND)
      office.answers.length = 0
      expect(await office.deliver()).to.include({ sent: 1, owed: 0 })
    })

  it('does not know after a cut connection, and sends again under the same Message-ID: both links open one invitation', async () => {
    office.answers.push({ outcome: 'unknown', reason: WORDS })
    await office.deliver()
    office.clock.advance(30 * SECOND)
    await office.deliver()
    const [first, second] = office.outbox
    expect(second!.message.messageId).to.equal(first!.message.messageId)
    expect(second!.link).not.to.equal(first!.link)
    expect((await office.links.open(first!.link)).kind).to.equal('open')
    expect((await office.links.open(second!.link)).kind).to.equal('used')
  })

  it('is left to who has claimed it by processes whose clocks are five minutes wrong', async () => {
    let accept: () => void = () => undefined
    const accepted = new Promise<void>((resolve) => (accept = resolve))
    const slow = {
      concurrency: 1,
      send: () => accepted.then(() => ({ outcome: 'accepted' as const })),
      close: () => Promise.resolve(),
    }
    const sending = office.deliver({ transport: slow })
    while (owedEmail(await office.who())?.claim === null) await new Promise((resolve) => setImmediate(resolve))
    office.clock.advance(9 * MINUTE)
    for (const minutes of [5, -5]) {
      const now = (): Date => new Date(office.clock.now().getTime() + minutes * MINUTE)
      expect(await office.deliver({ now }), `${minutes} minutes`).to.include({ sent: 0, owed: 1 })
    }
    accept()
    expect(await sending).to.include({ sent: 1, owed: 0 })
    expect(office.outbox).to.deep.equal([])
  })

  it('survives a sender that dies between accepted and recorded, and says that it may go out twice', async () => {
    const said: string[] = []
    const never = new Promise<never>(() => undefined)
    void office.deliver({ transport: { concurrency: 1, send: () => never, close: () => Promise.resolve() } })
    while (owedEmail(await office.who())?.claim === null) await new Promise((resolve) => setImmediate(resolve))
    expect(await office.deliver(), 'while the claim holds').to.include({ sent: 0, owed: 1 })
    office.clock.advance(15 * MINUTE)
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: (message: string) => void said.push(message),
      error: () => undefined,
      child: () => log,
    }
    await office.deliver({ log })
    expect(office.outbox).to.have.length(1)
    expect((await office.who()).status).to.equal('pending')
    expect(said).to.deep.equal([
      'An email may go out a second time: nobody knows whether it was accepted the last time',
    ])
  })

  it('does not wait for a sender that is known to have died', async () => {
    const never = new Promise<never>(() => undefined)
    void office.deliver({
      holder: 'a dead one',
      transport: { concurrency: 1, send: () => never, close: () => Promise.resolve() },
    })
    while (owedEmail(await office.who())?.claim === null) await new Promise((resolve) => setImmediate(resolve))
    expect(await office.deliver({ isDead: (holder) => holder === 'somebody else' })).to.include({ sent: 0, owed: 1 })
    expect(await office.deliver({ isDead: (holder) => holder === 'a dead one' })).to.include({ sent: 1, owed: 0 })
    expect(owedEmail(await office.who())).to.equal(null)
  })

  it('counts no try of a sender that died: the first wait is as short as ever', async () => {
    const dead = (holder: string): void => {
      const transport = {
        concurrency: 1,
        send: () => new Promise<never>(() => undefined),
        close: () => Promise.resolve(),
      }
      void office.deliver({ holder, transport, isDead: (one) => one !== holder })
    }
    for (const holder of ['first', 'second', 'third']) {
      dead(holder)
      while (owedEmail(await office.who())?.claim?.by !== holder) await new Promise((resolve) => setImmediate(resolve))
    }
    office.answers.push({ outcome: 'delayed', reason: WORDS })
    await office.deliver({ isDead: () => true })
    const { attempts, nextTryAt } = owedEmail(await office.who())!
    expect(attempts).to.equal(1)
    expect(nextTryAt).to.equal(new Date(office.clock.now().getTime() + 30 * SECOND).toISOString())
  })

  it('keeps the link of an email that may have arrived when a later attempt is refused', async () => {
    office.answers.push({ outcome: 'unknown', reason: WORDS })
    await office.deliver()
    office.clock.advance(30 * SECOND)
    office.answers.push({ outcome: 'refused', reason: { code: 'mail-system', message: '550 no more' } })
    await office.deliver()
    expect((await office.who()).status).to.equal('failed')
    office.clock.advance(7 * DAY)
    expect((await office.links.look(office.outbox[0]!.link)).kind, 'not for ever').to.equal('expired')
    office.clock.advance(-DAY)
    expect((await office.links.open(office.outbox[0]!.link)).kind).to.equal('open')
    expect((await office.who()).status).to.equal('onboarding-incomplete')
  })

  it('does not give up for a day in which nothing could be tried', async () => {
    office.answers.push({ outcome: 'delayed', reason: WORDS })
    await office.deliver()
    office.clock.advance(25 * HOUR)
    office.answers.push({ outcome: 'delayed', reason: WORDS })
    expect(await office.deliver()).to.include({ sent: 0, failed: 0, owed: 1 })
    office.clock.advance(2 * MINUTE)
    expect(await office.deliver()).to.include({ sent: 1, owed: 0 })
  })

  it('is tried at once when it is asked for again', async () => {
    office.answers.push({ outcome: 'delayed', reason: WORDS })
    await office.deliver()
    await office.ask('send-invitation')
    expect(await office.deliver()).to.include({ sent: 1, owed: 0 })
  })

  it('takes over from a dead sender also for the people it was asked for', async () => {
    const never = new Promise<never>(() => undefined)
    const dead = {
      holder: 'a dead one',
      transport: { concurrency: 1, send: () => never, close: () => Promise.resolve() },
    }
    void office.deliver(dead)
    while (owedEmail(await office.who())?.claim === null) await new Promise((resolve) => setImmediate(resolve))
    const { id } = await office.who()
    expect(await office.deliver({ to: [id], isDead: () => false })).to.include({ sent: 0, owed: 1 })
    expect(await office.deliver({ to: [id], isDead: () => true })).to.include({ sent: 1, owed: 0 })
  })

  it('sends no invitation any more to somebody who has set a password meanwhile', async () => {
    await office.deliver()
    const opened = await office.links.open(office.outbox[0]!.link)
    await office.ask('restart-onboarding')
    await office.links.choose(opened.kind === 'open' ? opened.session : null, 'correct horse battery')
    expect(await office.deliver()).to.deep.equal({ sent: 0, failed: 0, owed: 0, mail: null, stopped: false })
  })

  it('lets a link open that came from a sender which died before it could record', async () => {
    const sent: string[] = []
    const never = new Promise<never>(() => undefined)
    const send = (message: { text: string }) => {
      sent.push(message.text)
      return never
    }
    void office.deliver({ transport: { concurrency: 1, send, close: () => Promise.resolve() } })
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect((await office.links.open(sent[0]!)).kind).to.equal('open')
    expect((await office.who()).status).to.equal('onboarding-incomplete')
    office.clock.advance(DAY)
    expect(await office.deliver(), 'it has arrived').to.include({ sent: 0, owed: 0 })
  })

  it('lets two processes share the work without a double', async () => {
    await office.close()
    office = await anOffice(...Array.from({ length: 40 }, () => ({})))
    for (let n = 1; n <= 40; n += 1) {
      await office.ask('enable-ahead-login', n)
      await office.ask('send-invitation', n)
    }
    const both = await Promise.all([office.deliver(), office.deliver()])
    expect(both[0].sent + both[1].sent).to.equal(40)
    expect(new Set(office.outbox.map(({ message }) => message.emailId)).size).to.equal(40)
    expect(office.outbox).to.have.length(40)
  })

  it('waits for people who are frozen, and goes on when they are active again', async () => {
    await office.ask('freeze')
    expect(await office.deliver()).to.deep.equal({ sent: 0, failed: 0, owed: 1, mail: null, stopped: false })
    await office.ask('activate')
    expect(await office.deliver()).to.include({ sent: 1, owed: 0 })
  })

  it('never bothers a server about somebody without an address', async () => {
    await office.close()
    office = await anOffice({ mail: null })
    await office.ask('enable-ahead-login')
    await office.ask('send-invitation')
    expect(await office.deliver()).to.deep.equal({ sent: 0, failed: 1, owed: 0, mail: null, stopped: false })
    expect(office.outbox).to.deep.equal([])
    expect((await office.who()).statusReason?.code).to.equal('address-missing')
  })

  it('stops when told to, and leaves the rest owed', async () => {
    const stop = new AbortController()
    stop.abort()
    expect(await office.deliver({ signal: stop.signal })).to.deep.equal({
      sent: 0,
      failed: 0,
      owed: 1,
      mail: null,
      stopped: true,
    })
  })

  it('was not stopped where nothing that was due is left', async () => {
    await office.close()
    office = await anOffice({}, {})
    for (const n of [1, 2]) {
      await office.ask('enable-ahead-login', n)
      await office.ask('send-invitation', n)
    }
    const wait = { outcome: 'delayed', reason: WORDS } as const
    const stop = new AbortController()
    const onSent = (): void => stop.abort()
    const transport = { concurrency: 1, send: () => Promise.resolve(wait), close: () => Promise.resolve() }
    expect(await office.deliver({ to: [userId(1)], transport })).to.include({ sent: 0, owed: 2, stopped: false })
    expect(await office.deliver({ signal: stop.signal, onSent })).to.include({ sent: 1, owed: 1, stopped: false })
  })

  describe('while the store is gone when the mail system has just accepted an email', () => {
    const gone = () => new ConnectorError('store.unreachable', { message: 'gone' })
    /** The first write is the claim. */
    const failing = (isGone: (write: number) => boolean): ConnectionStore => {
      let writes = 0
      return {
        ...office.store,
        write: (part) => (isGone((writes += 1)) ? Promise.reject(gone()) : office.store.write(part)),
      }
    }

    it('keeps what it knows until it can be recorded, and sends nothing twice', async () => {
      const store = failing((write) => write > 1 && write < 5)
      expect(await office.deliver({ store, patient: true, recordAgainMs: 1 })).to.deep.include({
        sent: 1,
        failed: 0,
        owed: 0,
      })
      expect((await office.who()).status).to.equal('pending')
      office.clock.advance(16 * MINUTE)
      await office.deliver()
      expect(office.outbox).to.have.length(1)
    })

    it('does not end before, where somebody else cannot be claimed meanwhile', async () => {
      await office.close()
      office = await anOffice({}, {})
      for (const n of [1, 2]) {
        await office.ask('enable-ahead-login', n)
        await office.ask('send-invitation', n)
      }
      const store = failing((write) => write > 1 && write < 6)
      const error = await office.deliver({ store, patient: true, recordAgainMs: 1 }).catch((thrown: unknown) => thrown)
      expect(error).to.include({ code: 'store.unreachable' })
      expect(office.outbox).to.have.length(1)
      const [first, second] = [await office.who(1), await office.who(2)]
      expect([first.status, second.status].sort()).to.deep.equal(['migrating', 'pending'])
    })

    it('says so when it is told to stop, the claim has run out, or nobody has the time', async () => {
      for (const end of ['stop', 'claim', 'command']) {
        const stop = new AbortController()
        const log: LogLine[] = []
        const store = failing((write) => {
          if (write === 3 && end === 'stop') stop.abort()
          if (write === 3 && end === 'claim') office.clock.advance(16 * MINUTE)
          return write > 1
        })
        const options = { store, patient: end !== 'command', recordAgainMs: 1, signal: stop.signal, log: recorder(log) }
        const error = await office.deliver(options).catch((thrown: unknown) => thrown)
        expect(error).to.include({ code: 'store.unreachable' })
        expect(log.map(({ message }) => message).join()).to.include('it may go out a second time')
        office.clock.advance(16 * MINUTE)
      }
    })
  })
})
