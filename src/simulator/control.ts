import { z } from 'zod'
import { jsonAnswer, type Answer, type Json } from './answer.js'
import { groupCommand, onGroups } from './control-groups.js'
import { loginCommand, onLogins } from './control-logins.js'
import { mailCommand, onMail } from './control-mail.js'
import type { Parts } from './tenant.js'
import { EXPIRIES } from './delta-tokens.js'
import { CONTENT_FAULTS, WIRE_FAULTS } from './faults.js'
import { liveOneDay } from './story.js'
import { TOKEN_FAILURES } from './token-errors.js'

/** Commands of `POST /_control`, for tests in another process. A person is named by object id, name or index. */

const who = z.union([z.string(), z.number().int().min(0)])
const properties = z.record(z.string(), z.json())
const time = z.iso.datetime().transform((text) => new Date(text))

const action = z.union([
  z.enum([...WIRE_FAULTS, ...CONTENT_FAULTS]),
  z.strictObject({
    status: z.number().int(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.json().exactOptional(),
  }),
  z.strictObject({ kind: z.enum(['slow', 'slow-body']), delayMs: z.number() }),
  z.strictObject({ kind: z.enum(['foreign-next-link', 'foreign-delta-link']), origin: z.string() }),
  z.strictObject({ kind: z.literal('forbidden'), code: z.string().exactOptional() }),
  z.strictObject({ kind: z.literal('withhold'), ids: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('withhold'), percent: z.number() }),
  z.strictObject({ kind: z.literal('redirect'), location: z.string(), status: z.number().int().default(302) }),
  z.strictObject({ kind: z.literal('html'), status: z.number().int().default(502) }),
  z.strictObject({
    kind: z.literal('throttle'),
    retryAfter: z.string().nullable(),
    status: z.number().int().default(429),
  }),
  z.strictObject({
    kind: z.literal('unauthorized'),
    reason: z.enum(['empty', 'malformed', 'audience', 'expired', 'challenge']),
  }),
])

const match = z.strictObject({
  method: z.string().exactOptional(),
  route: z.string().exactOptional(),
  path: z.string().exactOptional(),
  query: z.string().exactOptional(),
  after: z.number().int().exactOptional(),
  nth: z.number().int().exactOptional(),
})

const command = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('create'), person: properties.default({}) }),
  z.strictObject({ op: z.literal('update'), id: who, patch: properties }),
  z.strictObject({ op: z.enum(['disable', 'enable', 'softDelete', 'purge', 'restore']), id: who }),
  z.strictObject({
    op: z.literal('signIn'),
    id: who,
    appId: z.string().exactOptional(),
    at: time.exactOptional(),
    errorCode: z.number().int().exactOptional(),
    isInteractive: z.boolean().exactOptional(),
    correlationId: z.string().exactOptional(),
  }),
  z.strictObject({ op: z.literal('churn'), percent: z.number(), seed: z.number().default(1) }),
  z.strictObject({ op: z.literal('live'), step: z.number().int() }),
  z.strictObject({
    op: z.literal('expireAll'),
    variant: z.enum(EXPIRIES),
    of: z.enum(['users', 'groups']).default('users'),
  }),
  z.strictObject({
    op: z.literal('delta'),
    emptyPages: z.number().int().exactOptional(),
    knobs: z
      .strictObject({
        pageSize: z.number().int().min(1).exactOptional(),
        repeatObjects: z.number().int().exactOptional(),
        tombstonesInInitial: z.boolean().exactOptional(),
        minimalUpdates: z.boolean().exactOptional(),
        tokenSpelling: z.enum(['skiptoken', 'skipToken']).exactOptional(),
        midRound: z.enum(['this', 'next']).exactOptional(),
      })
      .default({}),
  }),
  z.strictObject({ op: z.literal('prebuild'), select: z.string() }),
  z.strictObject({ op: z.literal('fault'), match: match.default({}), times: z.number().default(1), do: action }),
  z.strictObject({ op: z.literal('clearFaults') }),
  z.strictObject({ op: z.literal('expireTokens') }),
  z.strictObject({ op: z.literal('failTokens'), count: z.number().int(), failure: z.enum(TOKEN_FAILURES) }),
  z.strictObject({ op: z.literal('roles'), roles: z.array(z.string()) }),
  z.strictObject({ op: z.literal('licence'), licence: z.enum(['p1', 'none']) }),
  z.strictObject({ op: z.literal('latency'), latencyMs: z.number() }),
  z.strictObject({ op: z.literal('unitLimit'), limit: z.number() }),
  z.strictObject({ op: z.literal('foreignTenant'), tenantId: z.string().nullable() }),
  z.strictObject({ op: z.literal('jumpClock'), ms: z.number() }),
  z.strictObject({ op: z.literal('clearRequests') }),
  z.strictObject({ op: z.literal('person'), id: who }),
  z.strictObject({ op: z.literal('state') }),
  groupCommand,
  loginCommand,
  mailCommand,
])
export type Command = z.input<typeof command>

