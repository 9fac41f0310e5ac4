import { expect } from 'chai'
import type { ConnectionStore } from '../../src/store/port.js'
import { previewOf } from '../../src/store/preview.js'
import { emptyFile } from './empty-file.js'
import {
  aHold,
  all,
  aRemoval,
  aRun,
  changed,
  created,
  eachOpened,
  eachWriting,
  everything,
  ids,
  objectId,
  people,
  person,
  userId,
} from './support.js'

describe('the store of a dry run', () => {
  const writing = eachWriting(eachOpened(emptyFile))
  let preview: ConnectionStore
  beforeEach(async () => {
    const held = aRemoval({ state: 'held', hold: 'hold-1' })
    await writing.create(...people(1, 5), person(6, { removal: held }), person(7, { removal: held }))
    await writing.commit({ hold: aHold(1), sweep: { pass: 1 } })
    preview = await previewOf(writing.store)
  })

  const commit = (batch: object) => preview.commit({ fence: 0, run: aRun({ runId: 'dry', dryRun: true }), ...batch })
  const walk = async (page: (after: string) => Promise<string[]>): Promise<string[]> => {
    const found: string[] = []
    for (;;) {
      const some = await page(found.at(-1) ?? '')
      if (some.length === 0) return found
      found.push(...some)
    }
  }

  it('shows removals as they would be, page by page, and writes nothing', async () => {
    const before = await everything(writing.store, [])
    const noted = { removal: aRemoval() }
    await commit({
      users: [
        changed(person(4), noted),
        changed(person(1), noted),
        changed(person(6, { removal: aRemoval({ state: 'held', hold: 'hold-1' }) }), { removal: null }),
        created(person(2, { id: userId(0), entraObjectId: objectId(90), ...noted })),
      ],
    })
    for (const limit of [1, 2, 9]) {
      const notedIds = await walk(async (after) => ids(await preview.removals({ state: 'noted', limit, after })))
      expect(notedIds, `${limit} at a time`).to.deep.equal([userId(0), userId(1), userId(4)])
      const heldIds = await walk(async (after) => {
        return ids(await preview.removals({ state: 'held', hold: 'hold-1', limit, after }))
      })
      expect(heldIds, `${limit} at a time`).to.deep.equal([userId(7)])
    }
    expect((await preview.find(userId(1)))[0]?.removal).to.deep.equal(aRemoval())
    expect(await everything(writing.store, [])).to.deep.equal(before)
  })

  it('leaves no candidate out behind those who are done', async () => {
    await commit({ users: [1, 2, 3].map((n) => changed(person(n), { presence: 'undone' })), resolved: [userId(5)] })
    for (const limit of [1, 2, 9]) {
      const found = await walk(async (after) => ids(await preview.candidates({ limit, after })))
      expect(found, `${limit} at a time`).to.deep.equal([userId(4), userId(6), userId(7)])
    }
    await commit({ seen: { pass: 2, page: 1, entraObjectIds: [objectId(4)] }, sweep: { pass: 2 } })
    const again = await walk(async (after) => ids(await preview.candidates({ limit: 1, after })))
    expect(again).to.deep.equal([userId(5), userId(6), userId(7)])
    expect(await writing.store.candidates({ limit: 9 })).to.have.length(7)
  })

  it('gives candidates as they are, and nobody who is not present', async () => {
    await writing.commit({ users: [changed(person(2), { presence: 'gone' })] })
    await commit({
      users: [changed(person(3), { presence: 'gone' }), changed(person(1), { jobTitle: 'ours' })],
      seen: { pass: 2, page: 1, entraObjectIds: [objectId(6), objectId(7)] },
      sweep: { pass: 2 },
    })
    await writing.store.write({ users: [changed(person(4), { jobTitle: 'theirs' })] })
    const found = await preview.candidates({ limit: 9 })
    expect(found.map(({ id, jobTitle }) => [id, jobTitle])).to.deep.equal([
      [userId(1), 'ours'],
      [userId(4), 'theirs'],
      [userId(5), null],
    ])
  })

  it('keeps holds over those there are', async () => {
    const list = async (open: boolean, limit = 9) =>
      (await preview.holds.list({ all: !open, limit })).map(({ id }) => id)
    await commit({ hold: aHold(2) })
    expect(await preview.holds.put({ ...aHold(1), revision: 2, ended: 'closed' })).to.equal(true)
    expect(await preview.holds.put({ ...aHold(1), revision: 2 })).to.equal(false)
    expect(await list(true)).to.deep.equal(['hold-2'])
    expect(await list(false)).to.deep.equal(['hold-2', 'hold-1'])
    expect(await list(false, 1)).to.deep.equal(['hold-2'])
    expect(await preview.holds.get('hold-1')).to.include({ ended: 'closed' })
    expect(await writing.store.holds.list({ all: true, limit: 9 })).to.deep.equal([aHold(1)])
  })

  it('tells what real runs replaced, and prunes nothing', async () => {
    expect((await all(preview.runs.replaced('run-1'))).flat()).to.have.length(7)
    const far = '9999-01-01T00:00:00.000Z'
    await writing.commit({ run: aRun({ runId: 'run-0', startedAt: '2000-01-01T00:00:00.000Z', finishedAt: far }) })
    expect(await preview.runs.prune(0, { runs: far, replaced: far, history: far }, 9)).to.equal(0)
    expect((await writing.store.runs.list({ limit: 9 })).runs).to.have.length(2)
  })
})
