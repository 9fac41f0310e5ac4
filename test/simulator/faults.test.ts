import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultAction } from '../../src/simulator/faults.js'
import type { Simulator } from '../../src/simulator/server.js'
import { bearer, get, readRound, start, stopAll, tokenForm, type Reply } from './caller.js'

const DELTA = '/users/delta?$select=displayName'

/** The outcome of a call that may break: a reply, or the code of what broke it. */
async function attempt(sim: Simulator, path = DELTA, timeoutMs = 300): Promise<Reply | string> {
  const authorization = await bearer(sim)
  try {
    const response = await fetch(`${sim.url}/v1.0${path}`, {
      headers: { authorization },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: {} }
  } catch (error) {
    return codeOf(error)
  }
}

function codeOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: string }; name: string }
  return cause?.code ?? name
}

describe('faults of the connection', () => {
  afterEach(stopAll)

  const broken: readonly (readonly [FaultAction, readonly string[]])[] = [
    ['reset', ['ECONNRESET', 'UND_ERR_SOCKET']],
    ['reset-after-headers', ['ECONNRESET', 'UND_ERR_SOCKET']],
    ['truncate', ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_SOCKET']],
    ['hang', ['TimeoutError']],
    ['hang-body', ['TimeoutError']],
    [{ kind: 'slow', delayMs: 2000 }, ['TimeoutError']],
    [{ kind: 'slow-body', delayMs: 2000 }, ['TimeoutError']],
  ]
  for (const [action, codes] of broken)
    it(`break the call, and only that one: ${JSON.stringify(action)}`, async () => {
      const sim = await start()
      const fault = sim.faults.add({ match: { path: '/users/delta' }, do: action })
      expect(codes).to.include(await attempt(sim))
      expect([fault.hits, sim.faults.hits]).to.deep.equal([1, 1])
      expect(await attempt(sim)).to.have.property('status', 200)
    })

  it('cut the text of a good answer', async () => {
    const sim = await start()
    sim.faults.add({ do: 'cut-json', match: { path: '/users/delta' } })
    const cut = (await attempt(sim)) as Reply
    expect(cut.status).to.equal(200)
    expect(() => JSON.parse(cut.text) as unknown).to.throw(SyntaxError)
  })

  it('delay a whole answer', async () => {
    const sim = await start()
    for (const kind of ['slow', 'slow-body'] as const) {
      sim.faults.add({ do: { kind, delayMs: 20 }, match: { path: '/users/delta' } })
      const { text } = (await attempt(sim, DELTA, 5000)) as Reply
      expect(JSON.parse(text)).to.have.property('value').with.length(40)
    }
    expect(sim.faults.hits).to.equal(2)
  })

  it('hold an answer back until they are cleared', async () => {
    const sim = await start()
    sim.faults.add({ do: { kind: 'slow', delayMs: 600_000 }, match: { path: '/users/delta' } })
    const held = attempt(sim, DELTA, 10_000)
    while (sim.faults.hits === 0) await sleep(5)
    sim.faults.clear()
    expect(await held).to.have.property('status', 200)
  })

  it('reach the token endpoint too', async () => {
    const sim = await start()
    sim.faults.add({ match: { method: 'post', path: 'oauth2/v2.0/token' }, do: 'reset' })
    const url = `${sim.url}/${sim.tenantId}/oauth2/v2.0/token`
    const outcome = await fetch(url, { method: 'POST', body: tokenForm(sim) }).catch(codeOf)
    expect(['ECONNRESET', 'UND_ERR_SOCKET']).to.include(outcome)
    expect(sim.tokens.issued).to.equal(1)
  })
})

describe('faults in place of an answer', () => {
  afterEach(stopAll)

  it('throttle with the header as given, or none', async () => {
    const sim = await start()
    for (const retryAfter of ['0.249', 'Fri, 20 Nov 2026 08:00:00 GMT', 'soon', null]) {
      sim.faults.add({ match: { path: '/users' }, do: { kind: 'throttle', retryAfter } })
      const { status, headers, body } = await get(sim, DELTA)
      expect([status, headers.get('retry-after'), body.error?.code]).to.deep.equal([429, retryAfter, 'TooManyRequests'])
    }
    sim.faults.add({ match: { path: '/users' }, do: { kind: 'throttle', retryAfter: '1', status: 503 } })
    expect((await get(sim, DELTA)).status).to.equal(503)
  })

  it('redirect, show a gateway page, refuse a token, or say anything', async () => {
    const sim = await start()
    const asked = async (action: FaultAction): Promise<Reply> => {
      sim.faults.add({ match: { path: '/users' }, do: action })
      return get(sim, DELTA)
    }
    const moved = await asked({ kind: 'redirect', location: 'https://elsewhere.example/' })
    expect([moved.status, moved.headers.get('location')]).to.deep.equal([302, 'https://elsewhere.example/'])
    const page = await asked({ kind: 'html' })
    expect([page.status, page.headers.get('content-type')]).to.deep.equal([502, 'text/html'])
    const challenged = await asked({ kind: 'unauthorized', reason: 'challenge' })
    expect(challenged.headers.get('www-authenticate')).to.include('error="insufficient_claims", claims="')
    const odd = await asked({ status: 500, headers: { 'x-odd': 'yes' }, body: { error: { code: '' } } })
    expect([odd.status, odd.headers.get('x-odd'), odd.text]).to.deep.equal([500, 'yes', '{"error":{"code":""}}'])
    expect((await asked({ status: 503 })).text).to.equal('')
  })
})

describe('faults of the content', () => {
  afterEach(stopAll)

  async function spoiled(action: FaultAction, path = DELTA): Promise<Reply['body']> {
    const sim = await start({ users: 10, pageSize: 4 })
    const fault = sim.faults.add({ match: { path: '/users/delta' }, do: action })
    const { body } = await get(sim, path)
    expect(fault.hits).to.equal(1)
    return body
  }

  it('take away or spoil the items', async () => {
    expect(await spoiled('missing-value')).not.to.have.property('value')
    expect((await spoiled('value-not-array')).value).not.to.be.an('array')
    expect((await spoiled('empty-page')).value).to.deep.equal([])
    expect((await spoiled('shrunken')).value).to.have.length(2)
    expect((await spoiled('bad-entries')).value).to.have.length.greaterThan(8)
  })

  it('take away or double the links', async () => {
    expect(await spoiled('no-link')).to.have.all.keys('@odata.context', 'value')
    expect(await spoiled('both-links')).to.include.keys('@odata.nextLink', '@odata.deltaLink')
  })

  it('lead elsewhere, with the same path and token', async () => {
    const origin = 'https://evil.example'
    const { '@odata.nextLink': next } = await spoiled({ kind: 'foreign-next-link', origin })
    expect(next).to.match(/^https:\/\/evil\.example\/v1\.0\/users\/delta\?\$skiptoken=/)
    const { '@odata.deltaLink': delta } = await spoiled(
      { kind: 'foreign-delta-link', origin },
      `${DELTA}&$deltatoken=latest`,
    )
    expect(delta).to.match(/^https:\/\/evil\.example\//)
  })

  it('end a round too soon with a link that works', async () => {
    const sim = await start({ users: 10, pageSize: 4 })
    sim.faults.add({ match: { query: /skiptoken/i }, do: 'early-delta-link' })
    const { items, deltaLink } = await readRound(sim, DELTA)
    expect(items).to.have.length(8)
    expect((await readRound(sim, deltaLink)).items).to.be.empty
  })

  it('change whatever a test likes', async () => {
    const edit = (body: Record<string, unknown>): void => void (body['extra'] = 1)
    expect(await spoiled({ kind: 'edit', edit })).to.have.property('extra', 1)
  })

  it('wait for an answer they can spoil', async () => {
    const sim = await start({ users: 10, pageSize: 4 })
    const fault = sim.faults.add({ do: { kind: 'foreign-delta-link', origin: 'https://evil.example' } })
    await get(sim, '/users/unknown')
    await get(sim, DELTA)
    expect(fault.hits).to.equal(0)
    await get(sim, `${DELTA}&$deltatoken=latest`)
    expect(fault.hits).to.equal(1)
  })
})

describe('which request a fault meets', () => {
  afterEach(stopAll)

  it('is told by method, path, query and turn', async () => {
    const sim = await start()
    const statuses = async (...paths: string[]): Promise<number[]> => {
      const list: number[] = []
      for (const path of paths) list.push((await get(sim, path)).status)
      return list
    }
    sim.faults.add({ match: { path: /^\/v1\.0\/users$/, query: '$top=3' }, do: { status: 500 } })
    expect(await statuses('/users', '/users/delta', '/users?$top=3', '/users?$top=3')).to.deep.equal([
      200, 200, 500, 200,
    ])
    sim.faults.add({ match: { method: 'GET', path: '/users', nth: 2 }, times: 2, do: { status: 501 } })
    expect(await statuses('/users', '/users', '/users', '/users')).to.deep.equal([200, 501, 501, 200])
    const fault = sim.faults.add({ match: { path: '/users', after: 1 }, times: Infinity, do: { status: 502 } })
    expect(await statuses('/users', '/users', '/users')).to.deep.equal([200, 502, 502])
    fault.remove()
    expect(await statuses('/users')).to.deep.equal([200])
    expect([fault.hits, sim.faults.hits]).to.deep.equal([2, 5])
  })
})
