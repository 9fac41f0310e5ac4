import { expect } from 'chai'
import mongoose from 'mongoose'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Database } from '../../../src/store/mongo/database.js'
import { endWritesWithTheirConnection } from '../../../src/store/mongo/writes.js'
import { OpMsgProxy } from '../../long/support/op-msg-proxy.js'
import { TEST_MONGO_URL, testDatabase, WITHOUT_SERVER } from '../../support/mongo.js'

interface Inside {
  readonly topology: {
    readonly s: {
      readonly servers: ReadonlyMap<
        string,
        { readonly monitor: { readonly connection: { readonly socket: Socket }; requestCheck(): void } }
      >
    }
  }
}

/** More than a socket holds. */
const LARGE = 'x'.repeat(15 * 1024 * 1024)
/** Whoever asks sooner after a failure is given less time. */
const AS_BEFORE_MS = 5_500

/** The driver looks no more often than this. */
const NOT_SOONER_MS = 600

if (TEST_MONGO_URL === null) describe(`connections to a MongoDB server (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('connections to a MongoDB server', () => {
    it('are watched on after a heartbeat that was written to a closing socket and is never answered', async () => {
      const client = new mongoose.mongo.MongoClient(TEST_MONGO_URL ?? '', {
        connectTimeoutMS: 100,
        heartbeatFrequencyMS: 2_000,
      })
      endWritesWithTheirConnection(client)
      await client.connect()
      try {
        const [server] = (client as unknown as Inside).topology.s.servers.values()
        const { monitor } = server!
        await sleep(NOT_SOONER_MS)
        // As when a server goes: the socket is closed, and its end has not been told yet when somebody asks.
        monitor.connection.socket.destroy()
        monitor.requestCheck()
        const answers: unknown[] = []
        client.on('serverHeartbeatSucceeded', (event) => answers.push(event))
        await once(client, 'serverHeartbeatStarted')
        expect(answers, 'the first one has no answer').to.have.length(0)
        await once(client, 'serverHeartbeatSucceeded')
      } finally {
        await client.close()
      }
    })

    it('are given back when they are closed while much is being written to them', async () => {
      const database = await testDatabase()
      const proxy = await OpMsgProxy.start(database.url)
      const options = [
        'maxPoolSize=4&retryWrites=false&heartbeatFrequencyMS=500&connectTimeoutMS=500',
        'socketTimeoutMS=500&serverSelectionTimeoutMS=1000&waitQueueTimeoutMS=1000',
      ].join('&')
      const db = await Database.open(proxy.through(database.url, { options }))
      try {
        const { parked } = db.collections
        const read = () => parked.find({}, { limit: 1 })
        await Promise.all(Array.from({ length: 4 }, read))
        proxy.fallDeaf()
        const writes = ['a', 'b', 'c', 'd'].map((_id) => parked.upsert({ _id }, { $set: { first: LARGE } }))
        const ends = Promise.allSettled(writes)
        await sleep(3_000)
        proxy.heal()
        expect((await ends).map(({ status }) => status)).to.deep.equal(writes.map(() => 'rejected'))
        await sleep(AS_BEFORE_MS)
        await Promise.all(Array.from({ length: 4 }, read))
      } finally {
        await db.close()
        await proxy.stop()
        await database.drop()
      }
    })
  })
