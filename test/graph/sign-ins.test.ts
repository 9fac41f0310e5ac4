import { expect } from 'chai'
import { APP_ID, errorBody, failureOf, never, withTenant } from './support/microsoft.js'
import { signInPage } from '../../src/graph/sign-ins.js'
import type { SignInPage } from '../../src/domain/directory.js'
import type { Answer } from './support/server.js'

const ADA = 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101'
const ROW = {
  id: 'row-1',
  createdDateTime: '2026-11-20T06:58:41.6195833Z',
  userId: ADA,
  appId: APP_ID,
  correlationId: 'correlation-1',
  isInteractive: true,
  status: { errorCode: 0 },
}
const facts = { details: {}, date: null }

function page(...rows: readonly unknown[]): SignInPage {
  return signInPage({ value: rows }, facts, APP_ID)
}

describe('the sign-in log', () => {
  it('is asked for one application and a window of whole seconds, rounded outwards, without quotes', async () => {
    await withTenant({ answers: [{ body: { value: [] } }] }, async ({ connection, graph }) => {
      const window = { appId: "4345'b7b9", from: '2026-11-19T08:00:00.999Z', until: '2026-11-20T08:00:00.001Z' }
      await connection.signIns?.page(window, never)
      const url = new URL(graph()[0]?.url ?? '', 'http://x')
      expect(url.pathname).to.equal('/v1.0/auditLogs/signIns')
      expect(url.searchParams.get('$filter')).to.equal(
        "createdDateTime ge 2026-11-19T08:00:00Z and createdDateTime le 2026-11-20T08:00:01Z and appId eq '4345''b7b9'",
      )
      expect(url.searchParams.get('$top')).to.equal('1000')
    })
  })

  it('gives who signed in, when to the millisecond, and the correlation id', () => {
    expect(page(ROW)).to.deep.equal({
      signIns: [{ entraObjectId: ADA, at: '2026-11-20T06:58:41.619Z', correlationId: 'correlation-1' }],
      read: 1,
      oldest: '2026-11-20T06:58:41.619Z',
      next: null,
    })
  })

  it('times may have no fraction, or an offset', () => {
    const read = page(
      { ...ROW, createdDateTime: '2026-11-20T08:58:41.5+02:00' },
      { ...ROW, createdDateTime: '2026-11-20T06:58:41Z' },
    )
    expect(read.signIns.map(({ at }) => at)).to.deep.equal(['2026-11-20T06:58:41.500Z', '2026-11-20T06:58:41.000Z'])
  })

  it('a row without a word on being interactive counts, letter case does not', () => {
    const { isInteractive, ...unsaid } = ROW
    expect(isInteractive).to.equal(true)
    expect(page(unsaid, { ...ROW, appId: APP_ID.toUpperCase(), userId: ADA.toUpperCase() }).signIns).to.have.length(2)
    expect(page({ ...ROW, userId: ADA.toUpperCase() }).signIns[0]?.entraObjectId).to.equal(ADA)
  })

  it('an empty or zero correlation id is none', () => {
    for (const correlationId of ['', '00000000-0000-0000-0000-000000000000', null, 7]) {
      expect(page({ ...ROW, correlationId }).signIns[0]?.correlationId).to.equal(null)
    }
  })

  const others: Readonly<Record<string, unknown>> = {
    'a failure': { ...ROW, status: { errorCode: 50126 } },
    'a question on the way': { ...ROW, status: { errorCode: 50140 } },
    'a row without a result': { ...ROW, status: null },
    'a result that is no number': { ...ROW, status: { errorCode: '0' } },
    'a sign-in nobody made': { ...ROW, isInteractive: false },
    'another application': { ...ROW, appId: '9bc3ab49-b65d-410a-85ad-de819febfddc' },
    'a row without application': { ...ROW, appId: null },
    'an empty user': { ...ROW, userId: '' },
    'the user of zeros': { ...ROW, userId: '00000000-0000-0000-0000-000000000000' },
    'a time that is none': { ...ROW, createdDateTime: '20 November' },
    'a row without time': { ...ROW, createdDateTime: null },
    'a month 13': { ...ROW, createdDateTime: '2026-13-20T06:58:41Z' },
    'no row at all': null,
    text: 'row',
  }
  for (const [name, row] of Object.entries(others)) {
    it(`${name} is read and proves nothing`, () => {
      expect(page(row)).to.deep.include({ signIns: [], read: 1 })
    })
  }

  it('the oldest time counts failures too, and is unknown when rows do not come newest first', () => {
    const old = { ...ROW, createdDateTime: '2026-11-20T05:00:00Z', status: { errorCode: 50126 } }
    expect(page(ROW, old).oldest).to.equal('2026-11-20T05:00:00.000Z')
    expect(page(old, ROW).oldest).to.equal(null)
    expect(page().oldest).to.equal(null)
  })

  it('a page without value is incomplete, and a link elsewhere stops', async () => {
    const bodies: readonly (readonly [object, string])[] = [
      [{}, 'graph.incomplete-answer'],
      [{ value: [], '@odata.nextLink': 7 }, 'graph.incomplete-answer'],
      [{ value: [ROW], '@odata.nextLink': 'https://evil.example/v1.0/auditLogs/signIns' }, 'graph.foreign-link'],
    ]
    for (const [body, code] of bodies) {
      await withTenant({ answers: [{ body }], microsoft: { giveUpAfterMs: 1000 } }, async (tenant) => {
        const link = tenant.link('/auditLogs/signIns?$skiptoken=x')
        const error = await failureOf(tenant.connection.signIns!.page({ link, appId: APP_ID }, never))
        expect(error.code).to.equal(code)
      })
    }
  })

  it('without applications there is no source', async () => {
    await withTenant({ options: { appIds: [] } }, (tenant) => {
      expect(tenant.connection.signIns).to.equal(null)
      return Promise.resolve()
    })
  })
})