/** Answers `{ok:true, result}`, or 400 `{ok:false, error}` for a command that is none or cannot be done. */
export function control(parts: Parts, method: string, body: string): Answer {
  try {
    if (method !== 'POST') throw new Error('Commands are posted.')
    return jsonAnswer(200, { ok: true, result: carryOut(parts, command.parse(JSON.parse(body))) })
  } catch (error) {
    return jsonAnswer(400, { ok: false, error: error instanceof Error ? error.message : String(error) })
  }
}

type Parsed = z.output<typeof command>

function carryOut(parts: Parts, order: Parsed): Json {
  const { directory, delta, groupDelta, faults } = parts
  switch (order.op) {
    case 'churn':
      return directory.churn(order.percent, order.seed)
    case 'live':
      return liveOneDay(parts, order.step)
    case 'state':
      return stateOf(parts)
    case 'expireAll':
      ;(order.of === 'users' ? delta : groupDelta).expireAll(order.variant)
      return null
    case 'delta':
      if (order.emptyPages !== undefined) delta.emptyPagesBefore(order.emptyPages)
      Object.assign(delta, order.knobs)
      return null
    case 'prebuild':
      delta.prebuild(order.select)
      return null
    case 'fault':
      faults.add({ match: order.match, times: order.times, do: order.do })
      return null
    case 'clearFaults':
      faults.clear()
      return null
    case 'planLogin':
    case 'spoilIdTokens':
    case 'rollKeysOver':
    case 'recordLogins':
      return onLogins(parts, order)
    case 'deliver':
    case 'bounce':
    case 'mailLimit':
    case 'caughtMail':
      return onMail(parts, order)
    case 'createGroup':
    case 'growGroups':
    case 'groupDelta':
    case 'castsAreAdvanced':
      return onGroups(parts, order)
    default:
      if ('group' in order) return onGroups(parts, order)
      return 'id' in order || order.op === 'create' ? onPerson(parts, order) : onService(parts, order)
  }
}

function onService(parts: Parts, order: Extract<Parsed, { op: ServiceOp }>): null {
  switch (order.op) {
    case 'expireTokens':
      parts.tokens.expireIssued()
      break
    case 'failTokens':
      parts.tokens.failNext(order.count, order.failure)
      break
    case 'roles':
      parts.tokens.roles = order.roles
      break
    case 'licence':
      parts.licence = order.licence
      break
    case 'latency':
      parts.latencyMs = order.latencyMs
      break
    case 'unitLimit':
      parts.units.limit = order.limit
      break
    case 'foreignTenant':
      parts.tokens.foreignTenant = order.tenantId
      break
    case 'jumpClock':
      parts.clock.jump(order.ms)
      break
    case 'clearRequests':
      parts.requests.clear()
  }
  return null
}

type ServiceOp =
  | 'expireTokens'
  | 'failTokens'
  | 'roles'
  | 'licence'
  | 'latency'
  | 'unitLimit'
  | 'foreignTenant'
  | 'jumpClock'
  | 'clearRequests'

function onPerson({ directory, signIns }: Parts, order: Extract<Parsed, { id: unknown } | { op: 'create' }>): Json {
  if (order.op === 'create') return shown(directory.create(order.person))
  const person = typeof order.id === 'number' ? directory.byIndex(order.id) : directory.find(order.id)
  if (!person) throw new Error(`Nobody is called ${order.id}.`)
  switch (order.op) {
    case 'update':
      return shown(directory.update(person.id, order.patch))
    case 'signIn':
      return signIns.add({ ...order, userId: person.id }).createdDateTime
    case 'person':
      return shown(person)
    default:
      return shown(directory[order.op](person.id))
  }
}

function stateOf({ directory, groups, signIns, faults, tokens, requests }: Parts): Json {
  return {
    users: directory.size,
    deleted: directory.deleted().length,
    groups: groups.all().length,
    changes: directory.journal.length,
    signIns: signIns.rows.length,
    tokensIssued: tokens.issued,
    requests: requests.total,
    counts: Object.fromEntries(requests.counts),
    faults: { hits: faults.hits, standing: faults.list().map(({ hits }) => hits) },
  }
}

function shown(person: object): Json {
  return JSON.parse(JSON.stringify(person)) as Json
}
