import { GROUPS, PAGES, TIMES } from '../support/calamities.js'
import { Trial, type Course } from '../support/fault-trial.js'

const KINDS = ['initial', 'incremental', 'resync'] as const
const SMALL = { people: 15, limits: 'default' } as const

describe('whatever goes wrong, nobody loses access who ought to have it, and the next run makes it right', () => {
  let trials: Trial[]

  before(async function () {
    this.timeout(120_000)
    const courses = KINDS.flatMap((kind): Course[] => [true, false].map((scoped) => ({ kind, scoped, ...SMALL })))
    trials = await Promise.all(courses.map((course) => Trial.open(course)))
  })
  after(() => Promise.all(trials.map((trial) => trial.close())))

  for (const calamity of [...PAGES, ...TIMES, ...GROUPS].filter(({ slow }) => !slow))
    it(calamity.name, async () => {
      const concerned = trials.filter(({ course }) => course.scoped || calamity.groupsOnly !== true)
      const ends = await Promise.allSettled(concerned.map((trial) => trial.suffer(calamity)))
      for (const end of ends) if (end.status === 'rejected') throw end.reason as Error
    })
})
