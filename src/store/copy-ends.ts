import { ConnectorError } from '../domain/errors.js'
import type { Store } from './port.js'
import type { CopyMark } from './port-archive.js'

/** Whether one store may be copied into another at all. */

export interface Ends {
  readonly from: Store
  readonly to: Store
}

/** `source` is the identity of the source, `mark` what the target is a copy of already. Throws `usage.invalid`. */
export async function checkEnds(
  { from, to }: Ends,
  newId: () => string,
): Promise<{ readonly source: string; readonly mark: CopyMark | null }> {
  const source = await from.origin.identity(newId())
  const mark = await to.origin.copy()
  if ((await to.origin.identity(newId())) === source) throw refused(SAME)
  if (mark && mark.source !== source) throw refused(OTHER_COPY)
  if (!mark && (await to.connections()).length > 0) throw refused(NOT_EMPTY)
  return { source, mark }
}

/** Puts the mark on an empty store. Throws `usage.invalid` when another copy was faster. */
export async function markTarget(to: Store, source: string, at: string): Promise<void> {
  const mark = await to.origin.beginCopy({ source, startedAt: at, finishedAt: null })
  if (mark.source !== source) throw refused(OTHER_COPY)
}

interface Refusal {
  readonly message: string
  readonly remedy: string
}

const SAME: Refusal = {
  message: 'The store to copy to is the store itself, or a copy of its file',
  remedy: 'Name another, empty store with --to.',
}
const OTHER_COPY: Refusal = {
  message: 'The store to copy to is a copy of another store',
  remedy: 'Name an empty store with --to: one that does not exist yet is made.',
}
const NOT_EMPTY: Refusal = {
  message: 'The store to copy to is not empty',
  remedy: 'Name an empty store with --to: one that does not exist yet is made. Nothing is ever copied over people.',
}

function refused(text: Refusal): ConnectorError {
  return new ConnectorError('usage.invalid', { ...text, meanwhile: 'Nothing was written there.' })
}

/** A half-copied store is good for nothing but going on with the copy: people would be created a second time. */
export async function refuseHalfCopy({ origin }: Store): Promise<void> {
  const mark = await origin.copy()
  if (!mark || mark.finishedAt !== null) return
  throw new ConnectorError('settings.invalid', {
    message: `The store is only half of a copy, which was begun at ${mark.startedAt}`,
    remedy: 'Run the same entra-connector store copy again until it says verified, or name another store.',
  })
}
