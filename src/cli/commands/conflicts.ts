import { openStore } from '../../app.js'
import type { Conflict, Holder } from '../../domain/conflicts.js'
import type { User } from '../../domain/user.js'
import { findConflicts } from '../../store/conflicts.js'
import type { Store } from '../../store/port.js'
import { conflictLines, toConflictView, withHistory, type ConflictView } from '../conflict-list.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { hanging } from '../layout.js'
import { printJson, printLine } from '../output.js'

/** Across all connections there are; with --connection, those that concern it. */
export async function listConflicts(global: GlobalOptions): Promise<number> {
  return withInvocation(global, { needs: 'store', forAll: true }, async ({ config, secrets, names, json, signal }) => {
    const whole = await openStore({ config, secrets })
    try {
      const stores = names.map((name) => whole.of(name))
      const found = (await findConflicts(stores, signal)).filter(
        ({ users }) => global.connection === null || users.some(({ connection }) => connection === global.connection),
      )
      const views: ConflictView[] = []
      for (const conflict of found) {
        signal.throwIfAborted()
        const told = await withHistory(await loaded(conflict, whole), whole)
        if (told.users.length < 2) continue
        if (json) views.push(toConflictView(told))
        else for (const line of conflictLines(told, names.length > 1)) printLine(line)
      }
      if (json) printJson({ conflicts: views })
      else printLine(hanging('', summary(found.length)))
      return 0
    } finally {
      await whole.close()
    }
  })
}

async function loaded({ kind, address, users }: Conflict<Holder>, whole: Store): Promise<Conflict> {
  const people: User[] = []
  for (const { connection, id } of users) people.push(...(await whole.of(connection).find(id)))
  return { kind, address, users: people }
}

function summary(count: number): string {
  if (count === 0) return 'No conflicts: no address and no account in Entra is shared by several records.'
  return `${count === 1 ? '1 conflict' : `${count.toLocaleString('en')} conflicts`}. Nothing is joined by itself: look at both histories, then correct Entra, or freeze or deactivate the record that is not theirs.`
}
