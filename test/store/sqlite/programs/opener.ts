import { openStore } from '../../../../src/store/open.js'

/** Waits for a line, opens the store, writes something and goes. */
const [path = '', holder = ''] = process.argv.slice(2)
process.stdout.write('ready\n')
process.stdin.once('data', () => {
  void open()
})

async function open(): Promise<void> {
  const store = await openStore({ kind: 'sqlite', path }, { now: () => new Date() })
  const lease = await store.of(`connection of ${holder}`).lease.take(holder, 1000)
  process.stdout.write(`${lease.taken}\n`)
  await store.close()
  process.stdin.destroy()
}
