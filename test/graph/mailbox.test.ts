import { expect } from 'chai'
import type { Position, ReceivedMessage, ReportSource } from '../../src/mail/report-source.js'
import { failureOf, never, NOW } from './support/microsoft.js'
import { SENDER, withMail, type MailTenant } from './support/mail.js'

const START: Position = { validity: null, highestUid: 0, readUntil: null }
const MINUTE_MS = 60_000
const agoBy = (ms: number): Date => new Date(NOW.getTime() - ms)

const report = (number: number): string =>
  `Message-ID: <${number}@exchange>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b--\r\n`
const ordinary = (number: number): string => `Message-ID: <${number}@ordinary>\r\nSubject: Hello\r\n\r\nHello`

async function readAll(source: ReportSource, from: Position = START): Promise<ReceivedMessage[]> {
  const all: ReceivedMessage[] = []
  for await (const message of source.read(from, never)) all.push(message)
  return all
}

const idsIn = (messages: readonly ReceivedMessage[]): (string | undefined)[] =>
  messages.map(({ raw }) => /Message-ID: <(.*?)>/.exec(raw.toString())?.[1])

/** Reports and ordinary emails in turn, a minute apart, the last one now. */
function fill({ simulator }: MailTenant, count: number): void {
  for (let number = 1; number <= count; number += 1) {
    const receivedAt = agoBy((count - number) * MINUTE_MS)
    simulator.mailboxes.deliver(SENDER, number % 2 === 1 ? report(number) : ordinary(number), { receivedAt })
  }
}

