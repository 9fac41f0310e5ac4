import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp } from '../../../src/app.js'
import { readConfig } from '../../../src/config/read.js'
import { ConnectorError } from '../../../src/domain/errors.js'
import { startSimulator, type Simulator } from '../../../src/simulator/server.js'
import { openStore } from '../../../src/store/open.js'
import { silent } from '../../support/log.js'
import { testDatabase, type TestDatabase } from '../../support/mongo.js'
import type { Document } from './op-msg.js'
import { OpMsgProxy } from './op-msg-proxy.js'
import { storeOutcome, type StoreOutcome } from './store-outcome.js'

/** A tenant that changed after the first run, with something of every kind; and stores of that run, to be spoilt side by side. */
export interface FaultTenant {
  readonly settings: Readonly<Record<string, string>>
  readonly desks: readonly FaultDesk[]
  close(): Promise<void>
}

/** A store behind two proxies: one shows the server as it is, one as a replica set. */
export interface FaultDesk {
  readonly database: TestDatabase
  readonly alone: OpMsgProxy
  readonly replicaSet: OpMsgProxy
  /** The database as it was after the first run. */
  restore(): Promise<void>
  /** A full pass in this process, through that address. Gives its error, null without one. */
  sync(url: string): Promise<ConnectorError | null>
  /** The lease of a process that could not give it back has run out. */
  letTimePass(): Promise<void>
  outcome(): Promise<StoreOutcome>
}

export async function openFaultTenant(count: number): Promise<FaultTenant> {
  const simulator = await startSimulator({ users: 24, pageSize: 10 })
  const folder = await mkdtemp(join(tmpdir(), 'faults-'))
  const settings = { ...simulator.settings(), GIVE_UP_AFTER: '3s' }
  for (const index of [3, 4]) simulator.directory.softDelete(simulator.directory.byIndex(index).id)
  const databases = await Promise.all(Array.from({ length: count }, testDatabase))
  const sync = (url: string): Promise<ConnectorError | null> => syncOnce({ ...settings, STORE_URL: url }, folder)
  for (const { url } of databases) {
    const error = await sync(url)
    if (error) throw error
  }
  change(simulator)
  const desks = await Promise.all(databases.map((database) => openDesk(database, sync)))
  return {
    settings,
    desks,
    async close() {
      for (const { alone, replicaSet, database } of desks) {
        await alone.stop()
        await replicaSet.stop()
        await database.drop()
      }
      await simulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function openDesk(database: TestDatabase, sync: FaultDesk['sync']): Promise<FaultDesk> {
  const { db, url } = database
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
  const kept = new Map<string, Document[]>()
  for (const name of names) kept.set(name, await db.collection(name).find({}, { promoteValues: false }).toArray())
  return {
    database,
    alone: await OpMsgProxy.start(url),
    replicaSet: await OpMsgProxy.start(url, { replicaSet: true }),
    sync,
    async restore() {
      for (const [name, documents] of kept) {
        await db.collection(name).deleteMany({})
        if (documents.length > 0) await db.collection(name).insertMany(documents)
      }
    },
    async letTimePass() {
      await db.collection('connections').updateMany({}, { $set: { 'lease.until': 1 } })
    },
    async outcome() {
      const store = await openStore({ kind: 'mongodb' }, { now: () => new Date(), url })
      try {
        return await storeOutcome(store.of('default'))
      } finally {
        await store.close()
      }
    },
  }
}

/** New, changed, disabled, deleted, gone for good; somebody who came back had signed in before. */
function change({ directory, signIns }: Simulator): void {
  const id = (index: number): string => directory.byIndex(index).id
  const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)
  for (const index of [1, 8, 15]) directory.update(id(index), { jobTitle: 'Lead' })
  directory.disable(id(9))
  directory.softDelete(id(10))
  directory.purge(id(16))
  directory.restore(id(3))
  directory.create({ displayName: 'Newcomer' })
  for (const index of [2, 3, 17]) signIns.add({ userId: id(index), at: minutesAgo(index) })
  const stranger = directory.create({ displayName: 'Stranger' })
  signIns.add({ userId: stranger.id, at: minutesAgo(5) })
  directory.purge(stranger.id)
}

async function syncOnce(env: Readonly<Record<string, string>>, cwd: string): Promise<ConnectorError | null> {
  const read = readConfig({ env, cwd, tty: false, needs: 'microsoft' })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  const signal = new AbortController().signal
  try {
    const app = await openApp({ ...read, log: silent })
    try {
      return (await app.sync({ trigger: 'manual', dryRun: false, full: true, signal })).error
    } finally {
      await app.close()
    }
  } catch (error) {
    if (error instanceof ConnectorError) return error
    throw error
  }
}
