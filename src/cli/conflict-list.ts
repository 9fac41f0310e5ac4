import { isPresent } from '../domain/change.js'
import { newerThan, type Conflict } from '../domain/conflicts.js'
import type { HistoryEntry, User } from '../domain/user.js'
import { toView, type UserView } from '../domain/view.js'
import type { Store } from '../store/port.js'
import { minute, whatHappened } from '../domain/history-words.js'
import { hanging } from './layout.js'
import { harmless, paint } from './output.js'

/** Records that share an address or an account, side by side. */

/** Histories, oldest first, by our id. */
export type ToldConflict = Conflict & { readonly history: Readonly<Record<string, readonly HistoryEntry[]>> }

/** What scripts see. `address` is null where the object id is what is shared. */
export interface ConflictView extends Omit<ToldConflict, 'users'> {
  readonly users: readonly UserView[]
}

export async function withHistory(conflict: Conflict, whole: Pick<Store, 'of'>): Promise<ToldConflict> {
  const histories = await Promise.all(
    conflict.users.map(async ({ id, connection }) => [id, await whole.of(connection).history(id)] as const),
  )
  return { ...conflict, history: Object.fromEntries(histories) }
}

export function toConflictView({ kind, address, users, history }: ToldConflict): ConflictView {
  return { kind, address, users: users.map(toView), history }
}

const MEANINGS: Record<Conflict['kind'], string> = {
  'same-address': 'Several people have the address',
  rehired: 'Somebody else has the address of an earlier record',
  moved: 'Moved to another connection',
  twice: 'Present in several connections',
}

const REHIRED = 'A newer account has the address of an earlier one'
/** Of each history; the person's own page has all of it. */
const NEWEST = 3

function meaningOf(conflict: Conflict): string {
  const { kind, users } = conflict
  const isRehired = kind === 'rehired' && users.some((user) => !isPresent(user) && newerThan(user, [conflict]) !== null)
  return isRehired ? REHIRED : MEANINGS[kind]
}

export function conflictLines(conflict: ToldConflict, several: boolean): string[] {
  const { address, users } = conflict
  const title = `${meaningOf(conflict)}: ${address ?? users[0]?.entraObjectId ?? ''}`
  return [
    paint('bold', hanging('', harmless(title))),
    ...users.flatMap((user) => personLines(user, conflict, several)),
    '',
  ]
}

/** The others of a conflict, as a person's page tells them. */
export function otherLines(conflict: ToldConflict, own: User): string[] {
  const others = conflict.users.filter(({ id, connection }) => id !== own.id || connection !== own.connection)
  const { address } = conflict
  const title = `${meaningOf(conflict)}${address === null ? '' : `: ${address}`}. The other record:`
  const lines = others.flatMap((one) => personLines(one, conflict, one.connection !== own.connection))
  return [paint('yellow', hanging('', harmless(title))), ...lines]
}

function personLines(user: User, { history }: ToldConflict, several: boolean): string[] {
  const { id, displayName, userPrincipalName, entraObjectId, account, status, createdAt, connection } = user
  const where = several ? ` · connection ${connection}` : ''
  const dim = (text: string): string => paint('dim', hanging('    ', harmless(text)))
  const entries = history[id] ?? []
  const earlier = entries.length - NEWEST
  const all = `entra-connector users show ${id}${several ? ` --connection ${connection}` : ''}`
  return [
    hanging(
      '  ',
      harmless(`${displayName ?? 'without a name'} (${userPrincipalName ?? '–'}) · ${status} · ${account}${where}`),
    ),
    dim(`id ${id}, object id ${entraObjectId ?? '–'}, here since ${minute(createdAt)}`),
    ...(earlier > 0 ? [dim(`${earlier} earlier ${earlier === 1 ? 'entry' : 'entries'}: ${all}`)] : []),
    ...entries.slice(-NEWEST).map((entry) => dim(`${minute(entry.at)}  ${whatHappened(entry)}`)),
  ]
}
