import type mongoose from 'mongoose'

type Client = mongoose.mongo.MongoClient

/** What we need of the driver's inside. */
interface Watch {
  close(): void
  connect(): void
}
interface Inside {
  readonly topology?: { readonly s?: { readonly servers?: ReadonlyMap<string, { readonly monitor: Watch | null }> } }
}

/** The socket, the greeting, and a moment. */
const MARGIN_MS = 1_000

/**
 * Starts the driver's watch over a server again when a heartbeat has neither been answered nor failed for as long as that
 * can take. Written to a socket that the other side is just closing, a greeting waits for ever to be sent (driver 7.8,
 * `Connection.writeCommand` waits for `drain`, which no closing ends): the server would be called gone until we are
 * started anew, however long it has been back. Servers that tell a `topologyVersion` (MongoDB from 4.4) are not
 * concerned: there the driver itself gives such a watch up.
 */
export function keepWatching(client: Client): void {
  const { connectTimeoutMS } = client.options
  if (connectTimeoutMS <= 0) return
  const waiting = new Map<string, NodeJS.Timeout>()
  const settle = (address: string): void => {
    clearTimeout(waiting.get(address))
    waiting.delete(address)
  }
  client.on('serverHeartbeatStarted', ({ connectionId: address, awaited }) => {
    settle(address)
    if (awaited) return
    const timer = setTimeout(() => watchAgain(client, address), 2 * connectTimeoutMS + MARGIN_MS)
    waiting.set(address, timer.unref())
  })
  client.on('serverHeartbeatSucceeded', ({ connectionId }) => settle(connectionId))
  client.on('serverHeartbeatFailed', ({ connectionId }) => settle(connectionId))
  client.on('serverClosed', ({ address }) => settle(address))
}

function watchAgain(client: Client, address: string): void {
  const watch = (client as unknown as Inside).topology?.s?.servers?.get(address)?.monitor
  watch?.close()
  watch?.connect()
}
