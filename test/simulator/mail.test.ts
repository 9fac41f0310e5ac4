import { expect } from 'chai'
import type { Simulator, SimulatorOptions } from '../../src/simulator/server.js'
import { bearer, get, start, stopAll } from './caller.js'

const SENDER = 'intranet@contoso.example'
const MIME = [
  `From: Intranet <${SENDER}>`,
  'To: Ada <Ada@contoso.example>, ben@contoso.example',
  'Subject: Hello',
  'X-Our-Id: 42',
  'List-Unsubscribe: <mailto:no@contoso.example>',
  '',
  'Hello',
].join('\r\n')

const open = (options: SimulatorOptions = {}): Promise<Simulator> =>
  start({ users: 5, roles: ['Mail.Send', 'Mail.Read'], ...options })

interface Sent {
  readonly status: number
  readonly code: string | undefined
  readonly retryAfter: string | null
}

async function send(sim: Simulator, body: string, type = 'text/plain', sender = SENDER): Promise<Sent> {
  const headers = { authorization: await bearer(sim), 'content-type': type }
  const answer = await fetch(`${sim.url}/v1.0/users/${sender}/sendMail`, { method: 'POST', headers, body })
  const text = await answer.text()
  const code = text === '' ? undefined : (JSON.parse(text) as { error: { code: string } }).error.code
  return { status: answer.status, code, retryAfter: answer.headers.get('retry-after') }
}

const inBase64 = (mime: string): string => Buffer.from(mime).toString('base64')
const asJson = (message: object): string => JSON.stringify({ message, saveToSentItems: false })
const TO = { toRecipients: [{ emailAddress: { address: 'ada@contoso.example' } }] }

describe('the simulated sendMail', () => {
  afterEach(stopAll)

  it('takes MIME with whatever headers it has', async () => {
    const sim = await open()
    expect(await send(sim, inBase64(MIME))).to.include({ status: 202 })
    expect(sim.outbox.caught).to.have.length(1)
    expect(sim.outbox.caught[0]).to.deep.include({
      sender: SENDER,
      to: ['ada@contoso.example', 'ben@contoso.example'],
      subject: 'Hello',
      mime: MIME,
    })
    expect(sim.outbox.caught[0]?.headers).to.include({ 'x-our-id': '42' })
  })

  it('takes JSON, with headers of our own only', async () => {
    const sim = await open()
    const header = (name: string): object => ({ ...TO, subject: 'S', internetMessageHeaders: [{ name, value: '42' }] })
    expect((await send(sim, asJson(header('x-our-id')), 'application/json')).status).to.equal(202)
    expect(sim.outbox.caught[0]).to.deep.include({ subject: 'S', to: ['ada@contoso.example'], mime: null })
    const refused = await send(sim, asJson(header('Auto-Submitted')), 'application/json')
    expect(refused).to.include({ status: 400, code: 'InvalidInternetMessageHeader' })
  })

  const refusals: readonly (readonly [string, string, number, string])[] = [
    ['no base64', MIME, 400, 'ErrorMimeContentInvalidBase64String'],
    ['nobody to send to', inBase64(`From: ${SENDER}\r\nTo: nobody\r\n\r\nx`), 400, 'ErrorInvalidRecipients'],
    [
      'somebody else’s name',
      inBase64('From: boss@contoso.example\r\nTo: a@b.example\r\n\r\nx'),
      403,
      'ErrorSendAsDenied',
    ],
  ]
  for (const [name, body, status, code] of refusals)
    it(`refuses ${name}`, async () => {
      const sim = await open()
      expect(await send(sim, body)).to.include({ status, code })
      expect(sim.outbox.caught).to.deep.equal([])
    })

  it('refuses without the permission, an unknown mailbox and one on premises', async () => {
    expect(await send(await open({ roles: ['Mail.Read'] }), inBase64(MIME))).to.include({
      status: 403,
      code: 'ErrorAccessDenied',
    })
    const sim = await open()
    const elsewhere = await send(sim, inBase64(MIME), 'text/plain', 'a@elsewhere.example')
    expect(elsewhere).to.include({ status: 404, code: 'ErrorInvalidUser' })
    sim.mailboxes.unreachable.add(SENDER)
    expect(await send(sim, inBase64(MIME))).to.include({ status: 404, code: 'MailboxNotEnabledForRESTAPI' })
    expect((await get(sim, `/users/${SENDER}/sendMail`)).status).to.equal(405)
  })

  it('takes 30 a minute of a mailbox, and says when to come back', async () => {
    let at = Date.parse('2026-11-20T08:00:00Z')
    const sim = await open({ now: () => new Date(at) })
    for (let number = 0; number < 30; number += 1) {
      expect((await send(sim, inBase64(MIME))).status).to.equal(202)
      at += 1000
    }
    expect(await send(sim, inBase64(MIME))).to.include({ status: 429, retryAfter: '30' })
    at += 30_000
    expect((await send(sim, inBase64(MIME))).status).to.equal(202)
    expect(sim.outbox.caught).to.have.length(31)
  })

  it('sends a report back to the sender when an address bounces', async () => {
    const sim = await open()
    sim.outbox.bouncing.set('ada@contoso.example', '5.1.1')
    await send(sim, inBase64(MIME))
    const [report, ...others] = sim.mailboxes.inbox(SENDER)
    expect(others).to.deep.equal([])
    expect(report).to.include({ messageClass: 'REPORT.IPM.Note.NDR', subject: 'Undeliverable: Hello' })
    const text = report?.mime.toString() ?? ''
    for (const said of [
      'Action: failed',
      'Status: 5.1.1',
      'Final-Recipient: rfc822;ada@contoso.example',
      'x-our-id: 42',
    ])
      expect(text).to.contain(said)
  })
})

