import { expect } from 'chai'
import type { Notice } from '../../src/domain/notices.js'
import { openNetwork, type Network } from '../../src/graph/network.js'
import { payloadOf, post } from '../../src/notices/webhook.js'
import { aReceiver, expectSigned, type Receiver } from '../support/receiver.js'

const SECRET = 'ein Geheimnis, 秘密'
const DIRECT = { extraCaPath: null, httpProxy: null, httpsProxy: null, noProxy: null }
const NOTICE: Notice = {
  id: '0199-notice',
  event: 'connection.broken',
  at: '2026-11-20T08:00:00.000Z',
  since: '2026-11-20T07:00:00.000Z',
  reason: { code: 'graph.denied', message: 'We are not allowed to read “people” 👩‍🚀', remedy: 'Grant → consent' },
  nextTryAt: null,
  held: null,
  owed: ['webhook', 'it@contoso.example'],
}

describe('a webhook', () => {
  let network: Network
  let receiver: Receiver

  beforeEach(async () => {
    network = openNetwork(DIRECT)
    receiver = await aReceiver()
  })
  afterEach(async () => {
    await network.close()
    await receiver.close()
  })

  const send = (url = receiver.url, signal = new AbortController().signal): Promise<string | null> => {
    const { exchange } = network
    const now = (): Date => new Date('2026-11-20T08:00:05.900Z')
    return post({ url, secret: SECRET, exchange, now, pausesMs: [1, 1] }, payloadOf(NOTICE, 'Süd'), signal)
  }

  it('gets the notice as JSON, signed together with the time', async () => {
    expect(await send()).to.equal(null)
    const [request, ...others] = receiver.received
    expect(others).to.deep.equal([])
    expect(request).to.include({ method: 'POST', path: '/hooks/o%E2%80%99brien?key=1' })
    expect(request?.headers).to.include({
      'content-type': 'application/json',
      'x-connector-timestamp': '1795161605',
    })
    expectSigned(request!, SECRET)
    expect(request?.json).to.deep.equal({
      id: '0199-notice',
      event: 'connection.broken',
      connection: 'Süd',
      at: '2026-11-20T08:00:00.000Z',
      since: '2026-11-20T07:00:00.000Z',
      reason: {
        code: 'graph.denied',
        message: 'We are not allowed to read “people” 👩‍🚀',
        remedy: 'Grant → consent',
        requestId: null,
      },
      nextTryAt: null,
    })
  })

  it('is tried three times, with the same body, and the reason names the host only', async () => {
    receiver.answer = (response) => response.writeHead(503).end('<html>key=1</html>')
    expect(await send()).to.equal(`${new URL(receiver.url).host} answered with HTTP 503`)
    expect(receiver.received).to.have.length(3)
    expect(new Set(receiver.received.map(({ body }) => body)).size).to.equal(1)
  })

  it('that works the second time has arrived', async () => {
    receiver.answer = (response) => {
      receiver.answer = (next) => next.writeHead(200).end()
      response.destroy()
    }
    expect(await send()).to.equal(null)
    expect(receiver.received).to.have.length(2)
  })

  it('is never followed elsewhere', async () => {
    const elsewhere = await aReceiver()
    for (const status of [301, 302, 307, 308]) {
      receiver.answer = (response) => response.writeHead(status, { location: new URL(elsewhere.url).href }).end()
      expect(await send()).to.match(new RegExp(`answered with HTTP ${status}$`))
    }
    expect(elsewhere.received).to.deep.equal([])
    await elsewhere.close()
  })

  it('has arrived once its status is there, however long the answer goes on', async () => {
    receiver.answer = (response) => void response.writeHead(200).write('x'.repeat(1_000_000))
    expect(await send()).to.equal(null)
    expect(receiver.received).to.have.length(1)
  })

  it('that nobody listens to is told in words', async () => {
    await receiver.close()
    expect(await send()).to.equal(`We cannot reach ${new URL(receiver.url).host}`)
  })

  it('ends at once when it is stopped', async () => {
    const stop = new AbortController()
    receiver.answer = () => stop.abort()
    expect(await send(receiver.url, stop.signal)).to.be.a('string')
    expect(receiver.received).to.have.length(1)
  })

  it('gets held removals with their causes, and nobody’s name', () => {
    const held = { holdId: 'h1', count: 3, causes: [{ cause: 'left the group Sales', count: 3 }] }
    const at = NOTICE.at
    expect(payloadOf({ ...NOTICE, event: 'removals.held', since: null, reason: null, held }, 'default')).to.deep.equal({
      id: '0199-notice',
      event: 'removals.held',
      connection: 'default',
      at,
      ...held,
    })
  })
})
