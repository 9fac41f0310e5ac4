import { describeKills } from './support/kills.js'
import { inFile } from './support/trial-store.js'

const counts = { start: 3, token: 4, page: 28, resyncPage: 14, lookUp: 14, signIns: 6, again: 6, enough: 40 }

describe('a process killed with SIGKILL', () => {
  describeKills({ newStore: inFile, counts, part: 5 })
})
