import { expect } from 'chai'
import { connect, type Socket } from 'node:net'
import type { TokenScope } from '../../src/store/port.js'
import { anApi, email, expectProblem, json, type Api } from './support.js'

const MB = 1024 * 1024

describe('who may call the API', () => {
  let api: Api
  beforeEach(async () => {
    api = await anApi()
  })
  afterEach(() => api.close())

  const LOGINS = json({ logins: [] })
  const REPORT = email('From: x\r\n\r\nHello')

  it('is nobody without a token that is known, on any path', async () => {
    const paths: readonly (readonly [string, RequestInit?])[] = [
      ['/api/v1'],
      ['/api/v1/users'],
      ['/api/v1/users/x'],
      ['/api/v1/openapi.json'],
      ['/api/v1/nothing/here'],
      ['/%61pi/v1/users'],
      ['/api/%76%31/users'],
      ['/hr/api/v1/users'],
      ['/api/v1/users', { method: 'HEAD' }],
      ['/api/v1/users', { method: 'DELETE' }],
      ['/api/v1/logins', LOGINS],
      ['/api/v1/logins', json('{')],
      ['/api/v1/bounces', REPORT],
    ]
    for (const [path, init] of paths)
      for (const token of [null, 'ect_unknown', 'x y']) {
        const response = await api.call(path, token, init)
        expect(response.status, `${path} ${String(token)}`).to.equal(401)
        expect(response.headers.get('www-authenticate')).to.equal('Bearer')
        if (init?.method !== 'HEAD') await expectProblem(response, 401, 'unauthorized')
      }
    const token = api.tokens['admin'] ?? ''
    const others = [{ authorization: `Basic ${token}` }, { authorization: token }, { cookie: token }]
    for (const headers of others)
      await expectProblem(await api.call('/api/v1/users', null, { headers }), 401, 'unauthorized')
    await expectProblem(await api.call(`/api/v1/users?access_token=${token}`, null), 401, 'unauthorized')
  })

  it('takes the word Bearer in any letter case', async () => {
    const headers = { authorization: `bEARER  ${api.tokens['support'] ?? ''}` }
    expect((await api.call('/api/v1/users', null, { headers })).status).to.equal(200)
  })

  it('depends on the scope of the token', async () => {
    await api.add()
    const calls: readonly (readonly [string, RequestInit, Readonly<Record<TokenScope, number>>])[] = [
      ['/api/v1/users', {}, { admin: 200, support: 200, intranet: 200 }],
      ['/api/v1/users/nobody', {}, { admin: 404, support: 404, intranet: 404 }],
      ['/api/v1/openapi.json', {}, { admin: 200, support: 200, intranet: 200 }],
      ['/api/v1/logins', LOGINS, { admin: 200, support: 403, intranet: 200 }],
      ['/api/v1/bounces', REPORT, { admin: 202, support: 403, intranet: 202 }],
      ['/api/v1/nothing', {}, { admin: 404, support: 404, intranet: 404 }],
      ['/api/v1/logins', {}, { admin: 404, support: 404, intranet: 404 }],
    ]
    for (const [path, init, expected] of calls)
      for (const [scope, status] of Object.entries(expected))
        expect((await api.call(path, scope, init)).status, `${scope} ${path}`).to.equal(status)
    const refused = await expectProblem(await api.call('/api/v1/logins', 'support', LOGINS), 403, 'forbidden')
    expect(refused['detail']).to.equal('Token "support" has the scope support; this needs intranet or admin.')
  })

  it('ends for a token at once when it is revoked', async () => {
    expect((await api.call('/api/v1/users', 'intranet')).status).to.equal(200)
    await api.store.tokens.revoke('intranet', api.clock.now().toISOString())
    await expectProblem(await api.call('/api/v1/users', 'intranet'), 401, 'unauthorized')
    expect((await api.call('/api/v1/users', 'admin')).status).to.equal(200)
  })

  /** Sends the head of a request and gives the socket when the answer has begun. */
  function begin(path: string, token: string, length: number): Promise<{ socket: Socket; answer: string }> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(api.server.url).port), '127.0.0.1')
      const type = path.endsWith('bounces') ? 'message/rfc822' : 'application/json'
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: ${type}\r\n`
      socket.write(`${head}Content-Length: ${length}\r\n\r\n`)
      socket.setEncoding('utf8').once('data', (answer) => resolve({ socket, answer: String(answer) }))
      socket.once('error', reject)
    })
  }

  it('is decided before anything of the body is read, and the rest of a body is cut off', async () => {
    const asked: readonly (readonly [string, string, number])[] = [
      ['/api/v1/logins', 'unknown', 401],
      ['/api/v1/nothing', 'unknown', 401],
      ['/api/v1/logins', api.tokens['support'] ?? '', 403],
      ['/api/v1/bounces', api.tokens['intranet'] ?? '', 413],
    ]
    const cutOff = asked.map(async ([path, token, status]) => {
      const { socket, answer } = await begin(path, token, 20 * MB)
      expect(answer, path).to.match(new RegExp(`^HTTP/1.1 ${status} `))
      let sent = 0
      const chunk = Buffer.alloc(MB)
      const send = (): void => void socket.write(chunk, (error) => error ?? ((sent += 1) < 20 && send()))
      const closed = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve))
      send()
      await closed
      // What is not read stays in the buffers of the two machines.
      expect(sent, path).to.be.lessThan(16)
    })
    await Promise.all(cutOff)
  })

  it('is told to callers who send a lot before they look', async () => {
    for (let time = 0; time < 3; time += 1) {
      await expectProblem(await api.call('/api/v1/logins', null, email(Buffer.alloc(20 * MB))), 401, 'unauthorized')
      await expectProblem(
        await api.call('/api/v1/bounces', 'admin', email(Buffer.alloc(11 * MB))),
        413,
        'request.too-large',
      )
    }
  })

  it('is not asked outside of the API', async () => {
    expect((await api.call('/healthz', null)).status).to.equal(200)
    await expectProblem(await api.call('/api/v10/users', null), 404, 'not-found')
  })
})
