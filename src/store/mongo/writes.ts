import { EventEmitter } from 'node:events'
import type mongoose from 'mongoose'

type Client = mongoose.mongo.MongoClient

/** What we need of the driver's inside. */
interface Inside {
  readonly topology?: { readonly s?: { readonly servers?: ReadonlyMap<string, Server> } }
}
interface Server {
  readonly pool?: { readonly options?: { readonly connectionType?: { readonly prototype?: object } } }
}
/** A connection of the driver's. `error` is why it was closed; `close` is told after it is set. */
interface DriverConnection extends EventEmitter {
  readonly error?: Error | null
  writeCommand(...args: unknown[]): Promise<void>
}

/** Whose writes end with their connection already; there is one for the whole process. */
const mended = new WeakSet<object>()

/**
 * Has the driver's writes end when their connection is closed, whoever writes: an operation, a greeting, a heartbeat. By
 * itself the driver waits for a full socket to drain (7.8, `Connection.writeCommand`), which no closing ends: the
 * connection would stay out of its pool for ever, and a server whose heartbeat waits so would be called gone however long
 * it has been back. To be called before the client connects. A driver without these names is left alone.
 */
export function endWritesWithTheirConnection(client: Client): void {
  client.on('connectionPoolCreated', () => {
    for (const { pool } of (client as unknown as Inside).topology?.s?.servers?.values() ?? []) {
      const prototype = pool?.options?.connectionType?.prototype
      if (prototype && isConnection(prototype) && !mended.has(prototype)) mend(prototype)
    }
  })
}

function isConnection(prototype: object): prototype is DriverConnection {
  return (
    prototype instanceof EventEmitter && 'writeCommand' in prototype && typeof prototype.writeCommand === 'function'
  )
}

function mend(prototype: DriverConnection): void {
  mended.add(prototype)
  // eslint-disable-next-line @typescript-eslint/unbound-method -- given its connection below
  const { writeCommand } = prototype
  prototype.writeCommand = function (this: DriverConnection, ...args) {
    return new Promise((resolve, reject) => {
      const onClose = (): void => {
        reject(this.error ?? new Error('the connection was closed'))
      }
      if (this.error) {
        onClose()
        return
      }
      this.once('close', onClose)
      writeCommand
        .apply(this, args)
        .finally(() => this.off('close', onClose))
        .then(resolve, reject)
    })
  }
}
