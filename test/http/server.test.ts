import { expect } from 'chai'
import { connect } from 'node:net'
import { ConnectorError } from '../../src/domain/errors.js'
import type { Readiness } from '../../src/http/health.js'
import { startServer, type Server } from '../../src/http/server.js'
import type { Log, LogFields } from '../../src/logging/log.js'

const READY: Readiness = {
  ready: true,
  reason: null,
  lastSuccessAt: '2026-11-21T08:00:00.000Z',
  nextRunAt: null,
  paused: null,
}

describe('the HTTP server', () => {
  let server: Server
  let readiness: () => Promise<Readiness>
  let logged: { message: string; fields: LogFields | undefined }[]

  beforeEach(async () => {
    readiness = () => Promise.resolve(READY)
    logged = []
    const ignore = (): void => undefined
    const error = (message: string, fields?: LogFields): void => void logged.push({ message, fields })
    const log: Log = { debug: ignore, info: ignore, warn: ignore, error, child: () => log }
    const metrics = {
      contentType: 'text/plain; version=0.0.4',
      text: () => Promise.resolve('a_total 1\n'),
      ran: ignore,
      mailed: ignore,
    }
    const publicUrl = 'https://intranet.contoso.example/hr/connector/'
    server = await startServer({ host: '127.0.0.1', port: 0, publicUrl, log, metrics, readiness: () => readiness() })
  })
  afterEach(() => server.close())

  async function expectProblem(response: Response, status: number, code: string): Promise<Record<string, unknown>> {
    expect(response.status).to.equal(status)
    expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/)
    const body = (await response.json()) as Record<string, unknown>
    expect(body).to.have.all.keys('type', 'title', 'status', 'detail', 'code', 'instance')
    expect(body).to.include({ type: 'about:blank', status, code })
    expect(body['instance']).to.match(/^urn:uuid:[\da-f-]{36}$/)
    return body
  }

  /** What fetch would refuse to send. */
  function raw(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.end(request))
      let answer = ''
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
      socket.once('error', reject).once('close', () => resolve(answer))
    })
  }

  it('answers with and without the path of PUBLIC_URL', async () => {
    for (const path of ['/healthz', '/hr/connector/healthz', '/hr/connector/healthz?x=1', '/healthz?x=/hr/connector'])
      expect((await fetch(server.url + path)).status, path).to.equal(200)
    for (const path of [
      '/hr/connectorhealthz',
      '/hr/healthz',
      '/hr/connector/hr/connector/healthz',
      '/',
      '/hr/connector',
    ])
      await expectProblem(await fetch(server.url + path), 404, 'not-found')
  })

  it('says with a status whether the data is fresh', async () => {
    const ready = await fetch(`${server.url}/readyz`)
    expect(ready.status).to.equal(200)
    expect(ready.headers.get('cache-control')).to.equal('no-store')
    expect(await ready.json()).to.deep.equal(READY)
    readiness = () => Promise.resolve({ ...READY, ready: false, reason: 'overdue' })
    expect((await fetch(`${server.url}/readyz`)).status).to.equal(503)
  })

  it('answers 401 on every path of the API, whatever comes with it', async () => {
    const requests: [string, RequestInit?][] = [
      ['/api/v1'],
      ['/api/v1/'],
      ['/api/v1?x=1'],
      ['/api/v1/users'],
      ['/hr/connector/api/v1/users'],
      ['/api/v1/does/not/exist'],
      ['/api/v1/users', { headers: { authorization: 'Bearer not-a-token' } }],
      ['/api/v1/logins', { method: 'POST', body: '{"logins": [', headers: { 'content-type': 'application/json' } }],
      ['/api/v1/bounces', { method: 'POST', body: 'x', headers: { 'content-type': 'message/rfc822' } }],
      ['/api/v1/users', { method: 'DELETE' }],
    ]
    for (const [path, init] of requests) {
      const response = await fetch(server.url + path, init)
      expect(response.headers.get('www-authenticate'), path).to.equal('Bearer')
      await expectProblem(response, 401, 'unauthorized')
    }
  })

  it('answers 404 on every other path and method', async () => {
    const requests: [string, RequestInit?][] = [
      ['/nothing'],
      ['/api/v10/users'],
      ['/api'],
      ['/healthz', { method: 'POST' }],
      ['/welcome/abc', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }],
      ['/x', { method: 'POST', body: 'x', headers: { 'content-type': 'message/rfc822' } }],
    ]
    for (const [path, init] of requests) await expectProblem(await fetch(server.url + path, init), 404, 'not-found')
  })

  it('takes addresses it cannot decode for what they are', async () => {
    const answer = await raw('GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(answer).to.match(
      /^HTTP\/1\.1 400 [^]*content-type: application\/problem\+json[^]*"code":"request\.invalid"/i,
    )
    expect(logged).to.deep.equal([])
  })

  it('tells a failure of the store as it is, and one of ours in general words only', async () => {
    readiness = () =>
      Promise.reject(
        new ConnectorError('store.locked', { message: 'We cannot read the store: locked', remedy: 'Close it.' }),
      )
    const body = await expectProblem(await fetch(`${server.url}/readyz`), 503, 'store.locked')
    expect(body).to.include({ title: 'We cannot read the store: locked', detail: 'Close it.' })
    expect(logged).to.deep.equal([])
    readiness = () => Promise.reject(new Error('the secret is hunter2'))
    const bug = await expectProblem(await fetch(`${server.url}/readyz`), 500, 'bug')
    expect(JSON.stringify(bug)).not.to.include('hunter2')
    expect(logged).to.have.length(1)
    expect(bug['instance']).to.equal(`urn:uuid:${String(logged[0]?.fields?.['requestId'])}`)
  })

  it('closes although somebody keeps a connection open', async () => {
    const idle = connect(Number(new URL(server.url).port), '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    idle.on('error', () => undefined)
    await server.close()
  })
})
