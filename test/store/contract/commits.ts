import { expect } from 'chai'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import { NOW } from '../../support/people.js'
import {
  aRun,
  begin,
  changed,
  created,
  eachOpened,
  entry,
  everything,
  objectId,
  parked,
  people,
  person,
  refusal,
  userId,
  type Open,
} from '../support.js'

const LOG = [{ at: NOW, level: 'info' as const, message: 'said' }]
const directory = { ...NEW_FEEDS.directory, deltaLink: 'moved' }

export function commits(open: Open): void {
  describe('a commit', () => {
    const opened = eachOpened(open)

    it('is written whole', async () => {
      const { store, commit } = await begin(opened.store)
      const users = people(1, 3).map((user) => created(user, entry('made')))
      await commit({ users, feeds: { directory }, log: LOG, park: [parked(9, NOW)] })
      expect((await store.list({ limit: 10 })).users).to.deep.equal(people(1, 3))
      expect(await store.feed('directory')).to.deep.equal(directory)
      expect((await store.known([objectId(9)])).parked.size).to.equal(1)
      expect(await store.runs.get('run-1')).to.deep.equal(aRun())
    })

    it('of which one person was lost writes nothing at all', async () => {
      const { store, create, commit } = await begin(opened.store)
      await create(...people(1, 3))
      await commit({ users: [changed(person(2), { jobTitle: 'theirs' })], park: [parked(8, NOW)], seen: seen(1, [1]) })
      const before = await everything(store, [objectId(8), objectId(9)])
      const answer = await commit({
        run: aRun({ finishedAt: NOW }),
        users: [
          changed(person(1), { jobTitle: 'ours', account: 'frozen' }, entry('ours')),
          changed(person(2), { jobTitle: 'ours' }, entry('ours')),
          created(person(4), entry('ours')),
        ],
        feeds: { directory },
        seen: seen(2, [1]),
        sweep: { pass: 2 },
        park: [parked(9, NOW)],
        unpark: [parked(8, NOW)],
        log: LOG,
      })
      expect(answer).to.deep.equal({ lost: [userId(2)] })
      expect(await everything(store, [objectId(8), objectId(9)])).to.deep.equal(before)
    })

    it('names everybody it lost, by our id', async () => {
      const { create, commit } = await begin(opened.store)
      await create(...people(1, 4))
      await commit({ users: [changed(person(2), {}), changed(person(3), {})] })
      const { lost } = await commit({ users: people(1, 4).map((user) => changed(user, { jobTitle: 'x' })) })
      expect(lost.sort()).to.deep.equal([userId(2), userId(3)])
    })

    it('goes through once the lost person was read again', async () => {
      const { store, create, commit } = await begin(opened.store)
      await create(person(1))
      await commit({ users: [changed(person(1), { jobTitle: 'theirs' })] })
      const [now] = await store.find(userId(1))
      expect(await commit({ users: [changed(now!, { department: 'ours' })] })).to.deep.equal({ lost: [] })
      expect(await store.find(userId(1))).to.deep.equal([
        person(1, { jobTitle: 'theirs', department: 'ours', revision: 3 }),
      ])
    })

    it('does not create an object id twice', async () => {
      const { store, create, commit } = await begin(opened.store)
      await create(person(1))
      const twin = person(2, { entraObjectId: objectId(1) })
      expect(await commit({ users: [created(twin)] })).to.deep.equal({ lost: [userId(2)] })
      expect(
        await commit({ users: [created(person(3)), created(person(4, { entraObjectId: objectId(3) }))] }),
      ).to.deep.equal({ lost: [userId(4)] })
      expect((await store.list({ limit: 10 })).users).to.deep.equal([person(1)])
    })

    it('creates any number of people without an object id', async () => {
      const { store, create } = await begin(opened.store)
      const nameless = people(1, 3).map((user) => ({ ...user, entraObjectId: null }))
      await create(...nameless)
      expect((await store.list({ limit: 10 })).users).to.deep.equal(nameless)
    })

    it('of newcomers loses them all when it is made again', async () => {
      const { store, commit } = await begin(opened.store)
      const batch = { users: people(1, 3).map((user) => created(user, entry('made'))), feeds: { directory } }
      await commit(batch)
      const before = await everything(store, [])
      expect(await commit(batch)).to.deep.equal({ lost: [userId(1), userId(2), userId(3)] })
      expect(await everything(store, [])).to.deep.equal(before)
    })

    it('sees what another process has written meanwhile', async () => {
      const { create, commit, fence } = await begin(opened.store)
      await create(person(1), person(2))
      const other = (await opened.again()).of('default')
      await other.commit({ fence, run: aRun(), users: [changed(person(1), { jobTitle: 'theirs' })] })
      const { lost } = await commit({ users: [changed(person(1), { jobTitle: 'ours' }), changed(person(2), {})] })
      expect(lost).to.deep.equal([userId(1)])
      expect((await other.find(userId(2)))[0]?.revision).to.equal(1)
    })

    it('is refused when somebody else has taken the lease since', async () => {
      const { store, commit } = await begin(opened.store)
      opened.clock.advance(60_000)
      const next = await store.lease.take('another', 60_000)
      const error = await refusal(commit({ users: [created(person(1))], feeds: { directory } }))
      expect(error.code).to.equal('lease.lost')
      expect(await store.feed('directory')).to.deep.equal(NEW_FEEDS.directory)
      expect(await store.find(userId(1))).to.deep.equal([])
      if (next.taken)
        expect(await commit({ fence: next.fence, users: [created(person(1))] })).to.deep.equal({ lost: [] })
      expect(await store.find(userId(1))).to.have.length(1)
    })

    it('is refused where nobody ever took the lease', async () => {
      const error = await refusal(opened.store.of('default').commit({ fence: 1, run: aRun() }))
      expect(error.code).to.equal('lease.lost')
    })
  })
}

function seen(pass: number, numbers: readonly number[]) {
  return { pass, page: 1, entraObjectIds: numbers.map(objectId) }
}
