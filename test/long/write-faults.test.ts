import { expect } from 'chai'
import { CAN_LIMIT_FILES, spoiltSqlite, type SqliteInjury } from '../support/spoilt-sqlite.js'
import { COURSES, WriteTrial } from '../support/write-trial.js'

const KINDS = ['full', 'locked', 'io'] as const

for (const course of COURSES)
  describe(`a SQLite store of which any write fails: ${course}`, () => {
    let trial: WriteTrial<SqliteInjury, string>

    before(async function () {
      this.timeout(60_000)
      trial = await WriteTrial.open(course, spoiltSqlite)
    })
    after(() => trial.close())

    for (const [at, kind] of KINDS.entries())
      it(`(${kind}) costs one run at most`, async function () {
        if (kind === 'io' && !CAN_LIMIT_FILES) this.skip()
        this.timeout(60_000)
        expect(trial.writes).to.be.greaterThan(5)
        for (let n = 1; n <= trial.writes; n += 1) {
          const failed = await trial.suffer(n, { kind, lasting: (n + at) % 2 === 0 })
          // A full disk takes what needs no new room.
          if (kind !== 'full') expect(failed, `write ${n} failed`).to.equal(true)
        }
      })
  })
