import { expect } from 'chai'
import { EXPIRIES, type Expiry } from '../../src/simulator/delta-tokens.js'
import { get, readRound, start, stopAll } from './caller.js'

const FIRST = '/users/delta?$select=id,displayName'

describe('delta links', () => {
  afterEach(stopAll)

  const answers: Record<Expiry, readonly [number, string | undefined]> = {
    '410-location': [410, 'resyncRequired'],
    '410': [410, undefined],
    '410-resyncRequired': [410, 'resyncRequired'],
    '410-SyncStateNotFound': [410, 'SyncStateNotFound'],
    '400-syncStateNotFound': [400, 'syncStateNotFound'],
    '404-SyncStateNotFound': [404, 'SyncStateNotFound'],
    '400-Directory_ExpiredPageToken': [400, 'Directory_ExpiredPageToken'],
    DirectoryPageTokenNotFoundException: [400, 'DirectoryPageTokenNotFoundException'],
    '400-other': [400, 'BadRequest'],
  }

  for (const variant of EXPIRIES)
    it(`die on demand: ${variant}`, async () => {
      const sim = await start({ users: 4, pageSize: 2 })
      const { deltaLink } = await readRound(sim, FIRST)
      const nextLink = String((await get(sim, FIRST)).body['@odata.nextLink'])
      sim.delta.expireAll(variant)
      const page = await get(sim, nextLink)
      expect([page.status, page.body.error?.code]).to.deep.equal(answers[variant])
      expect(page.headers.has('location')).to.equal(variant === '410-location')
      const concernsPagesOnly = variant.includes('PageToken')
      expect((await get(sim, deltaLink)).status).to.equal(concernsPagesOnly ? 200 : answers[variant][0])
      expect((await readRound(sim, FIRST)).items).to.have.length(4)
    })

  it('come with a place to start again, which keeps the selection', async () => {
    const sim = await start({ users: 2 })
    const { deltaLink } = await readRound(sim, FIRST)
    sim.delta.expireAll('410-location')
    const location = (await get(sim, deltaLink)).headers.get('location') ?? ''
    expect(location).to.match(/\$deltatoken=$/)
    expect((await readRound(sim, location)).items[0]).to.have.all.keys('id', 'displayName')
  })

  it('age by the clock of the simulator, and a newer link restarts it', async () => {
    let now = new Date('2026-11-01T08:00:00Z')
    const sim = await start({ users: 2, now: () => now })
    sim.delta.expireAfter({ maxAgeMs: 7 * 86_400_000, variant: '404-SyncStateNotFound' })
    const first = await readRound(sim, FIRST)
    now = new Date('2026-11-06T08:00:00Z')
    const second = await readRound(sim, first.deltaLink)
    now = new Date('2026-11-09T08:00:00Z')
    expect((await get(sim, first.deltaLink)).body.error?.code).to.equal('SyncStateNotFound')
    expect((await get(sim, second.deltaLink)).status).to.equal(200)
  })

  it('to pages die sooner than those to rounds', async () => {
    let now = new Date('2026-11-01T08:00:00Z')
    const sim = await start({ users: 4, pageSize: 2, now: () => now })
    sim.delta.expireAfter({ maxPageAgeMs: 60_000 })
    const { deltaLink } = await readRound(sim, FIRST)
    const nextLink = String((await get(sim, FIRST)).body['@odata.nextLink'])
    now = new Date('2026-11-01T08:02:00Z')
    expect((await get(sim, nextLink)).body.error?.code).to.equal('Directory_ExpiredPageToken')
    expect((await get(sim, deltaLink)).status).to.equal(200)
  })

  it('of another tenant are malformed, those of an earlier life of this one unknown', async () => {
    const [earlier, later, other] = await Promise.all([start({ users: 2 }), start({ users: 2 }), start({ seed: 2 })])
    const { deltaLink } = await readRound(earlier, FIRST)
    const at = (url: string): string => deltaLink.replace(earlier.url, url)
    expect((await get(later, at(later.url))).body.error?.code).to.equal('SyncStateNotFound')
    expect((await get(other, at(other.url))).body.error?.code).to.equal('BadRequest')
  })

  it('tell a page from a round', async () => {
    const sim = await start({ users: 4, pageSize: 2 })
    const { deltaLink } = await readRound(sim, FIRST)
    expect((await get(sim, deltaLink.replace('$deltatoken', '$skiptoken'))).status).to.equal(400)
  })
})
