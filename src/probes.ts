import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config, Secrets } from './config/config.js'
import { ConnectorError } from './domain/errors.js'
import { isEveryone } from './domain/scope.js'
import { checkToken, wrongTenant } from './domain/tenant.js'
import type { MicrosoftConnection } from './graph/connect.js'
import { reviewPermissions } from './graph/permissions.js'
import type { TokenClaims } from './graph/token.js'
import { failed, ok, warning, type Check, type Probe } from './jobs/checks.js'
import { bouncesCheck, mailCheck } from './mail-probes.js'
import { protectionChecks, scopeChecks } from './scope-probe.js'
import type { Store } from './store/port.js'

export interface ProbeParts {
  readonly config: Config
  readonly secrets: Secrets
  readonly microsoft: MicrosoftConnection
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly openStore: () => Promise<Store>
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const SKEW_MS = 5 * MINUTE_MS
const SOON_DAYS = 30
const LITTLE_MB = 100

/**
 * What `check` looks at, in the order it is told: token, permissions, Graph, sign-in log, the scope where there is one,
 * store, mail, delivery reports, clock.
 */
export function probes(parts: ProbeParts): Probe[] {
  const seen: Seen = { claims: null, graphAnswers: false }
  return [
    { name: 'token', look: () => token(parts, seen) },
    { name: 'token', look: () => certificate(parts, seen) },
    { name: 'permissions', look: () => Promise.resolve(permissions(parts, seen)) },
    { name: 'graph', look: () => graph(parts, seen) },
    { name: 'sign-in-log', look: () => signInLog(parts, seen) },
    ...(isEveryone(parts.config.connection.scope) ? [] : [{ name: 'scope', look: () => scope(parts, seen) }]),
    { name: 'store', look: () => store(parts, seen) },
    { name: 'mail', look: async () => [await mailCheck(parts, seen.claims)] },
    ...(parts.config.bounces ? [{ name: 'bounces', look: async () => [await bouncesCheck(parts)] }] : []),
    { name: 'clock', look: () => Promise.resolve([clock(parts.microsoft.clockAheadMs())]) },
  ]
}

/** What later probes build on. */
interface Seen {
  claims: TokenClaims | null
  graphAnswers: boolean
}

async function token({ config, microsoft, signal }: ProbeParts, seen: Seen): Promise<Check[]> {
  const claims = await microsoft.freshClaims(signal)
  seen.claims = claims
  checkToken(config.connection.microsoft?.tenantId ?? null, claims.tenantId)
  return [ok('token', `Microsoft signed us in${claims.tenantId === null ? '' : ` to tenant ${claims.tenantId}`}`)]
}

/** A certificate that cannot be used has kept us from a token already. */
async function certificate({ microsoft, now }: ProbeParts, { claims }: Seen): Promise<Check[]> {
  try {
    const ours = await microsoft.certificate()
    return ours ? [ending(ours.endsAt, now())] : []
  } catch (error) {
    if (claims) throw error
    return []
  }
}

function ending(endsAt: Date, now: Date): Check {
  const days = Math.floor((endsAt.getTime() - now.getTime()) / DAY_MS)
  if (days > SOON_DAYS) return ok('token', `Our certificate is valid for ${days} more days`)
  const remedy =
    'App registrations → Certificates & secrets → Certificates: upload a new one; the old one keeps working until then.'
  const day = endsAt.toISOString().slice(0, 10)
  return days >= 0
    ? warning('token', `Our certificate ends in ${days} ${days === 1 ? 'day' : 'days'}, on ${day}`, remedy)
    : failed('token', `Our certificate ended on ${day}`, remedy)
}

/** What is off now may be wanted tomorrow. */
const NEEDED_WHEN: ReadonlyMap<string, string> = new Map([
  ['AuditLog.Read.All', 'as soon as AHEAD_APP_ID is set'],
  ['GroupMember.Read.All', 'as soon as the scope names groups'],
  ['Mail.Send', 'as soon as MAIL_URL is graph:'],
  ['Mail.Read', 'as soon as BOUNCES_URL is graph:'],
])

function permissions({ config }: ProbeParts, { claims }: Seen): Check[] {
  if (!claims) return [notLookedAt('permissions')]
  const { microsoft, appIds, scope } = config.connection
  const app = { clientId: microsoft?.clientId ?? null, tenantId: microsoft?.tenantId ?? null }
  const features = {
    signInLog: appIds.length > 0,
    groups: scope.groups.length > 0,
    mailThroughGraph: config.mail.kind === 'graph',
    reportsThroughGraph: config.bounces?.kind === 'graph',
  }
  const review = reviewPermissions(claims.roles, features, app)
  if (review.unknown) {
    return [
      warning(
        'permissions',
        'The token does not say what was granted',
        'Nothing to do: the probes below show what works.',
      ),
    ]
  }
  const checks = review.missing.map(({ name, purpose, path }) =>
    failed(
      'permissions',
      `${name} is not granted: it is needed for ${purpose}`,
      `${path}. New grants can take a few minutes.`,
    ),
  )
  for (const { name, instead } of review.needless) {
    const later = NEEDED_WHEN.get(name)
    const useless =
      later === undefined ? 'We never need it; remove it' : `It is needed ${later}; if that is not meant, remove it`
    const better = instead === null ? useless : `${instead} is enough; grant that and remove this one`
    const message = `${name} is granted and not needed${instead === null && later !== undefined ? ' yet' : ''}`
    checks.push(warning('permissions', message, `${better}: App registrations → API permissions.`))
  }
  return checks.length > 0 ? checks : [ok('permissions', `Granted: ${claims.roles?.join(', ') ?? ''}`)]
}

async function graph({ microsoft, signal, config }: ProbeParts, seen: Seen): Promise<Check[]> {
  if (!seen.claims) return [notLookedAt('graph')]
  try {
    await microsoft.probe('people', signal)
    seen.graphAnswers = true
    return [ok('graph', `${config.connection.microsoft?.graphUrl ?? ''} lets us read people`)]
  } catch (error) {
    seen.graphAnswers = error instanceof ConnectorError && error.kind === 'denied'
    throw error
  }
}

async function signInLog({ config, microsoft, signal }: ProbeParts, { claims, graphAnswers }: Seen): Promise<Check[]> {
  const name = 'sign-in-log'
  if (config.connection.appIds.length === 0) {
    return [ok(name, 'Off: AHEAD_APP_ID is not set, so first logins do not come from the sign-in log')]
  }
  if (!claims) return [notLookedAt(name)]
  // Somebody is waiting for the answer: what does not answer is not asked twice.
  if (!graphAnswers) return [behindGraph(name)]
  try {
    await microsoft.probe('sign-in-log', signal)
    return [ok(name, 'The sign-in log can be read')]
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'graph.no-premium-licence') throw error
    return [warning(name, error.message, error.remedy ?? 'Nothing to do.')]
  }
}