describe('delivery reports over Graph', () => {
  it('are what Exchange takes for reports, oldest first, byte for byte; nothing else is downloaded', () =>
    withMail({}, async (tenant) => {
      fill(tenant, 4)
      const bytes = Buffer.concat([Buffer.from(report(5)), Buffer.from([0xe9, 0x00, 0xff, 0x80])])
      tenant.simulator.mailboxes.deliver(SENDER, bytes)
      const messages = await readAll(tenant.connection.mailbox(SENDER))
      expect(idsIn(messages)).to.deep.equal(['1@exchange', '3@exchange', '5@exchange'])
      expect(messages[2]?.raw.equals(bytes)).to.equal(true)
      expect(messages.map(({ position }) => position.readUntil)).to.deep.equal([
        agoBy(3 * MINUTE_MS).toISOString(),
        agoBy(MINUTE_MS).toISOString(),
        NOW.toISOString(),
      ])
      expect(tenant.simulator.requests.list('$value')).to.have.length(3)
    }))

  it('only reads: no request but GET', () =>
    withMail({}, async (tenant) => {
      fill(tenant, 3)
      await readAll(tenant.connection.mailbox(SENDER))
      const methods = tenant.simulator.requests.list('/v1.0/').map(({ method }) => method)
      expect(new Set(methods)).to.deep.equal(new Set(['GET']))
    }))

  it('go on where they were left, a little earlier; what was dealt with is not downloaded twice', () =>
    withMail({}, async (tenant) => {
      fill(tenant, 21)
      const source = tenant.connection.mailbox(SENDER)
      const first = await readAll(source)
      const downloads = (): number => tenant.simulator.requests.list('$value').length
      expect(downloads()).to.equal(11)
      const position = first.at(-1)?.position ?? START
      tenant.simulator.mailboxes.deliver(SENDER, report(99), { receivedAt: agoBy(2 * MINUTE_MS) })
      const late = await readAll(source, position)
      expect(idsIn(late)).to.deep.equal(['99@exchange'])
      expect(late[0]?.position).to.deep.equal(position)
      expect(downloads()).to.equal(12)
      // Another process knows nothing of the first, and reads the last five minutes again.
      expect(idsIn(await readAll(tenant.connection.mailbox(SENDER), position))).to.include.members(['99@exchange'])
    }))

  it('what was not dealt with comes again', () =>
    withMail({}, async (tenant) => {
      fill(tenant, 3)
      const source = tenant.connection.mailbox(SENDER)
      let left: ReceivedMessage | null = null
      for await (const message of source.read(START, never)) {
        left = message
        if (idsIn([message])[0] === '3@exchange') break
      }
      expect(idsIn(await readAll(source, left?.position))).to.deep.equal(['3@exchange'])
    }))

  it('start a month back in a mailbox we never read', () =>
    withMail({}, async ({ simulator, connection }) => {
      const day = 24 * 60 * MINUTE_MS
      simulator.mailboxes.deliver(SENDER, report(1), { receivedAt: agoBy(31 * day) })
      simulator.mailboxes.deliver(SENDER, report(2), { receivedAt: agoBy(29 * day) })
      expect(idsIn(await readAll(connection.mailbox(SENDER)))).to.deep.equal(['2@exchange'])
    }))

  it('are found among many, page by page', () =>
    withMail({}, async (tenant) => {
      fill(tenant, 230)
      expect(await readAll(tenant.connection.mailbox(SENDER))).to.have.length(115)
      expect(tenant.simulator.requests.list('/inbox/messages')).to.have.length(2)
    }))

  it('are picked out here where Graph refuses the filter, and the position moves past everything else', () =>
    withMail({}, async (tenant) => {
      fill(tenant, 4)
      tenant.simulator.mailboxes.refusesPropertyFilter = true
      const source = tenant.connection.mailbox(SENDER)
      const messages = await readAll(source)
      expect(idsIn(messages)).to.deep.equal(['1@exchange', '3@exchange', undefined])
      expect(messages.at(-1)?.position.readUntil).to.equal(NOW.toISOString())
      expect(tenant.simulator.requests.list('$value')).to.have.length(2)
      await readAll(source)
      const refused = tenant.simulator.requests.list('/inbox/messages').filter(({ status }) => status === 400)
      expect(refused).to.have.length(1)
    }))

  it('come from a mailbox with a name of its own, whatever the letter case', () =>
    withMail({}, ({ connection }) => {
      expect(connection.mailbox('Bounces@Contoso.example').name).to.equal('graph:bounces@contoso.example')
      return Promise.resolve()
    }))

  it('a missing permission and an unknown mailbox are said with what to do', async () => {
    await withMail({ roles: ['User.Read.All'] }, async ({ connection }) => {
      const error = await failureOf(readAll(connection.mailbox(SENDER)), 'mail.unavailable')
      expect(error.details).to.include({ code: 'ErrorAccessDenied', status: 403 })
      expect(error.remedy).to.contain('Mail.Read')
    })
    await withMail({}, async ({ connection }) => {
      const error = await failureOf(readAll(connection.mailbox('a@elsewhere.example')), 'mail.unavailable')
      expect(error.details.status).to.equal(404)
    })
  })

  for (const [name, action] of [
    ['silence', 'hang'],
    ['silence in the middle', 'hang-body'],
    ['a reset', 'reset'],
    ['503', { status: 503, body: '' }],
    ['a page without a value', 'missing-value'],
    ['a page that leads elsewhere', { kind: 'foreign-next-link', origin: 'https://elsewhere.example' }],
  ] as const)
    it(`${name} ends the reading, and what was read before stays good`, () =>
      withMail({}, async (tenant) => {
        fill(tenant, 230)
        const path = name === 'a page that leads elsewhere' ? /inbox/ : /inbox|value/
        const after = name.startsWith('a page') ? 0 : 5
        tenant.simulator.faults.add({ match: { path, after }, times: 99, do: action })
        const source = tenant.connection.mailbox(SENDER, { silenceMs: 300 })
        const read: ReceivedMessage[] = []
        const reading = async (): Promise<void> => {
          for await (const message of source.read(START, never)) read.push(message)
        }
        await failureOf(reading(), 'mail.unavailable')
        expect(read).to.have.length(after === 0 ? 0 : 4)
      }))

  it('being stopped is no failure of the mailbox', () =>
    withMail({}, async (tenant) => {
      fill(tenant, 3)
      const reading = tenant.connection.mailbox(SENDER).read(START, AbortSignal.abort())[Symbol.asyncIterator]()
      await failureOf(reading.next(), 'run.interrupted')
    }))
})
