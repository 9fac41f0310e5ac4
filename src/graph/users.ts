import type { DirectorySource, LookUp } from '../domain/directory.js'
import { ConnectorError, MEANWHILE } from '../domain/errors.js'
import { isGuid } from '../domain/guid.js'
import { sourcePath, type SourcePath } from '../domain/properties.js'
import { checkToken, guidOf } from '../domain/tenant.js'
import { EMPTY_PROFILE, PROFILE_FIELDS } from '../domain/user.js'
import type { AnswerFacts } from './call.js'
import type { GraphClient } from './client.js'
import { fieldsOf } from './envelope.js'
import { incomplete } from './network-failure.js'
import { decodeToken } from './token.js'
import { directoryItem, directoryPage } from './wire.js'

const SELECTED: readonly string[] = ['id', ...PROFILE_FIELDS, 'accountEnabled']
/** These would ask Graph for something else than a person; an answer must never come without asking. */
const OTHER_ADDRESS = /^(|\.{1,2}|delta|microsoft\.graph\..*|\$.*)$/i
/** A look-up gives up sooner than a page: what it could not ask, the next run asks again. */
const LOOK_UP_TRIES = 3
/** The number only feeds a progress display. */
const COUNT_TIMEOUT_MS = 5_000

interface Asking {
  readonly client: GraphClient
  readonly select: string
  readonly paths: readonly SourcePath[]
}

/**
 * The people of a tenant, over `/users/delta` and direct look-ups. `named` are paths that scope and mapping name; their
 * values come as the `source` of a patch.
 */
export function directorySource(
  client: GraphClient,
  named: readonly string[],
  configuredTenant: string | null,
): DirectorySource {
  const paths = named.map(pathIn)
  const more = new Set(paths.map(({ property }) => property).filter((property) => !SELECTED.includes(property)))
  const select = [...SELECTED, ...[...more].sort()].join(',')
  return {
    select,
    firstLink: () => `${client.url}/users/delta?$select=${select}`,
    tenant: async (signal) => {
      const { tenantId } = decodeToken(await client.token(signal))
      checkToken(configuredTenant, tenantId)
      return tenantId ?? guidOf(configuredTenant)
    },
    page: (link, signal) =>
      client.get(link, { signal, read: (body, facts) => directoryPage(body, facts, client.guard, paths) }),
    lookUp: (asked, signal) => lookUp({ client, select, paths }, asked, signal),
    count: (signal) => count(client, signal),
  }
}

function pathIn(text: string): SourcePath {
  const path = sourcePath(text)
  if (path) return path
  throw new ConnectorError('bug', { message: `“${text}” is no path of a property` })
}

async function lookUp(asking: Asking, asked: string, signal: AbortSignal): Promise<LookUp> {
  const { client, select, paths } = asking
  if (!asked.includes('@') && OTHER_ADDRESS.test(asked)) throw notAPerson(asked)
  const isName = asked.includes('@')
  const attempts = LOOK_UP_TRIES
  const key = encoded(asked)
  const live = await ifThere(
    client.get(`${client.url}/users/${key}?$select=${select}`, {
      signal,
      attempts,
      read: (body, facts) => person(body, facts, { id: isName ? null : asked, paths }),
    }),
  )
  if (live) return live
  // Deleted people are there by id only; what is none is not "not found" to Graph, but a mistake.
  if (!isGuid(asked)) return { found: 'nowhere' }
  const deleted = await ifThere(
    client.get(`${client.url}/directory/deletedItems/${key}`, {
      signal,
      attempts,
      read: (body, facts): LookUp => {
        sameId(body, facts, asked)
        return { found: 'soft-deleted' }
      },
    }),
  )
  return deleted ?? { found: 'nowhere' }
}

function notAPerson(asked: string): ConnectorError {
  return new ConnectorError('graph.not-found', {
    message: `Nobody can be called “${asked}” in Entra`,
    meanwhile: MEANWHILE.kept,
    remedy: 'Give an Entra object id or a user principal name.',
  })
}

/** Only Graph's own "not found" is an answer; a gateway's 404, a 403 or a failure is not. */
async function ifThere(answer: Promise<LookUp>): Promise<LookUp | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'graph.not-found') return null
    throw error
  }
}

interface Expected {
  readonly id: string | null
  readonly paths: readonly SourcePath[]
}

function person(body: unknown, facts: AnswerFacts, { id, paths }: Expected): LookUp {
  sameId(body, facts, id)
  const item = directoryItem(body, paths)
  if (item.kind === 'tombstone') return { found: item.presence === 'gone' ? 'nowhere' : 'soft-deleted' }
  if (item.kind === 'unreadable') return { found: 'live', item }
  const whole = { ...item, profile: { ...EMPTY_PROFILE, ...item.profile } }
  if (paths.length === 0) return { found: 'live', item: whole }
  const nothing = Object.fromEntries(paths.map(({ text }) => [text, null]))
  return { found: 'live', item: { ...whole, source: { ...nothing, ...item.source } } }
}

/** An answer about somebody else, or about nobody, must never decide over a person. */
function sameId(body: unknown, facts: AnswerFacts, id: string | null): void {
  const given = fieldsOf(body)?.['id']
  const is = typeof given === 'string' && given !== '' && (id === null || given.toLowerCase() === id.toLowerCase())
  if (!is) throw incomplete({ ...facts.details, words: 'the answer is not about the person asked for' })
}

/** UPNs hold `#` and `'`; the latter is a quote to OData. */
function encoded(key: string): string {
  return encodeURIComponent(key).replaceAll("'", '%27')
}

async function count(client: GraphClient, signal: AbortSignal): Promise<number | null> {
  try {
    return await client.get(`${client.url}/users/$count`, {
      signal,
      attempts: 1,
      timeoutMs: COUNT_TIMEOUT_MS,
      headers: { ConsistencyLevel: 'eventual', accept: 'text/plain' },
      read: (body) => (Number.isSafeInteger(body) ? (body as number) : null),
    })
  } catch (error) {
    if (signal.aborted) throw error
    return null
  }
}
