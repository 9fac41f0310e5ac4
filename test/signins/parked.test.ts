import { expect } from 'chai'
import { join } from 'node:path'
import { applyParked } from '../../src/signins/parked.js'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/port.js'
import { NOW } from '../support/people.js'
import { racedWriter } from '../support/raced-writer.js'
import {
  begin,
  changed,
  Clock,
  objectId,
  parked,
  person,
  refusal,
  tempFolder,
  userId,
  type Writing,
} from '../store/support.js'

describe('parked sign-ins of people who have arrived', () => {
  let folder: ReturnType<typeof tempFolder>
  let whole: Store
  let writing: Writing
  beforeEach(async () => {
    folder = tempFolder()
    whole = await openStore({ kind: 'sqlite', path: join(folder.path, 'connector.db') }, new Clock())
    writing = await begin(whole)
    await writing.create(person(1), person(2))
    await writing.commit({ park: [parked(1, NOW), parked(3, NOW)] })
  })
  afterEach(async () => {
    await whole.close()
    folder.remove()
  })

  const editFirst = async (): Promise<void> => {
    const [user] = await writing.store.find(userId(1))
    await writing.store.write({ users: [changed(user!, { jobTitle: String(user?.revision) })] })
  }
  const waiting = async (): Promise<string[]> => [...(await writing.store.known([1, 2, 3].map(objectId))).parked.keys()]

  it('are applied, over what somebody else has written meanwhile; the others stay', async () => {
    const { writer, calls } = racedWriter(writing, async (attempt) => {
      if (attempt === 1) await editFirst()
    })
    await applyParked(writer)
    expect(calls.filter((name) => name === 'commit')).to.have.length(2)
    const { users } = await writing.store.list({ limit: 9 })
    expect(users.map(({ jobTitle, firstLoginAt }) => [jobTitle, firstLoginAt])).to.deep.equal([
      ['1', NOW],
      [null, null],
    ])
    expect(writer.run.signIns.firstLogins).to.equal(1)
    expect(await waiting()).to.deep.equal([objectId(3)])
  })

  it('stay where others are faster over and over, and the run says so', async () => {
    const { writer } = racedWriter(writing, editFirst)
    const error = await refusal(applyParked(writer))
    expect(error.code).to.equal('store.locked')
    expect(error.remedy).to.include('the next run applies')
    expect(await waiting()).to.deep.equal([objectId(1), objectId(3)])
  })
})
