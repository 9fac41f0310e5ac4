import { describeKills } from './support/kills.js'
import { inFile } from './support/trial-store.js'

const counts = { start: 2, token: 2, page: 16, resyncPage: 9, lookUp: 8, signIns: 3, again: 4, enough: 20 }

describe('a process killed with SIGKILL', () => {
  describeKills({ newStore: inFile, counts, part: 5 })
})
