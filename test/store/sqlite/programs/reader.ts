import { createInterface } from 'node:readline'
import { openStore } from '../../../../src/store/open.js'

/** Prints, for each line it is sent, how many people the store counts and lists. */
const [path = ''] = process.argv.slice(2)
const store = await openStore({ kind: 'sqlite', path }, { now: () => new Date() })
const people = store.of('default')

for await (const _ of createInterface(process.stdin)) {
  const counted = (await people.tally()).reduce((sum, { count }) => sum + count, 0)
  const { users } = await people.list({ limit: 100_000 })
  process.stdout.write(`${counted} ${users.length}\n`)
}
await store.close()
