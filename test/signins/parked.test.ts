import { expect } from 'chai'
import { applyParked } from '../../src/signins/parked.js'
import { NOW } from '../support/people.js'
import { racedWriter } from '../support/raced-writer.js'
import { emptyFile } from '../store/empty-file.js'
import { changed, eachOpened, eachWriting, objectId, parked, person, refusal, userId } from '../store/support.js'

describe('parked sign-ins of people who have arrived', () => {
  const writing = eachWriting(eachOpened(emptyFile))
  beforeEach(async () => {
    await writing.create(person(1), person(2))
    await writing.commit({ park: [parked(1, NOW), parked(3, NOW)] })
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
