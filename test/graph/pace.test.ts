import { expect } from 'chai'
import { Call } from '../../src/graph/call.js'
import { pace } from '../../src/graph/pace.js'
import { patience } from '../../src/graph/waiting.js'
import { fakeClock, never } from './support/microsoft.js'

const LOG = 'https://graph.example/v1.0/auditLogs/signIns'

describe('pacing', () => {
  it('counts from the answers, so that no delay can squeeze six requests into ten seconds', async () => {
    const clock = fakeClock()
    const started: number[] = []
    const counters = { requests: 0, throttled: 0, retried: 0 }
    const step = pace({ clock, patience: patience(90_000), counters, onEvent: () => undefined }, (call) => {
      started.push(call.startedAt)
      clock.pass(1000)
      return Promise.resolve()
    })
    for (let nth = 0; nth < 7; nth += 1) await step(new Call(LOG, { signal: never, read: () => null }))
    expect(started).to.deep.equal([0, 1000, 2000, 3000, 4000, 11_000, 12_000])
  })

  it('knows the sign-in log by its path alone, in any letter case', () => {
    const area = (link: string): string => new Call(link, { signal: never, read: () => null }).area
    expect(area(LOG)).to.equal('sign-in-log')
    expect(area('https://graph.example/v1.0/AuditLogs/signins?$skiptoken=x')).to.equal('sign-in-log')
    expect(area('https://graph.example/v1.0/users/delta?$deltatoken=/auditLogs/')).to.equal('people')
  })
})
