import { expect } from 'chai'
import { join } from 'node:path'
import { findConflictsOf } from '../../src/store/conflicts.js'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/port.js'
import { begin, Clock, objectId, people, person, tempFolder } from './support.js'

describe('the conflicts of one person', () => {
  let folder: ReturnType<typeof tempFolder>
  let store: Store
  beforeEach(async () => {
    folder = tempFolder()
    store = await openStore({ kind: 'sqlite', path: join(folder.path, 'connector.db') }, new Clock())
  })
  afterEach(async () => {
    await store.close()
    folder.remove()
  })

  const li = person(2000, { userPrincipalName: 'li@contoso.example', mail: 'Li@Contoso.example' })

  it('are found behind any number of people whose address theirs is a part of', async () => {
    const own = await begin(store)
    await own.create(...people(1, 1100).map((one, n) => ({ ...one, mail: `x${n}li@contoso.example` })), li)
    const before = person(3000, { presence: 'gone', account: 'inactive', mail: 'LI@contoso.example' })
    await own.create(before)
    const other = await begin(store, 'other')
    const twin = person(4000, { connection: 'other', entraObjectId: objectId(2000) })
    await other.create(twin)
    const found = await findConflictsOf(li, [own.store, other.store])
    expect(found.map(({ kind, users }) => [kind, ...users])).to.deep.equal([
      ['rehired', li, before],
      ['twice', li, twin],
    ])
  })

  it('are no more than a few dozen people of one address', async () => {
    const { store: own, create } = await begin(store)
    await create(li, ...people(1, 60).map((one) => ({ ...one, mail: 'li@contoso.example' })))
    const [all, ...others] = await findConflictsOf(li, [own])
    expect(others).to.deep.equal([])
    expect(all?.kind).to.equal('same-address')
    expect(all?.users).to.have.length(51)
    expect(all?.users).to.deep.include(li)
  })

  it('are none where somebody has no address', async () => {
    const nobody = { userPrincipalName: null, mail: ' ', entraObjectId: null }
    const { store: own, create } = await begin(store)
    await create(person(1, nobody), person(2, nobody))
    expect(await findConflictsOf(person(1, nobody), [own])).to.deep.equal([])
  })
})
