import { expect } from 'chai'
import { exitCodeOf } from '../../src/jobs/runner.js'
import { EXPIRIES } from '../../src/simulator/delta-tokens.js'
import type { FaultAction } from '../../src/simulator/faults.js'
import { aTenant, type Tenant } from '../support/tenant.js'

const DELTA = { path: /users\/.*delta/i }

describe('rounds', () => {
  let tenant: Tenant

  beforeEach(async () => {
    tenant = await aTenant()
  })
  afterEach(() => tenant.close())

  const names = async (): Promise<(string | null)[]> =>
    (await tenant.everyone()).map(({ displayName }) => displayName).sort()
  const expected = (): (string | null)[] =>
    [...tenant.simulator.directory.all()].map(({ displayName }) => displayName ?? null).sort()

  describe('a dead delta link', () => {
    for (const variant of EXPIRIES)
      it(`(${variant}) leads to everybody being read again within the same run, and nobody is lost`, async () => {
        await tenant.sync()
        const { directory, delta } = tenant.simulator
        directory.update(directory.byIndex(0).id, { displayName: 'Renamed meanwhile' })
        delta.expireAll(variant)
        // Page-token codes concern page links: the answer to a delta link is ordered directly.
        const pageOnly = /Page/.test(variant)
        if (pageOnly) tenant.simulator.faults.add({ match: { ...DELTA, query: /deltatoken/i }, do: refusal(variant) })
        const { run, error } = await tenant.sync()
        expect(error).to.equal(null)
        expect(run).to.include({ kind: 'resync', outcome: 'succeeded' })
        expect(run.users).to.include({ read: 12, updated: 1, unchanged: 11, deactivated: 0 })
        expect(await names()).to.deep.equal(expected())
      })

    it('refused for a reason nobody knows leads to a resync once a day, then to exit 1', async () => {
      await tenant.sync()
      const odd: FaultAction = { status: 400, body: { error: { code: 'Request_BadRequest', message: 'Bad link.' } } }
      const fault = tenant.simulator.faults.add({ match: { ...DELTA, query: /deltatoken/i }, times: 5, do: odd })
      expect((await tenant.sync()).run).to.include({ kind: 'resync', outcome: 'succeeded' })
      const second = await tenant.sync()
      expect(second.run.outcome).to.equal('failed')
      expect(exitCodeOf(second)).to.equal(1)
      fault.remove()
      expect((await tenant.sync()).run).to.include({ kind: 'incremental', outcome: 'succeeded' })
    })

    it('answered with a Location on another server is not followed there', async () => {
      await tenant.sync()
      const gone: FaultAction = {
        status: 410,
        headers: { location: 'https://evil.example/v1.0/users/delta?$select=id&$deltatoken=' },
        body: { error: { code: 'resyncRequired', message: 'Resync.' } },
      }
      tenant.simulator.faults.add({ match: DELTA, do: gone })
      expect((await tenant.sync()).run).to.include({ kind: 'resync', outcome: 'succeeded' })
      expect(await names()).to.deep.equal(expected())
    })
  })

  it('start with everybody again when other properties are read than before', async () => {
    const first = await tenant.sync()
    const { store } = tenant.app
    const feed = await store.feed('directory')
    const lease = await store.lease.take('test:1:x', 1000)
    if (!lease.taken) throw new Error('the lease is held')
    await store.commit({
      fence: lease.fence,
      run: first.run,
      feeds: { directory: { ...feed, select: 'id,displayName' } },
    })
    await store.lease.release(lease.fence)
    expect((await tenant.sync()).run).to.include({ kind: 'resync', outcome: 'succeeded' })
    expect((await tenant.sync()).run).to.include({ kind: 'incremental' })
  })

  describe('a dead page link', () => {
    for (const variant of ['400-Directory_ExpiredPageToken', 'DirectoryPageTokenNotFoundException'])
      it(`(${variant}) in an incremental round starts that round again from its delta link`, async () => {
        await tenant.sync()
        for (const person of tenant.simulator.directory.all())
          tenant.simulator.directory.update(person.id, { companyName: 'Fabrikam' })
        const fault = tenant.simulator.faults.add({ match: { ...DELTA, query: /skiptoken/i }, do: refusal(variant) })
        const { run, error } = await tenant.sync()
        expect(fault.hits).to.equal(1)
        expect(error).to.equal(null)
        expect(run).to.include({ kind: 'incremental', outcome: 'succeeded' })
        expect(run.users).to.include({ updated: 12 })
      })

    it('in the initial pass starts the pass again, and people deleted meanwhile do not stay', async () => {
      const { directory, faults } = tenant.simulator
      faults.add({ match: { ...DELTA, query: /skiptoken/i, nth: 2 }, do: { status: 503, body: '' }, times: 100 })
      expect((await tenant.sync()).run.outcome).to.equal('failed')
      const leaver = directory.byIndex(1).id
      expect(await tenant.person(leaver)).to.not.equal(undefined)
      directory.softDelete(leaver)
      faults.clear()
      faults.add({ match: { ...DELTA, query: /skiptoken/i }, do: refusal('400-Directory_ExpiredPageToken') })
      const { run } = await tenant.sync()
      expect(run).to.include({ kind: 'initial', outcome: 'succeeded' })
      expect(await tenant.person(leaver)).to.include({ account: 'inactive' })
    })

    it('that dies over and over ends the run as unavailable, never in a loop', async () => {
      await tenant.sync()
      tenant.simulator.faults.add({ match: DELTA, times: 100, do: refusal('410') })
      const result = await tenant.sync()
      expect(exitCodeOf(result)).to.equal(5)
      expect(tenant.simulator.faults.hits).to.be.lessThan(10)
    })
  })

  describe('links', () => {
    for (const kind of ['foreign-next-link', 'foreign-delta-link'] as const)
      it(`to another origin (${kind}) stop the run, drop the cursor, and the next run starts a fresh pass`, async () => {
        await tenant.sync()
        const { directory, faults } = tenant.simulator
        directory.update(directory.byIndex(0).id, { jobTitle: 'From a page we do not trust' })
        const nth = kind === 'foreign-next-link' ? 1 : 3
        faults.add({ match: { ...DELTA, nth }, do: { kind, origin: 'https://evil.example' } })
        const result = await tenant.sync({ full: true })
        expect(result.error?.code).to.equal('graph.foreign-link')
        expect(exitCodeOf(result)).to.equal(1)
        const next = await tenant.sync()
        expect(next.run).to.include({ kind: 'resync', outcome: 'succeeded' })
        expect(await names()).to.deep.equal(expected())
      })

    it('are sent back verbatim, whatever they contain', async () => {
      tenant.simulator.delta.tokenSpelling = 'skipToken'
      await tenant.sync()
      expect((await tenant.sync()).run.outcome).to.equal('succeeded')
    })

    it('that lead in a circle are followed once, and the run ends as unavailable', async () => {
      const circle: FaultAction = {
        kind: 'edit',
        edit: (body) => {
          if ('@odata.nextLink' in body)
            body['@odata.nextLink'] = `${tenant.simulator.url}/v1.0/users/delta?$skiptoken=again`
        },
      }
      tenant.simulator.faults.add({ match: { ...DELTA, query: /select/i }, times: 100, do: circle })
      const back: FaultAction = {
        status: 200,
        body: { value: [], '@odata.nextLink': `${tenant.simulator.url}/v1.0/users/delta?$skiptoken=again` },
      }
      const fault = tenant.simulator.faults.add({ match: { ...DELTA, query: /again/ }, times: 10_000, do: back })
      const result = await tenant.sync()
      expect(exitCodeOf(result)).to.equal(5)
      expect(fault.hits).to.be.within(1, 4)
    })

    it('that redirect end the run, and nothing is asked there', async () => {
      await tenant.sync()
      tenant.simulator.faults.add({ match: DELTA, do: { kind: 'redirect', location: 'https://evil.example/' } })
      const result = await tenant.sync()
      expect(result.error?.code).to.equal('graph.redirected')
      expect(exitCodeOf(result)).to.equal(1)
      expect((await tenant.sync()).run).to.include({ kind: 'incremental', outcome: 'succeeded' })
    })
  })

  describe('an answer that is not whole', () => {
    const faults: FaultAction[] = [
      'missing-value',
      'value-not-array',
      'no-link',
      'both-links',
      'truncate',
      'cut-json',
      'reset',
      'reset-after-headers',
      { kind: 'html' },
    ]
    for (const fault of faults) {
      const name = typeof fault === 'string' ? fault : 'html'
      it(`(${name}) is asked for again`, async () => {
        await tenant.sync()
        const served = tenant.simulator.faults.add({ match: DELTA, do: fault })
        const { run, error } = await tenant.sync({ full: true })
        expect(served.hits).to.equal(1)
        expect(error).to.equal(null)
        expect(run.users).to.include({ read: 12, unchanged: 12 })
        expect(run.graph.retried).to.be.greaterThan(0)
      })
    }

    it('again and again ends the run as unavailable for now; progress is kept', async () => {
      await tenant.reopen({ GIVE_UP_AFTER: '1s' })
      const fault = tenant.simulator.faults.add({ match: { ...DELTA, nth: 2 }, times: 1000, do: 'missing-value' })
      const result = await tenant.sync()
      expect(exitCodeOf(result)).to.equal(5)
      expect((await tenant.everyone()).length).to.equal(5)
      fault.remove()
      const next = await tenant.sync()
      expect(next.run).to.include({ kind: 'initial', outcome: 'succeeded' })
      expect(next.run.users).to.include({ read: 7, created: 7 })
    })
  })

  describe('waiting', () => {
    it('as told, then going on', async () => {
      tenant.simulator.faults.add({ match: DELTA, do: { kind: 'throttle', retryAfter: '0.3' } })
      const { run } = await tenant.sync()
      expect(run.outcome).to.equal('succeeded')
      expect(run.graph).to.include({ throttled: 1, retried: 1 })
    })

    it('longer than GIVE_UP_AFTER is not begun: the run ends at once, and a run by hand tries once at once', async () => {
      await tenant.sync()
      tenant.simulator.faults.add({ match: DELTA, times: 2, do: { kind: 'throttle', retryAfter: '3600' } })
      for (const _ of [1, 2]) {
        tenant.simulator.requests.clear()
        const result = await tenant.sync()
        expect(exitCodeOf(result)).to.equal(5)
        expect(result.error?.code).to.equal('graph.throttled')
        expect(tenant.simulator.requests.list(/users\/.*delta/i)).to.have.length(1)
        const { health } = await tenant.app.store.feed('directory')
        expect(Date.parse(health.notBefore ?? '') - Date.now()).to.be.within(3_500_000, 3_600_000)
      }
      expect((await tenant.sync()).run.outcome).to.equal('succeeded')
    })

    it('ends after 1,000 empty pages in a row; the next run goes on from there', async () => {
      await tenant.sync()
      tenant.simulator.delta.pageSize = 50
      tenant.simulator.delta.emptyPagesBefore(1200)
      const result = await tenant.sync({ full: true })
      expect(exitCodeOf(result)).to.equal(5)
      expect((await tenant.app.store.feed('directory')).pass).to.include({ pages: 1000 })
      const next = await tenant.sync()
      expect(next.run).to.include({ kind: 'resync', outcome: 'succeeded' })
    })

    it('for a server that never answers ends within GIVE_UP_AFTER', async () => {
      await tenant.reopen({ GIVE_UP_AFTER: '1s' })
      tenant.simulator.faults.add({ match: DELTA, times: 100, do: 'hang' })
      const result = await tenant.sync()
      expect(exitCodeOf(result)).to.equal(5)
    })
  })

  describe('tokens', () => {
    it('that expire in the middle are renewed once, and the page is asked for again', async () => {
      const issued = tenant.simulator.tokens.issued
      tenant.simulator.faults.add({ match: { ...DELTA, nth: 2 }, do: { kind: 'unauthorized', reason: 'expired' } })
      expect((await tenant.sync()).run.outcome).to.equal('succeeded')
      expect(tenant.simulator.tokens.issued - issued).to.equal(2)
    })

    it('refused twice end the run with exit 4', async () => {
      tenant.simulator.faults.add({ match: DELTA, times: 5, do: { kind: 'unauthorized', reason: 'expired' } })
      const result = await tenant.sync()
      expect(result.error?.code).to.equal('graph.token-refused')
      expect(exitCodeOf(result)).to.equal(4)
    })
  })

  describe('a bad entry', () => {
    it('is skipped whole, counted and listed; everybody else is read and nobody is removed', async () => {
      await tenant.sync()
      tenant.simulator.faults.add({ match: DELTA, do: 'bad-entries' })
      const result = await tenant.sync({ full: true })
      expect(result.run.outcome).to.equal('succeeded-with-skips')
      expect(exitCodeOf(result)).to.equal(3)
      expect(result.run.users.skipped).to.be.greaterThan(0)
      expect(result.run.users.deactivated).to.equal(0)
      const entries = []
      for await (const entry of tenant.app.store.runs.log(result.run.runId)) entries.push(entry)
      expect(entries.filter(({ message }) => /skipped/.test(message))).to.have.length(result.run.users.skipped)
    })
  })
})

function refusal(variant: string): FaultAction {
  const code = variant === '410' ? 'syncStateNotFound' : variant.replace(/^\d+-/, '')
  return { status: variant === '410' ? 410 : 400, body: { error: { code, message: 'The token has expired.' } } }
}
