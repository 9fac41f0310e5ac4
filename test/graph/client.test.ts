import { expect } from 'chai'
import {
  NOW,
  errorBody,
  failureOf,
  never,
  tokenAnswer,
  withTenant,
  type Tenant,
  type TenantSetup,
} from './support/microsoft.js'
import { cutShort, goSilent, hang, reset, type Answer } from './support/server.js'

const PAGE = { '@odata.deltaLink': 'LINK', value: [] }

function page(tenant: Tenant, signal = never): Promise<unknown> {
  return tenant.connection.directory.page(tenant.link('/users/delta?$deltatoken=abc'), signal)
}

/** `LINK` becomes one on the server that is asked. */
function good(): Answer {
  return (response, request) => {
    const link = `http://${request.headers.host ?? ''}/v1.0/users/delta?$deltatoken=next`
    response.end(JSON.stringify(PAGE).replace('LINK', link))
  }
}

function throttled(retryAfter?: string, headers: Record<string, string> = {}): Answer {
  const told: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  return { status: 429, headers: { ...told, ...headers }, body: errorBody('TooManyRequests') }
}

async function waits(setup: TenantSetup): Promise<number[]> {
  let slept: number[] = []
  await withTenant(setup, async (tenant) => {
    await page(tenant)
    slept = tenant.clock.slept
  })
  return slept
}

