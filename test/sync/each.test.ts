import { expect } from 'chai'
import { changeEach } from '../../src/sync/each.js'
import { aContext } from '../support/people.js'
import { racedWriter } from '../support/raced-writer.js'
import { emptyFile } from '../store/empty-file.js'
import { changed, eachOpened, eachWriting, people, refusal } from '../store/support.js'

describe('changing many people within a run', () => {
  const writing = eachWriting(eachOpened(emptyFile))
  beforeEach(() => writing.create(...people(1, 300)))

  async function edit(): Promise<void> {
    const [first] = (await writing.store.list({ limit: 1 })).users
    await writing.store.write({ users: [changed(first!, { jobTitle: String(first?.revision) })] })
  }

  const promote = (meanwhile: (attempt: number) => Promise<unknown>) => {
    const { writer, calls } = racedWriter(writing, meanwhile)
    const work = { writer, context: () => aContext(), seats: { left: null } }
    const done = changeEach(work, people(1, 300), (user) => {
      return { step: { user: { ...user, department: 'x' }, entries: [], kind: 'updated' } }
    })
    return { done, calls, writer }
  }

  it('reads all of them again at once when somebody else was faster', async () => {
    const { done, calls, writer } = promote(async (attempt) => {
      if (attempt === 1) await edit()
    })
    expect(await done).to.have.length(300)
    expect(calls).to.deep.equal(['commit', 'findAll', 'commit'])
    expect(writer.run.users.updated).to.equal(300)
    const { users } = await writing.store.list({ limit: 300 })
    expect(users[0]).to.include({ jobTitle: '1', department: 'x' })
    expect(users.filter(({ department }) => department === 'x')).to.have.length(300)
  })

  it('is given up where others are faster over and over', async () => {
    const error = await refusal(promote(edit).done)
    expect(error.code).to.equal('store.locked')
    expect((await writing.store.list({ limit: 2 })).users[1]?.department).to.equal(null)
  })
})
