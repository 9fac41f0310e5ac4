import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { Patience } from '../../../src/store/mongo/patience.js'

const LIMITS = { limitMs: 400, leastMs: 50, togetherMs: 300 }
/** Longer than the least, and much shorter than the limit. */
const SOME_MS = 80

class Late extends Error {}

describe('the patience with a MongoDB server', () => {
  let patience: Patience
  beforeEach(() => (patience = new Patience(LIMITS)))

  const ask = (work: () => Promise<unknown>): Promise<boolean> =>
    patience
      .wait(
        work,
        () => new Late(),
        (thrown) => thrown instanceof Late,
      )
      .then(
        () => true,
        () => false,
      )
  const never = () => new Promise(() => undefined)

  it('ends once, and not anew for each thing that is still to be done', async () => {
    const start = performance.now()
    for (let n = 0; n < 6; n += 1) expect(await ask(never)).to.equal(false)
    expect(performance.now() - start).to.be.within(LIMITS.limitMs + 5 * LIMITS.leastMs - 20, 2 * LIMITS.limitMs)
  })

  it('is there again for others, however slow they are and busy, while one query is never answered', async () => {
    expect(await ask(() => sleep(SOME_MS))).to.equal(true)
    expect(await ask(never)).to.equal(false)
    const answers: boolean[] = []
    for (let n = 0; n < 8; n += 1) answers.push(await ask(() => sleep(SOME_MS)))
    expect(answers.slice(3)).to.deep.equal(answers.slice(3).map(() => true))
  })

  it('is not won back by an answer to what was asked before the server failed', async () => {
    const failed = ask(never)
    await sleep(100)
    const early = ask(() => sleep(LIMITS.limitMs - 60))
    expect(await failed).to.equal(false)
    expect(await early).to.equal(true)
    const start = performance.now()
    expect(await ask(never)).to.equal(false)
    expect(performance.now() - start).to.be.below(LIMITS.limitMs / 2)
  })
})