describe('the simulated inbox', () => {
  afterEach(stopAll)
  const MINUTES = [0, 1, 2, 3, 4]
  const time = (minute: number): string => `2026-11-20T08:0${minute}:00Z`
  const isReport =
    "singleValueExtendedProperties/any(ep: ep/id eq 'String 0x001A' and ep/value eq 'REPORT.IPM.Note.NDR')"
  const expand = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x001A')"

  async function filled(): Promise<Simulator> {
    const sim = await open()
    for (const minute of MINUTES)
      sim.mailboxes.deliver(SENDER, `Subject: ${minute}\r\n\r\nx`, {
        receivedAt: new Date(time(minute)),
        messageClass: minute % 2 === 0 ? 'REPORT.IPM.Note.NDR' : 'IPM.Note',
      })
    return sim
  }

  const list = async (sim: Simulator, query: string): Promise<unknown[]> => {
    const { body, text } = await get(sim, `/users/${SENDER}/mailFolders/inbox/messages?${query}`)
    if (!body.value) throw new Error(text)
    return body.value.map(({ subject }) => subject)
  }

  it('lists the newest first, or in the order asked for, in pages', async () => {
    const sim = await filled()
    expect(await list(sim, '')).to.deep.equal(['4', '3', '2', '1', '0'])
    expect(await list(sim, '$orderby=receivedDateTime')).to.deep.equal(['0', '1', '2', '3', '4'])
    const path = `/users/${SENDER}/mailFolders/inbox/messages?$top=2&$orderby=receivedDateTime asc&$select=subject`
    const first = await get(sim, path)
    const second = await get(sim, String(first.body['@odata.nextLink']))
    expect(second.body.value?.map(({ subject }) => subject)).to.deep.equal(['2', '3'])
    expect(second.body.value?.[0]).to.have.all.keys('@odata.etag', 'id', 'subject')
  })

  it('filters by time and by message class', async () => {
    const sim = await filled()
    expect(await list(sim, `$filter=receivedDateTime ge ${time(2)}`)).to.deep.equal(['4', '3', '2'])
    const both = `$filter=receivedDateTime ge ${time(1)} and ${isReport}`
    expect(await list(sim, both)).to.deep.equal(['4', '2'])
    const { body } = await get(sim, `/users/${SENDER}/mailFolders/inbox/messages?${both}&${expand}`)
    expect(body.value?.[0]?.['singleValueExtendedProperties']).to.deep.equal([
      { id: 'String 0x001A', value: 'REPORT.IPM.Note.NDR' },
    ])
    sim.mailboxes.refusesPropertyFilter = true
    expect((await get(sim, `/users/${SENDER}/mailFolders/inbox/messages?${both}`)).status).to.equal(400)
  })

  it('refuses what it does not know', async () => {
    const sim = await filled()
    for (const query of [
      "$filter=subject eq '1'",
      '$filter=receivedDateTime ge yesterday',
      '$orderby=subject',
      '$top=1001',
      '$expand=attachments',
    ])
      expect((await get(sim, `/users/${SENDER}/mailFolders/inbox/messages?${query}`)).status, query).to.equal(400)
  })

  it('gives an email byte for byte, and wants Mail.Read', async () => {
    const sim = await open()
    const bytes = Buffer.from([0x53, 0x3a, 0xe9, 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0xff])
    const { id } = sim.mailboxes.deliver(SENDER, bytes)
    const url = `${sim.url}/v1.0/users/${SENDER}/messages/${id}/$value`
    const answer = await fetch(url, { headers: { authorization: await bearer(sim) } })
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).to.equal(true)
    expect((await get(sim, `/users/${SENDER}/messages/nothing/$value`)).body.error?.code).to.equal('ErrorItemNotFound')
    const other = await open({ roles: ['Mail.Send'] })
    const refused = await get(other, `/users/${SENDER}/mailFolders/inbox/messages`)
    expect(refused.body.error?.code).to.equal('ErrorAccessDenied')
  })
})
