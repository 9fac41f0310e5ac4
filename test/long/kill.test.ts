import { describeKills } from './support/kills.js'
import { inFile } from './support/trial-store.js'

const counts = { start: 3, token: 4, page: 22, resyncPage: 11, lookUp: 10, signIns: 4, again: 4, enough: 30 }

describe('a process killed with SIGKILL', () => {
  describeKills({ newStore: inFile, counts, part: 5 })
})
