import { expect } from 'chai'
import mongoose from 'mongoose'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { keepWatching } from '../../../src/store/mongo/heartbeat.js'
import { TEST_MONGO_URL, WITHOUT_SERVER } from '../../support/mongo.js'

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

/** The driver looks no more often than this. */
const NOT_SOONER_MS = 600

if (TEST_MONGO_URL === null) describe(`the watch over a MongoDB server (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('the watch over a MongoDB server', () => {
    it('goes on after a heartbeat that was written to a closing socket and is never answered', async () => {
      const client = new mongoose.mongo.MongoClient(TEST_MONGO_URL ?? '', { connectTimeoutMS: 100 })
      await client.connect()
      try {
        keepWatching(client)
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
  })
