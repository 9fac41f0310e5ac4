import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import { decodeToken, tokenKeeper, type IssuedToken, type Tokens } from '../../src/graph/token.js'
import { failureOf, fakeClock, jwt, never, type FakeClock } from './support/microsoft.js'

interface Kept {
  readonly tokens: Tokens
  readonly clock: FakeClock
  readonly asked: AbortSignal[]
}

function keeper(lifetimeMs: number, issue?: (nth: number) => Promise<IssuedToken>): Kept {
  const clock = fakeClock()
  const asked: AbortSignal[] = []
  const tokens = tokenKeeper(({ signal }) => {
    asked.push(signal)
    return issue?.(asked.length) ?? Promise.resolve({ value: `token-${asked.length}`, lifetimeMs })
  }, clock.now)
  return { tokens, clock, asked }
}

const MINUTE = 60_000
const wait = { signal: never, timeoutMs: 1000 }

describe('the token that is kept', () => {
  it('is renewed five minutes before it ends', async () => {
    const { tokens, clock } = keeper(60 * MINUTE)
    await tokens.get(wait)
    clock.pass(55 * MINUTE - 1)
    expect(await tokens.get(wait)).to.equal('token-1')
    clock.pass(1)
    expect(await tokens.get(wait)).to.equal('token-2')
  })

  it('of less than ten minutes is renewed after half of them', async () => {
    const { tokens, clock } = keeper(2 * MINUTE)
    await tokens.get(wait)
    clock.pass(MINUTE - 1)
    expect(await tokens.get(wait)).to.equal('token-1')
    clock.pass(1)
    expect(await tokens.get(wait)).to.equal('token-2')
  })

  it('that has already ended is used once', async () => {
    const { tokens } = keeper(0)
    expect(await tokens.get(wait)).to.equal('token-1')
    expect(await tokens.get(wait)).to.equal('token-2')
  })

  it('is asked for once, however many wait for it', async () => {
    const { tokens, asked } = keeper(60 * MINUTE)
    expect(await Promise.all([tokens.get(wait), tokens.get(wait), tokens.get(wait)])).to.deep.equal(
      Array(3).fill('token-1'),
    )
    expect(asked).to.have.length(1)
  })

  it('is dropped once, however many were refused with it', async () => {
    const { tokens, asked } = keeper(60 * MINUTE)
    const refused = await tokens.get(wait)
    const renewed = await Promise.all([1, 2, 3].map(() => (tokens.drop(refused), tokens.get(wait))))
    tokens.drop(refused)
    expect([...renewed, await tokens.get(wait)]).to.deep.equal(Array(4).fill('token-2'))
    expect(asked).to.have.length(2)
  })

  it('a failure is everybody’s who waits, and nobody’s who comes later', async () => {
    const failure = new ConnectorError('sign-in.refused', { message: 'no' })
    const { tokens } = keeper(0, (nth) =>
      nth === 1 ? Promise.reject(failure) : Promise.resolve({ value: 'good', lifetimeMs: 0 }),
    )
    const failed = await Promise.all([failureOf(tokens.get(wait)), failureOf(tokens.get(wait))])
    expect(failed).to.deep.equal([failure, failure])
    expect(await tokens.get(wait)).to.equal('good')
  })

  it('who stops waiting does not take it from the others; the last one ends the request', async () => {
    let give: (token: IssuedToken) => void = () => undefined
    const { tokens, asked } = keeper(0, () => new Promise((resolve) => (give = resolve)))
    const [first, second] = [new AbortController(), new AbortController()]
    const one = failureOf(tokens.get({ ...wait, signal: first.signal }), 'run.interrupted')
    const two = tokens.get({ ...wait, signal: second.signal })
    first.abort()
    await one
    expect(asked[0]?.aborted).to.equal(false)
    give({ value: 'kept', lifetimeMs: 0 })
    expect(await two).to.equal('kept')
    const three = failureOf(tokens.get({ ...wait, signal: second.signal }), 'run.interrupted')
    second.abort()
    await three
    expect(asked[1]?.aborted).to.equal(true)
  })

  it('a reason of ours for stopping is passed on', async () => {
    const stop = new AbortController()
    const { tokens } = keeper(0, () => new Promise(() => undefined))
    const lost = failureOf(tokens.get({ ...wait, signal: stop.signal }), 'lease.lost')
    stop.abort(new ConnectorError('lease.lost', { message: 'Another machine took over' }))
    await lost
  })

  it('closing ends the request under way', async () => {
    const { tokens, asked } = keeper(0, () => new Promise(() => undefined))
    void tokens.get(wait)
    tokens.close()
    expect(asked[0]?.aborted).to.equal(true)
    return Promise.resolve()
  })
})

describe('what a token says', () => {
  it('is its tenant, in lower case, and its roles', () => {
    expect(decodeToken(jwt({ tid: 'ABC-1', roles: ['User.Read.All', 7] }))).to.deep.equal({
      tenantId: 'abc-1',
      roles: ['User.Read.All'],
    })
  })

  it('without roles is that nothing was granted', () => {
    expect(decodeToken(jwt({ tid: 'x' }))).to.deep.equal({ tenantId: 'x', roles: [] })
  })

  it('is nothing when it is opaque', () => {
    const unknown = { tenantId: null, roles: null }
    for (const token of ['', 'EwBwA8l6BAAU', 'a.b.c', 'a..c', 'HEADER.PAYLOAD.SIGNATURE', `x.${btoa('[1]')}.x`]) {
      expect(decodeToken(token)).to.deep.equal(unknown)
    }
    expect(decodeToken(jwt({ tid: 7, roles: 'all' }))).to.deep.equal(unknown)
  })
})
