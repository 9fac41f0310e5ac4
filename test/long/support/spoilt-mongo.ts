import { openStore } from '../../../src/store/open.js'
import type { SpoiltStore } from '../../support/write-trial.js'
import { testDatabase } from '../../support/mongo.js'
import { refusal } from './injuries.js'
import type { Document } from './op-msg.js'
import { OpMsgProxy, WRITES, type Injury } from './op-msg-proxy.js'

/** `full`: the server has no room. The connection breaks before the server has done it, or after. */
export interface MongoInjury {
  readonly kind: 'full' | 'cut before' | 'cut after'
  readonly lasting: boolean
}

const QUICK = 'serverSelectionTimeoutMS=1500&connectTimeoutMS=3000'

const INJURIES: Readonly<Record<MongoInjury['kind'], Injury>> = {
  full: refusal(14031, 'OutOfDiskSpace'),
  'cut before': 'cut before',
  'cut after': 'cut after',
}

type Kept = ReadonlyMap<string, readonly Document[]>

/** A database of its own behind a proxy that counts writes. */
export async function spoiltMongo(): Promise<SpoiltStore<MongoInjury, Kept>> {
  const database = await testDatabase()
  const { db, url } = database
  await (await openStore({ kind: 'mongodb' }, { now: () => new Date(), url })).close()
  const proxy = await OpMsgProxy.start(url)
  const names = async (): Promise<string[]> =>
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
  return {
    url: proxy.through(url, { options: QUICK }),
    async keep() {
      const kept = new Map<string, readonly Document[]>()
      for (const name of await names())
        kept.set(name, await db.collection(name).find({}, { promoteValues: false }).toArray())
      return kept
    },
    async restore(kept) {
      for (const name of await names()) {
        await db.collection(name).deleteMany({})
        const documents = kept.get(name) ?? []
        if (documents.length > 0) await db.collection(name).insertMany([...documents])
      }
    },
    spoil(n, { kind, lasting }) {
      proxy.heal()
      proxy.order({ command: WRITES, nth: n, times: lasting ? Infinity : 1, do: INJURIES[kind] })
    },
    heal() {
      const { writes, hits: failed } = proxy
      proxy.heal()
      return { writes, failed }
    },
    codes: ({ kind }) => (kind === 'full' ? ['store.full'] : ['store.unreachable']),
    mustTell: ({ lasting }) => lasting,
    async letTimePass() {
      await db.collection('connections').updateMany({}, { $set: { 'lease.until': 1 } })
    },
    async close() {
      await proxy.stop()
      await database.drop()
    },
  }
}
