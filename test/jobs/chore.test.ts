import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChore, type Chore } from '../../src/jobs/chore.js'
import { silent } from '../support/log.js'

describe('a chore between runs', () => {
  let chore: Chore | null = null
  afterEach(async () => chore?.stop())

  const start = (job: (signal: AbortSignal) => Promise<boolean>, everyMs = 1) =>
    (chore = startChore({ name: 'test', everyMs, slowestMs: 20, log: silent, job }))

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await sleep(1)
  }

  it('is done over and over, one at a time', async () => {
    let atOnce = 0
    let most = 0
    let times = 0
    start(async () => {
      most = Math.max(most, (atOnce += 1))
      await sleep(1)
      atOnce -= 1
      times += 1
      return true
    })
    await until(() => times >= 5)
    expect(most).to.equal(1)
  })

  it('is done again at once when there is something to do, also when told while it is on', async () => {
    let times = 0
    let release = (): void => undefined
    start(async () => {
      times += 1
      if (times === 1) await new Promise<void>((resolve) => (release = resolve))
      return true
    }, 1_000_000)
    await until(() => times === 1)
    chore!.soon()
    chore!.soon()
    release()
    await until(() => times === 2)
    await sleep(5)
    expect(times, 'told twice while it was on').to.equal(2)
    chore!.soon()
    await until(() => times === 3)
  })

  it('goes on after errors', async () => {
    let times = 0
    start(() => {
      times += 1
      return times % 2 ? Promise.reject(new Error('a test')) : Promise.resolve(false)
    })
    await until(() => times >= 4)
  })

  it('ends when it is stopped: the one under way is told, and waited for', async () => {
    let ended = false
    let begun = false
    start(async (signal) => {
      begun = true
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      ended = true
      return true
    })
    await until(() => begun)
    await chore!.stop()
    expect(ended).to.equal(true)
  })

  it('is never done once it was stopped', async () => {
    let times = 0
    start(() => Promise.resolve((times += 1) > 0))
    await chore!.stop()
    const then = times
    chore!.soon()
    await sleep(10)
    expect(times).to.equal(then)
  })
})
