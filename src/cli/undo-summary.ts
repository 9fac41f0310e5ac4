import type { UndoResult } from '../app.js'
import type { Run } from '../domain/run.js'
import type { ConnectionStore } from '../store/port.js'
import { hanging, table, type Column } from './layout.js'
import { harmless } from './output.js'
import { count, seconds } from './run-summary.js'

/** What an undo puts back, and whom it leaves as they are. */

type Undone = UndoResult['undone']

const SHOWN = 50

/** "Puts back 212 of 214 people. 2 were edited since and stay as they are." */
export function headlineOf({ restored, refused }: Undone, preview: boolean): string {
  const all = restored + refused.length
  if (all === 0) return 'There is nothing to put back: the run changed nobody, or all of it has been put back already.'
  const number = restored.toLocaleString('en')
  const people =
    refused.length === 0 ? count(restored, 'person', 'people') : `${number} of ${count(all, 'person', 'people')}`
  const edited = refused.length.toLocaleString('en')
  const stay =
    refused.length === 0
      ? ''
      : refused.length === 1
        ? ' 1 was edited since and stays as they are.'
        : ` ${edited} were edited since and stay as they are.`
  return `${preview ? 'Puts back' : 'Put back'} ${people}.${stay}`
}

/** Names those who were refused. */
export async function describeUndo(undone: Undone, run: Run, store: ConnectionStore): Promise<string[]> {
  const { refused, restored } = undone
  const some = refused.slice(0, SHOWN)
  const found = await store.findAll(some.map(({ id }) => id))
  const rows = some.map(({ id, reason }) => {
    const [user] = found.get(id) ?? []
    return [user?.displayName ?? id, user?.userPrincipalName ?? null, reason]
  })
  const rest = refused.length - some.length
  return [
    hanging('', harmless(headlineOf(undone, run.dryRun))),
    ...(rows.length === 0 ? [] : ['', table(COLUMNS, rows)]),
    ...(rest > 0 ? [`… and ${rest.toLocaleString('en')} more; --json names everybody`] : []),
    ...(run.dryRun ? ['Nothing has been written.'] : []),
    ...(run.dryRun || restored === 0
      ? []
      : [hanging('', FACTS), hanging('', `Took ${seconds(run.durationMs ?? 0)}. ${taking(run)}`)]),
  ]
}

const FACTS = 'Logins and emails that were sent are facts, and stay.'

function taking({ runId }: Run): string {
  return `To take it back: entra-connector undo ${runId}`
}

const COLUMNS: readonly Column[] = [
  { title: 'Stays as is', narrow: 'cut' },
  { title: 'User name', narrow: 'cut' },
  { title: 'Why', narrow: 'cut' },
]
