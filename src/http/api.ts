import type { FastifyInstance } from 'fastify'
import type { ConnectionConfig } from '../config/config.js'
import type { Explanation } from '../explain/facts.js'
import type { Log } from '../logging/log.js'
import type { ConnectionStore } from '../store/port.js'
import { registerBounces } from './bounces.js'
import { registerExplain } from './explain.js'
import { registerLogins } from './logins.js'
import { openApi } from './openapi.js'
import { registerUsers } from './users.js'

/** What the API gives, and takes, of one connection. */
export interface ApiParts {
  readonly store: ConnectionStore
  readonly now: () => Date
  /** What a delivery report changes; a message that is none changes nothing. */
  readonly applyBounce: (raw: Buffer) => Promise<void>
  /** Milliseconds in a status after which a person needs attention. */
  readonly tooLong: ConnectionConfig['tooLong']
  /** Reads the directory and writes nothing. */
  readonly explain: (person: string) => Promise<Explanation>
  readonly log: Log
}

/** The routes below `/api/v1`. Who may call them, and for which connection, is found out before, by the server's first hook. */
export function registerApi(app: FastifyInstance, publicUrl: string): void {
  app.get('/api/v1/openapi.json', () => openApi(publicUrl))
  registerUsers(app)
  registerLogins(app)
  registerBounces(app)
  registerExplain(app)
}
