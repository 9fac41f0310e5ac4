import { expect } from 'chai'
import mongoose from 'mongoose'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import type { UserChange } from '../../../src/domain/user.js'
import { openMongo } from '../../../src/store/mongo/open.js'
import type { Store } from '../../../src/store/port.js'
import { quickUpdates, TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../../support/mongo.js'
import { NOW } from '../../support/people.js'
import { begin, changed, created, entry, objectId, people, type Writing } from '../support.js'

const PAGE = 999

interface Cost {
  /** Commands with their collection, in order. */
  readonly commands: readonly string[]
  /** Documents inserted or updated. */
  readonly documents: number
  /** BSON of the writing commands. */
  readonly bytes: number
}

type Command = Readonly<Record<string, unknown>>

if (TEST_MONGO_URL === null) describe(`MongoDB: what a page costs (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: what a page of 999 people costs', () => {
    let database: TestDatabase
    let store: Store
    let writing: Writing
    let sent: { name: string; command: Command }[]

    before(async () => {
      database = await testDatabase()
      sent = []
      store = await openMongo(database.url, {
        now: () => new Date(NOW),
        isDeadHere: () => false,
        onCommand: (name, command) => sent.push({ name, command }),
      })
      await quickUpdates(database)
      writing = await begin(store)
      await writing.commit({})
    })
    after(async () => {
      await store.close()
      await database.drop()
    })

    async function page(number: number, users: readonly UserChange[]): Promise<Cost> {
      sent = []
      const entraObjectIds = people(1, PAGE).map((_, i) => objectId(i + 1))
      await writing.store.known(entraObjectIds)
      const directory = { ...NEW_FEEDS.directory, passes: 1, deltaLink: `page ${number}` }
      await writing.commit({ users, feeds: { directory }, seen: { pass: 0, page: number, entraObjectIds } })
      const writes = sent.filter(({ name }) => name !== 'find')
      const count = ({ documents, updates }: Command) => [documents, updates].flat().filter((one) => one).length
      return {
        commands: sent.map(({ name, command }) => `${name} ${String(command[name])}`),
        documents: writes.reduce((total, { command }) => total + count(command), 0),
        bytes: writes.reduce((total, { command }) => total + mongoose.mongo.BSON.calculateObjectSize(command), 0),
      }
    }

    const READ = ['find people', 'find parked', 'find connections']

    it('for the first time', async () => {
      const first = people(1, PAGE).map((user) => created(user, entry('made')))
      const { commands, documents, bytes } = await page(1, first)
      expect(commands).to.deep.equal([
        ...READ,
        'find people',
        'update connections',
        // What the run replaced: one document a page, of newcomers hardly more than their ids.
        'insert replaced',
        'insert people',
        'update stamps',
        'update connections',
        'delete stamps',
        'delete candidates',
      ])
      expect(documents).to.equal(PAGE + 4)
      expect(bytes / PAGE).to.be.within(500, 1150)
    })

    it('when nobody has changed', async () => {
      const { commands, documents, bytes } = await page(2, [])
      expect(commands).to.deep.equal([...READ, 'update stamps', 'update connections'])
      expect(documents).to.equal(2)
      expect(bytes / PAGE).to.be.within(30, 60)
    })

    it('when one in a hundred has changed', async () => {
      const some = people(1, PAGE).filter((_, i) => i % 100 === 0)
      const users = some.map((user) => changed(user, { jobTitle: 'Lead' }, entry('updated')))
      const { commands, documents, bytes } = await page(3, users)
      expect(commands).to.deep.equal([
        ...READ,
        'find people',
        'update connections',
        'insert replaced',
        'update people',
        'update stamps',
        'update connections',
      ])
      expect(documents).to.equal(users.length + 4)
      expect(bytes / PAGE).to.be.within(30, 70)
    })
  })
