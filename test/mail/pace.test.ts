import { expect } from 'chai'
import { openPace } from '../../src/mail/pace.js'
import { never } from './support/smtp-servers.js'

describe('how fast emails go out', () => {
  let at: number
  let slept: number[]
  const now = (): Date => new Date(at)
  const sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    slept.push(ms)
    at += ms
    return Promise.resolve()
  }
  beforeEach(() => {
    at = Date.parse('2026-11-21T10:00:00Z')
    slept = []
  })

  it('never more than allowed begin within a minute', async () => {
    const turn = openPace({ perMinute: 3, now, sleep })
    const begun: number[] = []
    for (let index = 0; index < 10; index += 1) {
      await turn(never)
      begun.push(at)
      at += 1000
    }
    for (const [index, time] of begun.slice(3).entries()) expect(time - (begun[index] ?? 0)).to.be.at.least(60_000)
    expect(slept).to.deep.equal([57_000, 57_000, 57_000])
  })

  it('those asked for at once go one after the other', async () => {
    const turn = openPace({ perMinute: 2, now, sleep })
    const order: number[] = []
    await Promise.all([0, 1, 2, 3, 4].map((index) => turn(never).then(() => order.push(index))))
    expect(order).to.deep.equal([0, 1, 2, 3, 4])
    expect(slept).to.deep.equal([60_000, 60_000])
  })

  it('without a limit nobody waits', async () => {
    const turn = openPace({ perMinute: null, now, sleep })
    for (let index = 0; index < 100; index += 1) await turn(never)
    expect(slept).to.deep.equal([])
  })

  it('a clock that was put back makes nobody wait longer than a minute', async () => {
    const turn = openPace({ perMinute: 1, now, sleep })
    await turn(never)
    at -= 3_600_000
    await turn(never)
    expect(slept).to.deep.equal([60_000])
  })

  it('who stops waiting leaves the turn to the next', async () => {
    const turn = openPace({ perMinute: 1, now, sleep })
    await turn(never)
    const stopped: unknown = await turn(AbortSignal.abort()).catch((error: unknown) => error)
    expect(stopped).to.have.property('name', 'AbortError')
    await turn(never)
    expect(slept).to.deep.equal([60_000])
  })
})