/** Rules need no look at anything; for groups somebody is waiting: what does not answer is not asked twice. */
async function scope({ config, microsoft, signal }: ProbeParts, { claims, graphAnswers }: Seen): Promise<Check[]> {
  const { scope } = config.connection
  if (scope.groups.length > 0 && !claims) return [notLookedAt('scope')]
  if (scope.groups.length > 0 && !graphAnswers) return [behindGraph('scope')]
  return scopeChecks(scope, microsoft.groups, signal)
}

async function store({ openStore, config }: ProbeParts, { claims }: Seen): Promise<Check[]> {
  const opened = await openStore()
  try {
    const connection = opened.of(config.connection.name)
    const { tenantId, completedAt } = await connection.feed('directory')
    if (claims?.tenantId && tenantId !== null && tenantId !== claims.tenantId)
      throw wrongTenant(tenantId, claims.tenantId)
    const people = (await connection.tally()).reduce((sum, { count }) => sum + count, 0)
    const where = config.store.kind === 'sqlite' ? config.store.path : 'MongoDB'
    const holds = `${where} holds ${people.toLocaleString('en')} ${people === 1 ? 'person' : 'people'}`
    const room = config.store.kind === 'sqlite' ? await roomFor(config.store.path, holds) : ok('store', holds)
    // Before everybody was read once, nobody can tell whom we will not have.
    return [room, ...(completedAt === null ? [] : await protectionChecks(config.connection.scope, connection))]
  } finally {
    await opened.close()
  }
}

async function roomFor(path: string, holds: string): Promise<Check> {
  const { bavail, bsize } = await statfs(dirname(path))
  const freeMb = Math.floor((bavail * bsize) / 1_000_000)
  if (freeMb >= LITTLE_MB) return ok('store', holds)
  const message = `${holds}, and ${freeMb} MB are left on its disk`
  return warning('store', message, 'Free space there, or move the file and set STORE_URL.')
}

function clock(aheadMs: number | null): Check {
  if (aheadMs === null) return warning('clock', 'Microsoft did not tell the time', 'Nothing to do.')
  if (Math.abs(aheadMs) <= SKEW_MS) return ok('clock', 'This machine’s clock agrees with Microsoft’s')
  const minutes = Math.round(Math.abs(aheadMs) / MINUTE_MS)
  const message = `This machine’s clock is ${minutes} minutes ${aheadMs > 0 ? 'ahead' : 'behind'}`
  return warning('clock', message, 'Let NTP set it: tokens and certificates are refused by wrong clocks.')
}

function notLookedAt(name: string): Check {
  return warning(name, 'Not looked at, because there is no token', 'See "token" above.')
}

function behindGraph(name: string): Check {
  return warning(name, 'Not looked at, because Graph does not answer', 'See "graph" above.')
}
