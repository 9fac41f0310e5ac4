import { ConnectorError } from '../domain/errors.js'
import type { Store } from './port.js'
import type { CopyMark } from './port-archive.js'

/** Whether one store may be copied into another at all. */

export interface Ends {
  readonly from: Store
  readonly to: Store
}

/**
 * `source` is the identity of the source, `mark` what the target is a copy of already, `hollow` the mark of a finished
 * copy of nothing, which is written over.
 */
export interface Origins {
  readonly source: string
  readonly mark: CopyMark | null
  readonly hollow: CopyMark | null
}

/** Throws `usage.invalid`. */
export async function checkEnds({ from, to }: Ends, newId: () => string): Promise<Origins> {
  await refuseNothing(from)
  const source = await from.origin.identity(newId())
  const mark = await to.origin.copy()
  if ((await to.origin.identity(newId())) === source) throw refused(SAME)
  const isEmpty = (await to.connections()).length === 0
  if (mark && mark.finishedAt !== null && isEmpty) return { source, mark: null, hollow: mark }
  if (mark && mark.source !== source) throw refused(OTHER_COPY)
  if (!mark && !isEmpty) throw refused(NOT_EMPTY)
  return { source, mark, hollow: null }
}

/** Puts the mark on an empty store. Throws `usage.invalid` when another copy was faster. */
export async function markTarget(to: Store, { source, hollow }: Origins, at: string): Promise<void> {
  const mark = await to.origin.beginCopy({ source, startedAt: at, finishedAt: null }, hollow)
  if (mark.source !== source) throw refused(OTHER_COPY)
}

/** Throws `usage.invalid` where no connection has ever written to a store; `name` is what to call it. */
export async function refuseNothing(from: Store, name = 'the store'): Promise<void> {
  if ((await from.connections()).length === 0) throw nothingToCopy(`${name} is empty`)
}

export function nothingToCopy(why: string): ConnectorError {
  return new ConnectorError('usage.invalid', {
    message: `There is nothing to copy: ${why}`,
    meanwhile: 'Nothing was copied.',
    remedy: 'STORE_URL says which store is copied: set it to the address of the one in use.',
  })
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
