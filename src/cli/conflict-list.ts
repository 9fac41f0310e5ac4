import type { Conflict } from '../domain/conflicts.js'
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
  rehired: 'A newer account has the address of an earlier one',
  moved: 'Moved to another connection',
  twice: 'Present in several connections',
}

export function conflictLines(conflict: ToldConflict, several: boolean): string[] {
  const { kind, address, users } = conflict
  const title = `${MEANINGS[kind]}: ${address ?? users[0]?.entraObjectId ?? ''}`
  return [
    paint('bold', hanging('', harmless(title))),
    ...users.flatMap((user) => personLines(user, conflict, several)),
    '',
  ]
}

/** The others of a conflict, as a person's page tells them. */
export function otherLines(conflict: ToldConflict, own: User): string[] {
  const others = conflict.users.filter(({ id, connection }) => id !== own.id || connection !== own.connection)
  const { kind, address } = conflict
  const title = `${MEANINGS[kind]}${address === null ? '' : `: ${address}`}. The other record:`
  return [paint('yellow', hanging('', harmless(title))), ...others.flatMap((one) => personLines(one, conflict, false))]
}

function personLines(user: User, { history }: ToldConflict, several: boolean): string[] {
  const { id, displayName, userPrincipalName, entraObjectId, account, status, createdAt, connection } = user
  const where = several ? ` · connection ${connection}` : ''
  const last = history[id]?.at(-1)
  return [
    hanging(
      '  ',
      harmless(`${displayName ?? 'without a name'} (${userPrincipalName ?? '–'}) · ${status} · ${account}${where}`),
    ),
    paint(
      'dim',
      hanging('    ', harmless(`id ${id}, object id ${entraObjectId ?? '–'}, here since ${minute(createdAt)}`)),
    ),
    ...(last ? [paint('dim', hanging('    ', harmless(`${minute(last.at)}  ${whatHappened(last)}`)))] : []),
  ]
}
