import type { GraphClient } from './client.js'
import { grantPath, type AppNames } from './portal.js'
import { collection } from './wire.js'

/** What the connector is set up to do, as far as permissions depend on it. */
export interface Features {
  readonly signInLog: boolean
  /** The scope names groups. */
  readonly groups: boolean
  readonly mailThroughGraph: boolean
  /** Delivery reports are read from a mailbox in Microsoft 365. */
  readonly reportsThroughGraph: boolean
}

export interface NeededPermission {
  readonly name: string
  readonly purpose: string
  /** Others that allow it too, narrowest first. */
  readonly coveredBy: readonly string[]
}

/** `unknown`: the token does not say what was granted; then only the probes count. */
export interface PermissionReview {
  readonly unknown: boolean
  readonly missing: readonly (NeededPermission & { readonly path: string })[]
  /** Granted and not needed, with what to grant instead when they stand in for something needed. */
  readonly needless: readonly { readonly name: string; readonly instead: string | null }[]
}

const PEOPLE: NeededPermission = {
  name: 'User.Read.All',
  purpose: 'reading people',
  coveredBy: ['Directory.Read.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
}
const SIGN_IN_LOG: NeededPermission = {
  name: 'AuditLog.Read.All',
  purpose: 'first logins (sign-in log)',
  coveredBy: [],
}
const GROUPS: NeededPermission = {
  name: 'GroupMember.Read.All',
  purpose: 'reading who is in the groups of the scope',
  coveredBy: [
    'Group.Read.All',
    'Directory.Read.All',
    'GroupMember.ReadWrite.All',
    'Group.ReadWrite.All',
    'Directory.ReadWrite.All',
  ],
}
const MAIL: NeededPermission = { name: 'Mail.Send', purpose: 'sending emails', coveredBy: [] }
const REPORTS: NeededPermission = {
  name: 'Mail.Read',
  purpose: 'reading delivery reports',
  coveredBy: ['Mail.ReadWrite'],
}

export function neededPermissions(features: Features): readonly NeededPermission[] {
  const { signInLog, groups, mailThroughGraph, reportsThroughGraph } = features
  const optional = [
    signInLog && SIGN_IN_LOG,
    groups && GROUPS,
    mailThroughGraph && MAIL,
    reportsThroughGraph && REPORTS,
  ]
  return [PEOPLE, ...optional.filter((permission) => typeof permission === 'object')]
}

/** Pure: what the token's roles say about the needed permissions. `roles` null: not known. */
export function reviewPermissions(
  roles: readonly string[] | null,
  features: Features,
  app: AppNames,
): PermissionReview {
  if (roles === null) return { unknown: true, missing: [], needless: [] }
  const granted = new Set(roles)
  const needed = neededPermissions(features)
  const standIns = new Map<string, string>()
  const missing: NeededPermission[] = []
  for (const permission of needed) {
    if (granted.has(permission.name)) continue
    const standIn = permission.coveredBy.find((name) => granted.has(name))
    if (standIn === undefined) missing.push(permission)
    else standIns.set(standIn, permission.name)
  }
  const names = new Set(needed.map(({ name }) => name))
  const needless = [...granted].filter((name) => !names.has(name) && !tolerated(name, { standIns, features }))
  return {
    unknown: false,
    missing: missing.map((permission) => ({ ...permission, path: grantPath(app, permission.name) })),
    needless: needless.map((name) => ({ name, instead: standIns.get(name) ?? null })),
  }
}

/**
 * A wider permission to read does where the narrow one is not granted; one to write never should. The licence check of
 * the sign-in log has been seen to want Directory.Read.All (graph-docs#2789).
 */
function tolerated(
  name: string,
  { standIns, features }: { standIns: ReadonlyMap<string, string>; features: Features },
): boolean {
  if (name === 'Directory.Read.All' && features.signInLog) return true
  return standIns.has(name) && !name.includes('ReadWrite')
}

/** What `check` asks for, by area. */
const PROBES = {
  people: '/users?$top=1&$select=id',
  'sign-in-log': '/auditLogs/signIns?$top=1',
}
export type Probed = keyof typeof PROBES
const PROBE_TRIES = 3

/** One cheap read that needs the permission; the server's clock comes back, null when it does not tell. */
export function probe(
  client: GraphClient,
  area: Probed,
  signal: AbortSignal,
): Promise<{ readonly serverTime: Date | null }> {
  return client.get(`${client.url}${PROBES[area]}`, {
    signal,
    attempts: PROBE_TRIES,
    read: (body, facts) => {
      collection(body, facts)
      return { serverTime: facts.date }
    },
  })
}
