import { expect } from 'chai'
import { liveOneDay } from '../../src/simulator/story.js'
import { start, stopAll } from './caller.js'

describe('the story of a simulated company', () => {
  afterEach(stopAll)

  it('is the same for the same tenant and step, and tells what happened', async () => {
    const told: string[][] = []
    for (const turn of [1, 2]) {
      const sim = await start({ users: 120, seed: 7 })
      told.push(Array.from({ length: 12 }, (_, step) => liveOneDay(sim, step)).flat())
      expect(sim.directory.journal, `turn ${turn}`).to.have.length.greaterThan(8)
      expect(sim.signIns.rows).to.have.length(
        told[0]?.filter((line) => line.endsWith('for the first time')).length ?? 0,
      )
    }
    expect(told[0]).to.deep.equal(told[1])
    for (const end of [
      /signed in for the first time$/,
      /was disabled$/,
      /left the company$/,
      /came back/,
      /was hired$/,
      /is now called/,
    ])
      expect(
        told[0]?.some((line) => end.test(line)),
        String(end),
      ).to.be.true
  })

  it('goes on in an empty company, and never signs the same person in twice', async () => {
    const sim = await start({ users: 0 })
    for (let step = 0; step < 30; step += 1) liveOneDay(sim, step)
    const people = sim.signIns.rows.map(({ userId }) => userId)
    expect(new Set(people).size).to.equal(people.length)
  })
})