describe('the pace of the sign-in log', () => {
  it('is five requests in ten seconds, however fast they are wanted', async () => {
    await withTenant({ answers: [{ body: { value: [] } }] }, async (tenant) => {
      const at = { link: tenant.link('/auditLogs/signins?$skiptoken=x'), appId: APP_ID }
      for (let nth = 0; nth < 11; nth += 1) await tenant.connection.signIns?.page(at, never)
      expect(tenant.clock.slept).to.deep.equal([10_000, 10_000])
      const paced = tenant.events.filter(({ kind }) => kind === 'pacing')
      expect(paced.map((event) => 'until' in event && event.until.toISOString())).to.deep.equal([
        '2026-11-20T08:00:10.000Z',
        '2026-11-20T08:00:20.000Z',
      ])
    })
  })

  it('holds for requests made at once', async () => {
    await withTenant({ answers: [{ body: { value: [] } }] }, async (tenant) => {
      const at = { link: tenant.link('/auditLogs/signIns'), appId: APP_ID }
      await Promise.all(Array.from({ length: 7 }, () => tenant.connection.signIns!.page(at, never)))
      expect(tenant.clock.slept).to.deep.equal([10_000])
    })
  })

  it('counts refused requests too', async () => {
    const refused: Answer = { status: 429, headers: { 'retry-after': '0' }, body: errorBody('TooManyRequests') }
    const answers = [...Array<Answer>(5).fill(refused), { body: { value: [] } }]
    await withTenant({ answers }, async (tenant) => {
      const at = { link: tenant.link('/auditLogs/signIns'), appId: APP_ID }
      await tenant.connection.signIns?.page(at, never)
      expect(tenant.clock.slept).to.deep.equal([250, 500, 1000, 2000, 4000, 2250])
    })
  })

  it('does not hold for people', async () => {
    await withTenant({ answers: [{ status: 404, body: errorBody('Request_ResourceNotFound') }] }, async (tenant) => {
      for (let nth = 0; nth < 8; nth += 1) await tenant.connection.directory.lookUp('auditlogs@contoso.example', never)
      expect(tenant.clock.slept).to.deep.equal([])
    })
  })

  it('a wait for it can be stopped, and the place is not lost', async () => {
    const stop = new AbortController()
    await withTenant({ answers: [{ body: { value: [] } }] }, async (tenant) => {
      const at = { link: tenant.link('/auditLogs/signIns'), appId: APP_ID }
      for (let nth = 0; nth < 5; nth += 1) await tenant.connection.signIns?.page(at, never)
      stop.abort()
      await failureOf(tenant.connection.signIns!.page(at, stop.signal), 'run.interrupted')
      await tenant.connection.signIns?.page(at, never)
      expect(tenant.clock.slept).to.deep.equal([10_000])
    })
  })
})
