import { expect } from 'chai'
import type { Simulator } from '../../src/simulator/server.js'
import { get, start, stopAll, type Item, type Reply } from './caller.js'

const NOW = new Date('2026-11-20T12:00:00Z')
const APP = '4345a7b9-9a63-4910-a426-35363201d503'
const OTHER = '9bc3ab49-b65d-410a-85ad-de819febfddc'

async function withRows(count: number): Promise<Simulator> {
  const sim = await start({ users: 10, now: () => NOW })
  for (let row = 0; row < count; row += 1)
    sim.signIns.add({
      userId: sim.directory.byIndex(row % 10).id,
      at: new Date(NOW.getTime() - (row + 1) * 60_000),
      appId: row % 2 === 0 ? APP : OTHER,
    })
  return sim
}

function read(sim: Simulator, filter: string, more = ''): Promise<Reply> {
  return get(sim, `/auditLogs/signIns?$filter=${encodeURIComponent(filter)}${more}`)
}

function times(items: readonly Item[] = []): string[] {
  return items.map((item) => String(item['createdDateTime']))
}

describe('the sign-in log', () => {
  afterEach(stopAll)

  it('shows events newest first, whatever order they came in, in the shape of Graph', async () => {
    const sim = await withRows(3)
    sim.signIns.addLate({ userId: sim.directory.byIndex(4).id, errorCode: 50126, isInteractive: false }, 90_000)
    const { body } = await get(sim, '/auditLogs/signIns')
    expect(times(body.value).map((time) => time.slice(11, 19))).to.deep.equal([
      '11:59:00',
      '11:58:30',
      '11:58:00',
      '11:57:00',
    ])
    const [newest, late] = body.value ?? []
    expect(newest).to.deep.include({ userDisplayName: 'Zoë Müller', appId: APP, isInteractive: true })
    expect(newest?.['status']).to.include({ errorCode: 0 })
    expect(late?.['status']).to.include({ errorCode: 50126 })
    expect(late).to.include({ userPrincipalName: 'cleo@fabrikam.example', isInteractive: false })
  })

  it('filters by time and application, with and, or and brackets', async () => {
    const sim = await withRows(10)
    const span = 'createdDateTime ge 2026-11-20T11:54:00Z and createdDateTime le 2026-11-20T11:58:00Z'
    expect((await read(sim, span)).body.value).to.have.length(5)
    expect((await read(sim, `${span} and appId eq '${APP}'`)).body.value).to.have.length(2)
    expect((await read(sim, `(${span}) and (appId eq '${APP}' or appId eq '${OTHER}')`)).body.value).to.have.length(5)
    expect((await read(sim, `${span} and not (appId eq '${APP}')`)).body.value).to.have.length(3)
    expect((await read(sim, 'status/errorCode eq 0')).body.value).to.have.length(10)
    expect((await read(sim, "startsWith(userDisplayName,'Zo')")).body.value).to.have.length(1)
  })

  it('compares times to the last digit', async () => {
    const sim = await start({ users: 1, now: () => NOW })
    const at = new Date('2026-11-20T11:00:00.619Z')
    const rows = [1, 2, 3].map(() => sim.signIns.add({ userId: sim.directory.byIndex(0).id, at }))
    const [whole = '', digits = ''] = rows.map(({ createdDateTime }) => createdDateTime)
    expect(whole).to.equal('2026-11-20T11:00:00.619Z')
    expect(digits).to.match(/\.619\d{4}Z$/)
    expect((await read(sim, `createdDateTime le ${whole}`)).body.value).to.have.length(2)
    expect((await read(sim, `createdDateTime ge ${digits}`)).body.value).to.have.length(1)
  })

  const refused = [
    "createdDateTime ge '2026-11-20T11:00:00Z'",
    'createdDateTime ge yesterday',
    'createdDateTime ne 2026-11-20T11:00:00Z',
    'isInteractive eq true',
    `appId eq ${APP}`,
    "constructor eq 'x'",
    'createdDateTime ge 2026-11-20T11:00:00Z and',
    "(appId eq 'x'",
    "appId eq 'x' appId eq 'y'",
    "'",
  ]
  for (const filter of refused)
    it(`refuses the filter ${filter}`, async () => {
      const sim = await withRows(1)
      const { status, body } = await read(sim, filter)
      expect([status, body.error?.code]).to.deep.equal([400, 'BadRequest'])
      expect(body.error?.message).to.match(/^Invalid filter clause/)
    })

  it('pages without loss or repetition while rows arrive late, and repeats the filter in the link', async () => {
    const sim = await withRows(25)
    const filter = `createdDateTime ge 2026-11-20T11:00:00Z and appId eq '${APP}'`
    const ids: unknown[] = []
    let page = await read(sim, filter, '&$top=5')
    for (let pages = 1; ; pages += 1) {
      ids.push(...(page.body.value ?? []).map(({ id }) => id))
      const next = page.body['@odata.nextLink']
      if (typeof next !== 'string') break
      expect(next).to.match(/\/auditLogs\/signins\?\$filter=createdDateTime\+ge\+2026-11-20T11%3a00%3a00Z/)
      expect(next).to.include('$top=5&$skiptoken=')
      if (pages === 1) sim.signIns.addLate({ userId: sim.directory.byIndex(0).id }, 30_000)
      page = await get(sim, next)
    }
    expect(ids).to.have.length(13)
    expect(new Set(ids).size).to.equal(13)
  })

  it('lets page links die where told so', async () => {
    const sim = await withRows(4)
    const { body } = await get(sim, '/auditLogs/signIns?$top=2')
    sim.signIns.expirePages()
    expect((await get(sim, String(body['@odata.nextLink']))).status).to.equal(400)
    expect((await get(sim, '/auditLogs/signIns?$top=2')).status).to.equal(200)
  })

  it('sorts by time only, and gives at most 1000 rows', async () => {
    const sim = await withRows(3)
    const { body } = await get(sim, '/auditLogs/signIns?$orderby=createdDateTime%20asc')
    expect(times(body.value)).to.deep.equal(times(body.value).sort())
    expect((await get(sim, '/auditLogs/signIns?$orderby=appId')).status).to.equal(400)
    for (const top of ['0', '1001', 'many'])
      expect((await get(sim, `/auditLogs/signIns?$top=${top}`)).status).to.equal(400)
  })

  it('shows a row once it has arrived', async () => {
    let now = NOW
    const sim = await start({ users: 1, now: () => now })
    sim.signIns.add({ userId: sim.directory.byIndex(0).id, visibleAt: new Date('2026-11-20T13:00:00Z') })
    expect((await get(sim, '/auditLogs/signIns')).body.value).to.be.empty
    now = new Date('2026-11-20T13:00:00Z')
    expect((await get(sim, '/auditLogs/signIns')).body.value).to.have.length(1)
  })

  it('keeps 30 days, and refuses an older start only where told so', async () => {
    const sim = await withRows(1)
    sim.signIns.addLate({ userId: sim.directory.byIndex(0).id }, 31 * 86_400_000)
    const filter = 'createdDateTime ge 2026-01-01T00:00:00Z'
    expect((await read(sim, filter)).body.value).to.have.length(1)
    sim.signIns.refusesBeforeRetention = true
    expect((await read(sim, filter)).status).to.equal(400)
    expect((await read(sim, 'createdDateTime ge 2026-11-01T00:00:00Z')).status).to.equal(200)
  })

  it('needs a licence', async () => {
    const sim = await withRows(1)
    sim.licence = 'none'
    const { status, body } = await get(sim, '/auditLogs/signIns')
    expect([status, body.error?.code]).to.deep.equal([403, 'Authentication_RequestFromNonPremiumTenantOrB2CTenant'])
  })

  it('knows who has signed in to the intranet, successfully and in person', async () => {
    const sim = await start({ users: 5 })
    const [ok, failed, silent, elsewhere] = [0, 1, 2, 3].map((index) => sim.directory.byIndex(index).id) as [
      string,
      string,
      string,
      string,
    ]
    sim.signIns.add({ userId: ok })
    sim.signIns.add({ userId: failed, errorCode: 50126 })
    sim.signIns.add({ userId: silent, isInteractive: false })
    sim.signIns.add({ userId: elsewhere, appId: OTHER })
    expect([ok, failed, silent, elsewhere].map((id) => sim.signIns.hasSignedIn(id))).to.deep.equal([
      true,
      false,
      false,
      false,
    ])
  })

  it('is throttled above its limit where told so, refused requests included', async () => {
    const sim = await withRows(1)
    sim.signIns.throttling = true
    const replies = await Promise.all(Array.from({ length: 7 }, () => get(sim, '/auditLogs/signIns?$top=1')))
    const refusedOnes = replies.filter(({ status }) => status === 429)
    expect(refusedOnes).to.have.length(2)
    for (const { headers, body } of refusedOnes) {
      expect(Number(headers.get('retry-after'))).to.be.within(0, 10)
      expect(body.error?.code).to.equal('TooManyRequests')
      expect(body.error?.innerError).to.include({ status: '429' })
    }
    const clock = performance.now()
    expect(sim.signIns.throttle(clock + 9_000)).not.to.be.null
    expect(sim.signIns.throttle(clock + 30_000)).to.be.null
  })
})
