import { describeKills } from './support/kills.js'
import { inFile } from './support/trial-store.js'

const counts = { start: 3, token: 4, page: 38, resyncPage: 20, lookUp: 18, signIns: 8, again: 6, enough: 50 }

describe('a process killed with SIGKILL', () => {
  describeKills({ newStore: inFile, counts, part: 1 })
})
