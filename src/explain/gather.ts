import { v7 as uuid } from 'uuid'
import type { AccountRules } from '../domain/account.js'
import type { DirectorySource, GroupSource, NamedGroup } from '../domain/directory.js'
import type { ConnectorError } from '../domain/errors.js'
import type { DirectoryFeed } from '../domain/feed.js'
import { mappingOf, type MappingConfig } from '../domain/mapping.js'
import { nameOfRule, sentenceOf } from '../domain/rule.js'
import { isEveryone, narrowsTypes, protectionOf, scopeOf, type Membership, type ScopeConfig } from '../domain/scope.js'
import type { HistoryEntry, User } from '../domain/user.js'
import { findConflictsOf } from '../store/conflicts.js'
import { elsewhere } from '../store/elsewhere.js'
import type { ConnectionStore } from '../store/port.js'
import { seatsLeft } from '../store/seats.js'
import { sightOf, sourceOf, verdictOn, type Sight } from '../sync/describe.js'
import { membershipOfOne, withGroups } from '../sync/members.js'
import { whoIsMeantBy } from '../sync/never-removed.js'
import { answerOf } from './answer.js'
import { expectedOf } from './expected.js'
import type { Explanation, Facts, InScope, LastRead, Live, Ways } from './facts.js'
import { asAnswer, whoIsMeant, type Meant } from './find.js'
import { explainNotOne } from './not-one.js'
import { entryQuotingSafely, quoted, quotingSafely } from './quoted.js'
import { stepsOf } from './steps.js'

export interface ExplainParts {
  readonly store: ConnectionStore
  /** The other connections of the installation, as far as the asker may know of them. */
  readonly others: readonly ConnectionStore[]
  readonly directory: DirectorySource
  readonly groups: GroupSource
  readonly rules: AccountRules
  readonly scope: ScopeConfig
  readonly mapping: MappingConfig
  readonly emailEnabled: boolean
  readonly now: () => Date
  readonly signal: AbortSignal
}

/** Reads the directory this moment and our own record, and writes nothing. Throws what the store throws. */
export async function explain(who: string, parts: ExplainParts): Promise<Explanation> {
  const meant = await whoIsMeant(who, parts)
  if (meant.kind !== 'one') return explainNotOne(await notOne(who, meant, parts))
  const facts = await factsOf(who, meant, parts)
  const steps = stepsOf(facts)
  return { ...answerOf(facts), steps }
}

async function notOne(asked: string, meant: Exclude<Meant, { kind: 'one' }>, { others, now }: ExplainParts) {
  const { live } = meant
  const several = meant.kind === 'several' ? meant.users : []
  const similar = meant.kind === 'nobody' ? meant.similar : []
  return { asked, now: now(), live, several, similar, elsewhere: await elsewhere([asked], others) }
}

async function factsOf(asked: string, meant: Extract<Meant, { kind: 'one' }>, parts: ExplainParts): Promise<Facts> {
  const { store, others, rules, now } = parts
  const { user, live, how } = meant
  const feed = await store.feed('directory')
  const left = await seatsLeft(store, rules)
  const seen = live.found === 'live' ? await scopeOfOne(live, meant, feed.groups, parts) : null
  const context = {
    now: now().toISOString(),
    cause: 'explain',
    evidence: {},
    connection: store.connection,
    rules,
    newId: () => uuid(),
    seats: { left },
  }
  const sight = seen?.sight ?? sightWithout(parts)
  const protects = protectionOf(parts.scope, await whoIsMeantBy(store, parts.scope, feed))
  const holdId = user?.removal?.hold ?? null
  return {
    asked,
    now: now(),
    ...how,
    live,
    user: user && quotingSafely(user),
    scope: seen?.inScope ?? null,
    expected: user && expectedOf(user, live, sight, context),
    isProtected: user !== null && asReadNext(user, live).some(protects),
    hold: holdId === null ? null : await store.holds.get(holdId),
    last: user && (await lastOf(user, store)),
    lastRead: lastReadOf(feed),
    ways: waysOf(parts, left),
    conflicts: user ? await findConflictsOf(user, [store, ...others]) : [],
  }
}

