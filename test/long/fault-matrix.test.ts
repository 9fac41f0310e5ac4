import { GROUPS, PAGES, TIMES } from '../support/calamities.js'
import { Trial, type Course } from '../support/fault-trial.js'

const KINDS = ['initial', 'incremental', 'resync'] as const

/** Too few people for any limit to hold anybody, and more people without any limit: nothing else protects them. */
const COMPANIES = [
  { people: 15, limits: 'default', slow: false },
  { people: 60, limits: 'none', slow: true },
] as const

for (const { people, limits, slow } of COMPANIES)
  describe(`whatever goes wrong with ${people} people and ${limits} limits, nobody loses access who ought to have it`, () => {
    let trials: Trial[]

    before(async () => {
      const courses = KINDS.flatMap((kind): Course[] =>
        [true, false].map((scoped) => ({ kind, scoped, limits, people })),
      )
      trials = await Promise.all(courses.map((course) => Trial.open(course)))
    })
    after(() => Promise.all(trials.map((trial) => trial.close())))

    for (const calamity of [...PAGES, ...TIMES, ...GROUPS].filter((one) => slow || !one.slow))
      it(`${calamity.name}; the next run makes it right`, async () => {
        const concerned = trials.filter(({ course }) => course.scoped || calamity.groupsOnly !== true)
        const ends = await Promise.allSettled(concerned.map((trial) => trial.suffer(calamity)))
        for (const end of ends) if (end.status === 'rejected') throw end.reason as Error
      })
  })
