import { access, constants } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import type { Config, MailConfig } from './config/config.js'
import { ConnectorError } from './domain/errors.js'
import type { MicrosoftConnection } from './graph/connect.js'
import { reviewPermissions } from './graph/permissions.js'
import { failed, ok, warning, type Check, type Probe } from './jobs/checks.js'
import type { Store } from './store/port.js'

export interface ProbeParts {
  readonly config: Config
  readonly microsoft: MicrosoftConnection
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly openStore: () => Promise<Store>
}

const MINUTE_MS = 60_000
const SKEW_MS = 5 * MINUTE_MS
const SOON_DAYS = 30

/** What `check` looks at, in the order it is told: token, permissions, Graph, sign-in log, store, mail, clock. */
export function probes(parts: ProbeParts): Probe[] {
  const seen: Seen = { serverTime: null, granted: null, hasToken: false }
  return [
    { name: 'token', look: () => token(parts, seen) },
    { name: 'permissions', look: () => Promise.resolve(permissions(parts, seen)) },
    { name: 'graph', look: () => graph(parts, seen) },
    { name: 'sign-in-log', look: () => signInLog(parts, seen) },
    { name: 'store', look: () => store(parts) },
    { name: 'mail', look: () => mail(parts.config.mail, seen) },
    { name: 'clock', look: () => Promise.resolve([clock(seen.serverTime, parts.now())]) },
  ]
}

interface Seen {
  serverTime: Date | null
  granted: readonly string[] | null
  hasToken: boolean
}

async function token({ config, microsoft, signal, now }: ProbeParts, seen: Seen): Promise<Check[]> {
  const claims = await microsoft.freshClaims(signal)
  seen.hasToken = true
  seen.granted = claims.roles
  const configured = config.connection.microsoft?.tenantId?.toLowerCase() ?? null
  const checks: Check[] = []
  if (claims.tenantId !== null && configured !== null && isGuid(configured) && claims.tenantId !== configured) {
    const remedy = 'Compare AZURE_TENANT_ID with Entra ID → Overview → Tenant ID.'
    checks.push(failed('token', `The token is for tenant ${claims.tenantId}, not for ${configured}`, remedy))
  } else
    checks.push(ok('token', `Microsoft signed us in${claims.tenantId === null ? '' : ` to tenant ${claims.tenantId}`}`))
  const certificate = await microsoft.certificate()
  if (certificate) checks.push(ending(certificate.endsAt, now()))
  return checks
}

function ending(endsAt: Date, now: Date): Check {
  const days = Math.floor((endsAt.getTime() - now.getTime()) / (24 * 60 * MINUTE_MS))
  if (days > SOON_DAYS) return ok('certificate', `The certificate is valid for ${days} more days`)
  const remedy =
    'App registrations → Certificates & secrets → Certificates: upload a new one; the old one keeps working until then.'
  return days >= 0
    ? warning('certificate', `The certificate ends in ${days} days`, remedy)
    : failed('certificate', `The certificate ended on ${endsAt.toISOString().slice(0, 10)}`, remedy)
}

function permissions({ config }: ProbeParts, { granted, hasToken }: Seen): Check[] {
  if (!hasToken) return [notLookedAt('permissions')]
  const { microsoft, appIds } = config.connection
  const app = { clientId: microsoft?.clientId ?? null, tenantId: microsoft?.tenantId ?? null }
  const features = { signInLog: appIds.length > 0, mailThroughGraph: config.mail.kind === 'graph' }
  const review = reviewPermissions(granted, features, app)
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
    const better =
      instead === null ? 'We never need it; remove it' : `${instead} is enough; grant that and remove this one`
    checks.push(
      warning('permissions', `${name} is granted and not needed`, `${better}: App registrations → API permissions.`),
    )
  }
  return checks.length > 0 ? checks : [ok('permissions', `Granted: ${granted?.join(', ') ?? ''}`)]
}

async function graph({ microsoft, signal, config }: ProbeParts, seen: Seen): Promise<Check[]> {
  if (!seen.hasToken) return [notLookedAt('graph')]
  seen.serverTime = (await microsoft.probe('people', signal)).serverTime
  return [ok('graph', `${config.connection.microsoft?.graphUrl ?? ''} lets us read people`)]
}

async function signInLog({ config, microsoft, signal }: ProbeParts, seen: Seen): Promise<Check[]> {
  const name = 'sign-in-log'
  if (config.connection.appIds.length === 0) {
    return [ok(name, 'Off: AHEAD_APP_ID is not set, so first logins do not come from the sign-in log')]
  }
  if (!seen.hasToken) return [notLookedAt(name)]
  try {
    await microsoft.probe('sign-in-log', signal)
    return [ok(name, 'The sign-in log can be read')]
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'graph.no-premium-licence') throw error
    return [warning(name, error.message, error.remedy ?? 'Nothing to do.')]
  }
}

async function store({ openStore, config }: ProbeParts): Promise<Check[]> {
  const opened = await openStore()
  try {
    const tally = await opened.of(config.connection.name).tally()
    const people = tally.reduce((sum, { count }) => sum + count, 0)
    const where = config.store.kind === 'sqlite' ? config.store.path : 'MongoDB'
    return [ok('store', `${where} holds ${people.toLocaleString('en')} people`)]
  } finally {
    await opened.close()
  }
}

/** Whether mail could be handed over; nothing is sent. */
async function mail(config: MailConfig, { granted }: Seen): Promise<Check[]> {
  switch (config.kind) {
    case 'file':
      await writable(config.directory)
      return [ok('mail', `Emails are written to ${config.directory}`)]
    case 'smtp':
      await reachable(config.host, config.port)
      return [ok('mail', `${config.host}:${config.port} answers`)]
    case 'graph': {
      if (granted === null || granted.includes('Mail.Send'))
        return [ok('mail', `Emails go out through ${config.sender}`)]
      return [failed('mail', 'Mail.Send is not granted', 'See "permissions" above.')]
    }
  }
}

async function writable(directory: string): Promise<void> {
  try {
    await access(directory, constants.W_OK)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (missing && dirname(directory) !== directory) return writable(dirname(directory))
    throw new ConnectorError('mail.unavailable', {
      message: `We cannot write emails to ${directory}`,
      remedy: 'Correct MAIL_URL, or let this user write there.',
      cause: error,
    })
  }
}

function reachable(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, timeout: 10_000 })
    const fail = (cause: unknown): void => {
      socket.destroy()
      const message = `We cannot reach the mail server ${host}:${port}`
      reject(
        new ConnectorError('mail.unavailable', {
          message,
          remedy: 'Check MAIL_URL, name resolution and firewall.',
          cause,
        }),
      )
    }
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', fail)
    socket.once('timeout', () => fail(new Error('timeout')))
  })
}

function clock(serverTime: Date | null, now: Date): Check {
  if (!serverTime) return warning('clock', 'Microsoft did not tell the time', 'Nothing to do.')
  const skew = now.getTime() - serverTime.getTime()
  if (Math.abs(skew) <= SKEW_MS) return ok('clock', 'This machine’s clock agrees with Microsoft’s')
  const minutes = Math.round(Math.abs(skew) / MINUTE_MS)
  const message = `This machine’s clock is ${minutes} minutes ${skew > 0 ? 'ahead' : 'behind'}`
  return warning('clock', message, 'Let NTP set it: tokens and certificates are refused by wrong clocks.')
}

function notLookedAt(name: string): Check {
  return warning(name, 'Not looked at, because there is no token', 'See "token" above.')
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
