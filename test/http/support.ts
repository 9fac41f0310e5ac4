import { expect } from 'chai'
import { hashOf } from '../../src/secret.js'
import { startServer, type Server } from '../../src/http/server.js'
import type { Log, LogFields } from '../../src/logging/log.js'
import { TOKEN_SCOPES, type ConnectionStore } from '../../src/store/port.js'
import { silent } from '../support/log.js'
import { aHouse, type House } from '../login/support.js'

const DAY_MS = 24 * 60 * 60 * 1000

export interface Api extends House {
  readonly server: Server
  /** A token of each scope. */
  readonly tokens: Readonly<Record<string, string>>
  /** What was taken for delivery reports. */
  readonly reports: Buffer[]
  /** About whom somebody asked. */
  readonly explained: string[]
  readonly logged: { message: string; fields: LogFields | undefined }[]
  applyBounce: (raw: Buffer) => Promise<void>
  /** With the token of a scope, or any other text as a token; null: none. */
  call(path: string, token: string | null, init?: RequestInit): Promise<Response>
}

/** The server on a real socket, with a real store behind it. */
export async function anApi(over: Partial<ConnectionStore> = {}): Promise<Api> {
  const house = await aHouse()
  const tokens: Readonly<Record<string, string>> = { admin: 'ect_a', support: 'ect_s', intranet: 'ect_i' }
  for (const scope of TOKEN_SCOPES) {
    const createdAt = house.clock.now().toISOString()
    await house.store.tokens.create(
      { id: scope, name: scope, scope, createdAt, revokedAt: null },
      hashOf(`ect_${scope.charAt(0)}`),
    )
  }
  const reports: Buffer[] = []
  const logged: Api['logged'] = []
  const explained: string[] = []
  const note: Log['error'] = (message, fields) => void logged.push({ message, fields })
  const log: Log = { ...silent, info: note, error: note }
  const tooLong = {
    'never-logged-in': 30 * DAY_MS,
    migrating: DAY_MS,
    pending: 7 * DAY_MS,
    'onboarding-incomplete': DAY_MS,
    failed: DAY_MS,
  }
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://intranet.contoso.example/hr',
    log,
    metrics: {
      contentType: 'text/plain',
      text: () => Promise.resolve(''),
      ran: () => undefined,
      mailed: () => undefined,
    },
    readiness: () => Promise.resolve({ ready: true, reason: null, lastSuccessAt: null, nextRunAt: null, paused: null }),
    api: [
      {
        store: { ...house.store, ...over },
        now: house.clock.now,
        applyBounce: (raw) => api.applyBounce(raw),
        tooLong,
        explain: (person) => {
          explained.push(person)
          const step = { step: 'found', outcome: 'yes', detail: person.toLowerCase() } as const
          return Promise.resolve({ answer: 'Nothing stands in the way.', steps: [step], stopsAt: null })
        },
        log,
      },
    ],
  })
  const api: Api = {
    ...house,
    server,
    tokens,
    reports,
    logged,
    explained,
    applyBounce: (raw) => Promise.resolve(void reports.push(raw)),
    call(path, token, init = {}) {
      const secret = token === null ? null : (tokens[token] ?? token)
      const headers = {
        ...(init.headers as Record<string, string>),
        ...(secret && { authorization: `Bearer ${secret}` }),
      }
      return fetch(server.url + path, { ...init, headers })
    },
    async close() {
      await server.close()
      await house.close()
    },
  }
  return api
}

export async function expectProblem(
  response: Response,
  status: number,
  code: string,
): Promise<Record<string, unknown>> {
  expect(response.status).to.equal(status)
  expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/)
  const body = (await response.json()) as Record<string, unknown>
  expect(body).to.have.all.keys('type', 'title', 'status', 'detail', 'code', 'instance')
  expect(body).to.include({ type: 'about:blank', status, code })
  return body
}

export function json(body: unknown): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { method: 'POST', body: text, headers: { 'content-type': 'application/json' } }
}

export function email(body: string | Buffer): RequestInit {
  return {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'message/rfc822' },
  }
}