describe('waiting and trying again', () => {
  const passing: readonly (readonly [string, Answer])[] = [
    ['429', throttled()],
    ['500', { status: 500, body: errorBody('InternalServerError') }],
    ['502 with HTML', { status: 502, body: '<html>Bad gateway</html>' }],
    ['503 with an empty body', { status: 503 }],
    ['504', { status: 504, body: errorBody('UnknownError') }],
    ['408', { status: 408 }],
    ['a connection reset', reset],
    ['a body cut short', cutShort(PAGE)],
    ['a compressed body cut short', cutShort(PAGE, { 'content-encoding': 'gzip' })],
    ['a 200 that is no JSON', { body: '<html>Sign in to the network</html>' }],
    ['an empty 200', { body: '' }],
    ['a page without value', { body: { '@odata.deltaLink': 'https://x.example/' } }],
  ]
  for (const [name, answer] of passing) {
    it(`${name} is asked again, with a token and an id for each attempt`, async () => {
      await withTenant({ answers: [answer, good()] }, async (tenant) => {
        await page(tenant)
        const ids = tenant.graph().map(({ headers }) => headers['client-request-id'])
        expect(new Set(ids).size).to.equal(2)
        expect(tenant.graph().every(({ headers }) => headers.authorization?.startsWith('Bearer ey'))).to.equal(true)
        expect(tenant.connection.counters()).to.include({ requests: 2, retried: 1 })
      })
    })
  }

  it('a wait is as long as Microsoft says: whole seconds, decimals, dates', async () => {
    const date = new Date(NOW.getTime() + 17_000).toUTCString()
    const answers = [
      throttled('3'),
      throttled('2.128'),
      throttled('9.5'),
      throttled(date, { date: NOW.toUTCString() }),
      good(),
    ]
    expect(await waits({ answers })).to.deep.equal([3000, 2128, 9500, 17_000])
  })

  it('a date counts from the server’s clock, not from ours', async () => {
    const theirs = NOW.getTime() + 3_600_000
    const date = { date: new Date(theirs).toUTCString() }
    expect(await waits({ answers: [throttled(new Date(theirs + 4000).toUTCString(), date), good()] })).to.deep.equal([
      4000,
    ])
  })

  it('a header that is missing, negative or nonsense leads to a back-off that doubles, with jitter', async () => {
    const answers = [throttled(), throttled('-5'), throttled('soon'), throttled('NaN'), good()]
    expect(await waits({ answers })).to.deep.equal([1000, 2000, 4000, 8000])
  })

  it('a server that always says "no wait" is asked ever less often', async () => {
    const answers = [throttled('0'), throttled('0'), throttled('0.01'), throttled('0'), good()]
    expect(await waits({ answers })).to.deep.equal([250, 500, 1000, 2000])
  })

  it('a wait that ends exactly with the patience is waited for', async () => {
    const setup = { answers: [throttled('2'), good()], microsoft: { giveUpAfterMs: 2000 } }
    expect(await waits(setup)).to.deep.equal([2000])
  })

  it('a wait beyond the patience gives up at once and says when to come back', async () => {
    await withTenant({ answers: [throttled('91')] }, async (tenant) => {
      const error = await failureOf(page(tenant), 'graph.throttled')
      expect(error.message).to.equal('Microsoft asked us to wait until 2026-11-20 08:01:31 UTC')
      expect(error.retryAt?.toISOString()).to.equal('2026-11-20T08:01:31.000Z')
      expect(error.exitCode).to.equal(5)
      expect(tenant.graph()).to.have.length(1)
      expect(tenant.connection.counters()).to.deep.equal({ requests: 1, throttled: 1, retried: 0 })
    })
  })

  it('an absurd wait is taken for a day', async () => {
    await withTenant({ answers: [throttled('99999999999')] }, async (tenant) => {
      const error = await failureOf(page(tenant), 'graph.throttled')
      expect(error.retryAt?.toISOString()).to.equal('2026-11-21T08:00:00.000Z')
    })
  })

  it('without one good answer a run gives up when its patience is at its end, and not before', async () => {
    await withTenant({ answers: [{ status: 503 }] }, async (tenant) => {
      const error = await failureOf(page(tenant), 'graph.unavailable')
      expect(error.retryAt).to.equal(null)
      const waited = tenant.clock.slept.reduce((sum, ms) => sum + ms, 0)
      expect(waited).to.be.within(60_000, 90_000)
    })
  })

  it('any good answer restores the patience', async () => {
    const answers = [throttled('60'), good(), throttled('60'), good()]
    await withTenant({ answers }, async (tenant) => {
      await page(tenant)
      await page(tenant)
      expect(tenant.clock.slept).to.deep.equal([60_000, 60_000])
    })
  })

  it('requests of one client share one patience', async () => {
    await withTenant({ answers: [throttled('60')] }, async (tenant) => {
      await Promise.all([failureOf(page(tenant)), failureOf(page(tenant)), failureOf(page(tenant))])
      expect(tenant.graph().length).to.be.lessThan(8)
    })
  })

  it('a run after a long pause is patient again', async () => {
    await withTenant({ answers: [...Array<Answer>(4).fill({ status: 503 }), good()] }, async (tenant) => {
      const somebody = '00000000-0000-4000-8000-000000000001'
      await failureOf(tenant.connection.directory.lookUp(somebody, never), 'graph.unavailable')
      tenant.clock.pass(15 * 60_000)
      await page(tenant)
      expect(tenant.graph()).to.have.length(5)
    })
  })

  it('many requests on one signal give no warning', async () => {
    const warnings: string[] = []
    const note = (warning: Error): void => void warnings.push(warning.name)
    process.on('warning', note)
    await withTenant({ answers: [{ status: 500 }, good()] }, async (tenant) => {
      const { signal } = new AbortController()
      await Promise.all(Array.from({ length: 30 }, () => page(tenant, signal)))
    })
    process.off('warning', note)
    expect(warnings).to.deep.equal([])
  })

  it('a look-up tries three times', async () => {
    await withTenant({ answers: [{ status: 500 }] }, async (tenant) => {
      await failureOf(tenant.connection.directory.lookUp('ana@contoso.example', never), 'graph.unavailable')
      expect(tenant.graph()).to.have.length(3)
    })
  })

  it('who waits is told why and until when', async () => {
    await withTenant({ answers: [throttled('3'), { status: 503 }, good()] }, async (tenant) => {
      await page(tenant)
      const told = tenant.events.map((event) => [event.kind, 'until' in event ? event.until.toISOString() : null])
      expect(told).to.deep.equal([
        ['request', null],
        ['throttled', '2026-11-20T08:00:03.000Z'],
        ['request', null],
        ['retried', '2026-11-20T08:00:05.000Z'],
        ['request', null],
      ])
      expect(tenant.connection.counters()).to.deep.equal({ requests: 3, throttled: 1, retried: 2 })
    })
  })

  it('a server that hangs uses up the patience', async () => {
    await withTenant({ answers: [hang], microsoft: { giveUpAfterMs: 300 }, realTime: true }, async (tenant) => {
      const error = await failureOf(page(tenant), 'graph.unreachable')
      expect(error.details.code).to.equal('TIMEOUT')
    })
  })

  it('a body that stops half way uses up the patience', async () => {
    const setup: TenantSetup = { answers: [goSilent(PAGE)], microsoft: { giveUpAfterMs: 300 }, realTime: true }
    await withTenant(setup, async (tenant) => {
      await failureOf(page(tenant), 'graph.incomplete-answer')
    })
  })

  it('nobody listening is an outage', async () => {
    await withTenant({}, async (tenant) => {
      await tenant.server.close()
      const error = await failureOf(page(tenant), 'graph.unreachable')
      expect(error.message).to.equal(`We cannot reach 127.0.0.1:${tenant.server.port}`)
      expect(error.details.code).to.equal('ECONNREFUSED')
    })
  })
})

