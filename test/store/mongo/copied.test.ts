import { expect } from 'chai'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import type { ArchiveItem, ArchiveKind, ArchiveStore } from '../../../src/store/port-archive.js'
import { TEST_MONGO_URL, WITHOUT_SERVER } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { aHold, aRun, changed, created, entry, everything, objectId, person, refusal, userId } from '../support.js'
import { crewOfSuite, type ConnectorProcess } from './processes.js'

if (TEST_MONGO_URL === null) describe(`MongoDB: a copy that slept (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: a copy that slept while another was made and used', () => {
    const suite = crewOfSuite(() => new Date(NOW))

    const OBJECT_IDS = [1, 2].map(objectId)
    const token = (revokedAt: string | null) => {
      return { id: 'one', name: 'one', scope: 'admin' as const, createdAt: NOW, revokedAt }
    }
    const directory = (deltaLink: string) => ({ ...NEW_FEEDS.directory, deltaLink, passes: 3 })

    function item(n: number, connection: string, jobTitle: string, told: number): ArchiveItem<'users'> {
      const user = person(n, { connection, jobTitle, revision: told })
      return { key: userId(n), value: { user, history: Array.from({ length: told }, (_, i) => entry(`${i}`)) } }
    }

    async function fenceOf(process: ConnectorProcess, connection: string): Promise<number> {
      const taken = await process.store.of(connection).lease.take(process.name, 15_000)
      return taken.taken ? taken.fence : 0
    }

    /** What the sleeper has of each kind, and what there is of it when the other copies. */
    const early: { readonly [K in ArchiveKind]?: (connection: string) => ArchiveItem<K>[] } = {
      users: (connection) => [item(1, connection, 'old', 65), item(2, connection, 'old', 3)],
      holds: () => [{ key: 'hold-1', value: aHold(1) }],
      tokens: () => [{ key: 'one', value: { token: token(null), hash: 'hash' } }],
      feeds: () => [{ key: 'directory', value: directory('old') }],
    }

    async function copyAndUse(archive: ArchiveStore, second: ConnectorProcess, connection: string): Promise<void> {
      const fence = await fenceOf(second, connection)
      await archive.put(fence, 'users', [item(1, connection, 'new', 67), item(2, connection, 'new', 4)])
      await archive.put(fence, 'holds', [{ key: 'hold-1', value: aHold(1) }])
      await archive.put(fence, 'tokens', [{ key: 'one', value: { token: token(null), hash: 'hash' } }])
      await archive.put(fence, 'feeds', [{ key: 'directory', value: directory('new') }])
      const store = second.store.of(connection)
      let [user] = await store.find(userId(1))
      for (let n = 0; n < 30; n += 1) {
        const change = changed(user!, { jobTitle: `${n}` }, entry(`run ${n}`))
        await store.commit({ fence, run: aRun({ connection }), users: [change] })
        user = change.after
      }
      await store.holds.put(aHold(1, { revision: 2, ended: 'approved' }))
      await store.tokens.revoke('one', NOW)
    }

    async function state(second: ConnectorProcess, connection: string): Promise<unknown> {
      const store = second.store.of(connection)
      return { ...((await everything(store, OBJECT_IDS)) as object), tokens: await store.tokens.list() }
    }

    for (const kind of Object.keys(early) as (keyof typeof early)[])
      for (const what of ['put', 'drop'] as const)
        if (what === 'put' || kind === 'users')
          it(`changes nothing any more, held before any write: ${what} ${kind}`, async () => {
            for (let n = 1; ; n += 1) {
              const [first, second] = [await suite.crew.start('first'), await suite.crew.start('second')]
              const connection = suite.crew.newCompany()
              const items = early[kind]?.(connection) ?? []
              const archive = first.store.archive(connection)
              const fence = await fenceOf(first, connection)
              await archive.put(fence, kind, items)
              const fresh = first.writes.length
              const held = first.holdAt(fresh + n)
              const work = what === 'put' ? archive.put(fence, kind, items) : archive.drop(fence, 'users', keys(items))
              const late = work.catch((error: unknown) => error)
              await Promise.race([held, late])
              if (first.writes.length < fresh + n) break
              suite.crew.dead.add(first.name)
              await copyAndUse(second.store.archive(connection), second, connection)
              const before = await state(second, connection)
              const when = `held before write ${n}: ${first.writes.at(-1) ?? ''}`
              first.wakeUp()
              const error = await late
              expect(await state(second, connection), when).to.deep.equal(before)
              if (error) expect(error, when).to.have.property('code', 'lease.lost')
            }
          })

    it('tells whoever copies into a store that is used', async () => {
      const one = await suite.crew.start('first')
      const connection = suite.crew.newCompany()
      const fence = await fenceOf(one, connection)
      const user = person(1, { connection })
      await one.store.of(connection).write({ users: [created(user, entry('here'))] })
      const put = one.store.archive(connection).put(fence, 'users', [item(1, connection, 'copied', 1)])
      expect((await refusal(put)).code).to.equal('usage.invalid')
      expect(await one.store.of(connection).find(userId(1))).to.deep.equal([user])
    })
  })

function keys(items: readonly { readonly key: string }[]): string[] {
  return items.map(({ key }) => key)
}
