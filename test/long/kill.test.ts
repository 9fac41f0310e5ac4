import { describeKills } from './support/kills.js'
import { inFile } from './support/trial-store.js'

const counts = { start: 2, token: 2, page: 11, resyncPage: 7, lookUp: 5, signIns: 3, again: 4, enough: 14 }

describe('a process killed with SIGKILL', () => {
  describeKills({ newStore: inFile, counts, part: 5 })
})