describe('stopping', () => {
  it('an abort ends a wait at once', async () => {
    const stop = new AbortController()
    await withTenant({ answers: [throttled('60')], realTime: true }, async (tenant) => {
      const asked = failureOf(page(tenant, stop.signal), 'run.interrupted')
      setTimeout(() => stop.abort(), 100)
      expect((await asked).exitCode).to.equal(130)
    })
  })

  it('an abort ends a request at once', async () => {
    const stop = new AbortController()
    const answer: Answer = () => setTimeout(() => stop.abort(), 20)
    await withTenant({ answers: [answer] }, async (tenant) => {
      await failureOf(page(tenant, stop.signal), 'run.interrupted')
    })
  })

  it('an abort ends a token request at once', async () => {
    const stop = new AbortController()
    const token: Answer = () => setTimeout(() => stop.abort(), 20)
    await withTenant({ token: () => token }, async (tenant) => {
      await failureOf(page(tenant, stop.signal), 'run.interrupted')
    })
  })

  it('what is stopped already asks nobody', async () => {
    await withTenant({}, async (tenant) => {
      await failureOf(page(tenant, AbortSignal.abort()), 'run.interrupted')
      expect(tenant.server.received).to.have.length(0)
    })
  })
})

describe('the token of a request', () => {
  const refusedOnce = { status: 401, body: errorBody('InvalidAuthenticationToken', 'Lifetime validation failed') }

  it('a refused token is renewed once and the request made again', async () => {
    await withTenant({ answers: [refusedOnce, good()] }, async (tenant) => {
      await page(tenant)
      const [first, second] = tenant.graph().map(({ headers }) => headers.authorization)
      expect(first).not.to.equal(second)
      expect(tenant.signIns()).to.have.length(2)
      expect(tenant.clock.slept).to.deep.equal([])
    })
  })

  it('a second refusal stops, and says how far the clock is off', async () => {
    const date = new Date(NOW.getTime() - 12 * 60_000).toUTCString()
    await withTenant({ answers: [{ ...refusedOnce, headers: { date } }] }, async (tenant) => {
      const error = await failureOf(page(tenant), 'graph.token-refused')
      expect(error.message).to.equal('Microsoft does not accept our token')
      expect(error.remedy).to.contain('12 minutes fast')
      expect(error.exitCode).to.equal(4)
      expect(tenant.graph()).to.have.length(2)
      expect(tenant.signIns()).to.have.length(2)
    })
  })

  it('a refusal after a renewal and an outage stands too: tokens are not renewed for ever', async () => {
    await withTenant({ answers: [refusedOnce, { status: 503 }, refusedOnce, good()] }, async (tenant) => {
      await failureOf(page(tenant), 'graph.token-refused')
      expect(tenant.graph()).to.have.length(3)
    })
  })

  it('an application Microsoft does not know yet is told apart, with 401 and with 403', async () => {
    for (const status of [401, 403]) {
      await withTenant({ answers: [{ status, body: errorBody('Authorization_IdentityNotFound') }] }, async (tenant) => {
        const error = await failureOf(page(tenant))
        expect(error.message).to.equal('Microsoft does not know the application yet')
        expect(error.remedy).to.contain('New grants need some minutes')
        expect(error.kind).to.equal('denied')
      })
    }
  })

  it('a token is kept for an hour less five minutes, and renewed during a long wait', async () => {
    await withTenant(
      { answers: [good(), throttled('3300'), good()], microsoft: { giveUpAfterMs: 4_000_000 } },
      async (tenant) => {
        await page(tenant)
        await page(tenant)
        expect(tenant.signIns()).to.have.length(2)
        const sent = tenant.graph().map(({ headers }) => headers.authorization)
        expect(sent[0]).to.equal(sent[1])
        expect(sent[2]).not.to.equal(sent[1])
      },
    )
  })

  it('a busy sign-in service is waited for like Graph, on the same patience', async () => {
    const busy: Answer = { status: 503, headers: { 'retry-after': '5' }, body: { error: 'temporarily_unavailable' } }
    const token = (_: unknown, nth: number): Answer => (nth < 2 ? busy : tokenAnswer(nth))
    await withTenant({ token, answers: [good()] }, async (tenant) => {
      await page(tenant)
      expect(tenant.clock.slept).to.deep.equal([5000, 5000])
      expect(tenant.connection.counters()).to.deep.equal({ requests: 1, throttled: 0, retried: 2 })
    })
  })
})

