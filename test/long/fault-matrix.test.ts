import { GROUPS, PAGES, TIMES } from '../support/calamities.js'
import { Trial, type Course } from '../support/fault-trial.js'

/** Larger than the limits of removals, with these limits and without any. */
const KINDS = ['initial', 'incremental', 'resync'] as const

for (const limits of ['default', 'none'] as const)
  describe(`whatever goes wrong with 60 people and ${limits} limits, nobody loses access who ought to have it`, () => {
    let trials: Trial[]

    before(async () => {
      const courses = KINDS.flatMap((kind): Course[] =>
        [true, false].map((scoped) => ({ kind, scoped, limits, people: 60 })),
      )
      trials = await Promise.all(courses.map((course) => Trial.open(course)))
    })
    after(() => Promise.all(trials.map((trial) => trial.close())))

    for (const calamity of [...PAGES, ...TIMES, ...GROUPS])
      it(calamity.name, async () => {
        const concerned = trials.filter(({ course }) => course.scoped || calamity.groupsOnly !== true)
        const ends = await Promise.allSettled(concerned.map((trial) => trial.suffer(calamity)))
        for (const end of ends) if (end.status === 'rejected') throw end.reason as Error
      })
  })
