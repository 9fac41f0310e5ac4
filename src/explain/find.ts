import { isPresent } from '../domain/change.js'
import type { DirectorySource } from '../domain/directory.js'
import { toConnectorError, type ConnectorError } from '../domain/errors.js'
import { fold } from '../domain/fold.js'
import { wrongTenant } from '../domain/tenant.js'
import type { User } from '../domain/user.js'
import type { ConnectionStore } from '../store/port.js'
import type { Live } from './facts.js'

/** Who is meant, here and in the directory. */

export type Meant =
  | { readonly kind: 'one'; readonly user: User | null; readonly live: Live; readonly how: How }
  | { readonly kind: 'several'; readonly users: readonly User[]; readonly live: Live }
  | { readonly kind: 'nobody'; readonly similar: readonly User[]; readonly live: Live }

export interface How {
  readonly byMail: boolean
  /** Records of earlier accounts with this user name. */
  readonly earlier: readonly User[]
}

export interface Looking {
  readonly store: ConnectionStore
  readonly directory: DirectorySource
  readonly signal: AbortSignal
}

const MOST_SIMILAR = 5
const MOST_SEARCHED = 50

/**
 * `who` is our id, an object id, a user name or an email address. A user name means whoever has it in the directory
 * now, then who had it here; an email address counts where nobody has that user name.
 */
export async function whoIsMeant(who: string, looking: Looking): Promise<Meant> {
  const { store } = looking
  const found = await store.find(who)
  const isName = who.includes('@')
  const [known] = found
  if (!isName && known && found.length === 1) return one(known, await liveOf(known, looking))
  const live: Live = canBeName(who) ? await ask(who, looking) : { found: 'nowhere' }
  const objectId = idIn(live)
  if (objectId !== null) {
    const [user = null] = await store.find(objectId)
    return one(user, live, { earlier: found.filter(({ entraObjectId }) => entraObjectId !== objectId) })
  }
  const present = found.filter(isPresent)
  const named = present.length > 0 ? present : found
  if (named.length === 0) return live.found === 'unreadable' ? one(null, live) : byAddress(who, live, looking)
  return oneOf(named, live, looking, false)
}

/**
 * Whether Entra can have anybody of this name. Of an address below or beside a person Graph would tell something else, or
 * refuse it as no request at all.
 */
function canBeName(who: string): boolean {
  return !/[/\\?%*<>|"\p{Cc}]/u.test(who) && who.split('@').length <= 2
}

/** `live` is what the directory says of the name; of a person it is asked by their object id. */
async function oneOf(users: readonly User[], live: Live, looking: Looking, byMail: boolean): Promise<Meant> {
  const [user] = users
  if (!user || users.length > 1) return { kind: 'several', users, live }
  return one(user, live.found === 'unknown' ? live : await liveOf(user, looking), { byMail })
}

async function byAddress(who: string, live: Live, looking: Looking): Promise<Meant> {
  const { users } = await looking.store.list({ search: who, limit: MOST_SEARCHED })
  const mailed = users.filter(({ mail }) => mail !== null && fold(mail) === fold(who))
  const present = mailed.filter(isPresent)
  const people = present.length > 0 ? present : mailed
  if (people.length > 0) return oneOf(people, live, looking, true)
  return { kind: 'nobody', similar: users.slice(0, MOST_SIMILAR), live }
}

function one(user: User | null, live: Live, how: Partial<How> = {}): Meant {
  return { kind: 'one', user, live, how: { byMail: false, earlier: [], ...how } }
}

/** Somebody the directory never had is nowhere. */
function liveOf({ entraObjectId }: User, looking: Looking): Promise<Live> {
  return entraObjectId === null ? Promise.resolve({ found: 'nowhere' }) : ask(entraObjectId, looking)
}

function idIn(live: Live): string | null {
  return live.found === 'live' ? live.patch.entraObjectId : null
}

async function ask(who: string, { store, directory, signal }: Looking): Promise<Live> {
  try {
    const { tenantId } = await store.feed('directory')
    const tenant = await directory.tenant(signal)
    // Whom another tenant does not have is not gone.
    if (tenantId !== null && tenant !== null && tenant !== tenantId) throw wrongTenant(tenantId, tenant)
    const answer = await directory.lookUp(who, signal)
    if (answer.found !== 'live') return answer
    const { item } = answer
    return item.kind === 'patch' ? { found: 'live', patch: item } : { found: 'unreadable', problem: item.problem }
  } catch (thrown) {
    const error = asAnswer(thrown, signal)
    return error.code === 'graph.not-found' ? { found: 'nowhere' } : { found: 'unknown', error }
  }
}

/** Whatever keeps Microsoft from answering is an answer; a bug and the store's own failures are not. */
export function asAnswer(thrown: unknown, signal: AbortSignal): ConnectorError {
  const error = toConnectorError(thrown, 'asking Microsoft about somebody')
  if (signal.aborted || error.code === 'bug' || error.code.startsWith('store.')) throw thrown
  return error
}