describe('where a request may go', () => {
  it('a link to another origin is refused before anything is sent', async () => {
    await withTenant({}, async (tenant) => {
      const { port } = tenant.server
      const links = [
        'https://evil.example/v1.0/users/delta',
        `https://127.0.0.1:${port}/v1.0/users/delta`,
        `http://127.0.0.1:${port + 1}/v1.0/users/delta`,
        `http://localhost:${port}/v1.0/users/delta`,
        `http://127.0.0.1:${port}@evil.example/v1.0/users`,
        `http://user:word@127.0.0.1:${port}/v1.0/users`,
        '/v1.0/users/delta',
        'no address',
        '',
      ]
      for (const link of links) {
        const error = await failureOf(tenant.connection.directory.page(link, never), 'graph.foreign-link')
        expect(error.exitCode).to.equal(1)
      }
      expect(tenant.server.received).to.have.length(0)
    })
  })

  for (const status of [301, 302, 303, 307, 308]) {
    it(`a redirect with ${status} stops, and is not followed`, async () => {
      const answers: Answer[] = [{ status, headers: { location: 'https://evil.example/x?token=1' } }]
      await withTenant({ answers }, async (tenant) => {
        const error = await failureOf(page(tenant), 'graph.redirected')
        expect(error.message).to.contain('redirected us to evil.example')
        expect(error.message).not.to.contain('token=1')
        expect(tenant.graph()).to.have.length(1)
      })
    })
  }

  it('a link reaches the server byte for byte', async () => {
    await withTenant({ answers: [good()] }, async (tenant) => {
      const path =
        '/auditLogs/signins?$filter=createdDateTime+ge+2026%3a00&$SkipToken=a\'b%2Bc==_~!*()|{}^`"<>\\&$select=a&$select=b&&x'
      await tenant.connection.directory.page(tenant.link(path), never)
      expect(tenant.graph()[0]?.url).to.equal(`/v1.0${path}`)
    })
  })
})