async function lastOf({ id }: User, store: ConnectionStore): Promise<HistoryEntry | null> {
  const last = (await store.history(id)).at(-1)
  return last ? entryQuotingSafely(last) : null
}

/** Before the next run reads Entra, and after. */
function asReadNext(user: User, live: Live): readonly User[] {
  const name = live.found === 'live' ? live.patch.profile.userPrincipalName : undefined
  return [user, ...(name === undefined ? [] : [{ ...user, userPrincipalName: name }])]
}

function lastReadOf({ completedAt, health: { succeededAt, failedAt, reason } }: DirectoryFeed): LastRead {
  const failed = failedAt === null || reason === null ? null : { at: failedAt, message: quoted(reason.message) }
  return { completedAt, readAt: succeededAt, failed }
}

function waysOf({ scope, rules, emailEnabled }: ExplainParts, left: number | null): Ways {
  const types = narrowsTypes(scope.userTypes) ? [`user type is ${scope.userTypes[0] ?? ''}`] : []
  const conditions = [...types, ...scope.rules.map(sentenceOf)]
  return { everyone: isEveryone(scope), conditions, licenseSeats: rules.licenseSeats, seatsLeft: left, emailEnabled }
}

const MOST_NAMES = 20

interface Seen {
  readonly sight: Sight
  readonly inScope: InScope
}

async function scopeOfOne(
  { patch }: Extract<Live, { found: 'live' }>,
  { user }: Extract<Meant, { kind: 'one' }>,
  remembered: Readonly<Record<string, string>>,
  parts: ExplainParts,
): Promise<Seen> {
  const { scope, groups, signal } = parts
  const { entraObjectId } = patch
  let chain: readonly NamedGroup[] = []
  let membership: Membership
  let error: ConnectorError | null = null
  try {
    const own = await membershipOfOne(groups, scope, entraObjectId, signal)
    const through = own.through(entraObjectId) ?? null
    if (scope.groups.length > 0 && through === null) {
      const ids = [...new Set([user?.through ?? null, ...scope.groups])]
        .filter((id) => id !== null)
        .slice(0, MOST_NAMES)
      const failed = (thrown: unknown): void => void asAnswer(thrown, signal)
      membership = await withGroups(own, groups, { ids, names: remembered, signal, failed })
    } else {
      membership = own
      if (through !== null) chain = await chainTo(through, entraObjectId, remembered, parts)
    }
  } catch (thrown) {
    error = asAnswer(thrown, signal)
    membership = { through: () => undefined, group: (id) => ({ name: remembered[id] ?? null, deleted: false }) }
  }
  const sight = sightBy(membership, parts)
  const source = sourceOf(patch, user, true, sight)
  const verdict = verdictOn(patch, user, source, sight)
  if (verdict.in === 'unknown') return { sight, inScope: { in: 'unknown', error } }
  if (verdict.in) return { sight, inScope: { in: true, chain } }
  const rule = scope.rules.find((one) => nameOfRule(one) === verdict.cause.about)
  const value = rule ? (source?.[rule.property] ?? null) : null
  return { sight, inScope: { in: false, cause: verdict.cause, value } }
}

/** Through which groups somebody is in the assigned one; that alone where it cannot be found out in a few requests. */
async function chainTo(
  id: string,
  entraObjectId: string,
  remembered: Readonly<Record<string, string>>,
  { groups, scope: { nested }, signal }: ExplainParts,
): Promise<readonly NamedGroup[]> {
  const itself = [{ id, name: remembered[id] ?? null }]
  try {
    const chain = (await groups.chain(entraObjectId, { id, nested }, signal)) ?? []
    return chain.length > 0 ? chain : itself
  } catch (thrown) {
    asAnswer(thrown, signal)
    return itself
  }
}

function sightBy(membership: Membership, { scope, mapping }: ExplainParts): Sight {
  return sightOf(scopeOf(scope, membership), mappingOf(mapping), Object.keys(mapping))
}

function sightWithout(parts: ExplainParts): Sight {
  return sightBy({ through: () => undefined, group: () => ({ name: null, deleted: false }) }, parts)
}
