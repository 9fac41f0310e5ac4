import { NEW_FEEDS } from '../../../../src/domain/feed.js'
import { holderName } from '../../../../src/store/holder.js'
import { openStore } from '../../../../src/store/open.js'
import { aRun, created, entry, people } from '../../support.js'

/** Commits pages from where the feed stands, and prints the number of each once it is committed. */
const [path = '', pages = '0', size = '1'] = process.argv.slice(2)

const store = (await openStore({ kind: 'sqlite', path }, { now: () => new Date() })).of('default')
const lease = await store.lease.take(holderName(), 15_000)
if (!lease.taken) throw new Error(`held by ${lease.holder}`)

const feed = await store.feed('directory')
for (let page = feed.passes + 1; page <= Number(pages); page += 1) {
  const newcomers = people((page - 1) * Number(size) + 1, page * Number(size))
  const { lost } = await store.commit({
    fence: lease.fence,
    run: aRun({ durationMs: page }),
    users: newcomers.map((user) => created(user, entry(`page ${page}`))),
    feeds: { directory: { ...NEW_FEEDS.directory, passes: page } },
    log: [{ at: new Date().toISOString(), level: 'info', message: `page ${page}` }],
  })
  if (lost.length > 0) throw new Error(`lost ${lost.length} people of page ${page}`)
  process.stdout.write(`${page}\n`)
}
await store.lease.release(lease.fence)
