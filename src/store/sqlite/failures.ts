import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConnectorError, toConnectorError } from '../../domain/errors.js'
import { cannot, type Act, type StoreCode } from '../failures.js'

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const RESULT_CODES: Readonly<Record<number, StoreCode>> = {
  3: 'store.read-only',
  5: 'store.locked',
  6: 'store.locked',
  8: 'store.read-only',
  10: 'store.unreachable',
  11: 'store.corrupt',
  13: 'store.full',
  14: 'store.unreachable',
  26: 'store.corrupt',
}

/** The library leaves the code out where a statement fails at a later row; then SQLite's own words have to do. */
const WORDS: Readonly<Record<string, number>> = {
  'attempt to write a readonly database': 8,
  'database is locked': 5,
  'database table is locked': 6,
  'disk I/O error': 10,
  'database disk image is malformed': 11,
  'database or disk is full': 13,
  'unable to open database file': 14,
  'file is not a database': 26,
}

/** The system's error numbers, by name where Node gives the name and by number where SQLite does. */
const SYSTEM_ERRORS: Readonly<Record<string, StoreCode>> = {
  EROFS: 'store.read-only',
  EACCES: 'store.read-only',
  EPERM: 'store.read-only',
  ENOSPC: 'store.full',
  EDQUOT: 'store.full',
  1: 'store.read-only',
  13: 'store.read-only',
  28: 'store.full',
  30: 'store.read-only',
  122: 'store.full',
}

const CAUSES: Readonly<Record<StoreCode, string>> = {
  'store.locked': 'another process keeps it locked',
  'store.full': 'there is no space left',
  'store.read-only': 'we may not write there',
  'store.corrupt': 'the file is damaged or is not a store',
  'store.unreachable': 'the file cannot be reached',
  'store.schema-newer': 'a newer version wrote it',
}

const ADVICE: Readonly<Record<StoreCode, string>> = {
  'store.locked': 'Close what else has the file open, such as a copy or a backup in progress.',
  'store.full': 'Free space there, or move the file and set STORE_URL.',
  'store.read-only': 'Give this user write access to the file and its folder, or set STORE_URL to another place.',
  'store.corrupt':
    'Restore the file and its -wal file from a backup, or set STORE_URL to a new file and read everyone again.',
  'store.unreachable': 'Check that the path exists, that its disk is there, and that STORE_URL is right.',
  'store.schema-newer': 'Start the newer version, or set STORE_URL to another file.',
}

/** Whatever failed while working on the file, as an error for people. Ours pass through; what is neither is a bug. */
export function storeFailure(thrown: unknown, act: Act, path: string): ConnectorError {
  if (thrown instanceof ConnectorError) return thrown
  const code = thrown instanceof Error ? codeOf(thrown) : null
  if (code === null || !(thrown instanceof Error)) return toConnectorError(thrown, `using the store ${path}`)
  return storeError(code, { act, path, words: thrown.message, cause: thrown })
}

export interface Failure {
  readonly act: Act
  readonly path: string
  readonly words: string
  /** Instead of the general words of the code. */
  readonly because?: string
  readonly cause?: unknown
}

export function storeError(code: StoreCode, { act, path, words, because, cause }: Failure): ConnectorError {
  const remedy = `${ADVICE[code]} The store is ${path}${freeSpace(path)}.`
  return cannot(act, code, { because: because ?? CAUSES[code], remedy, words, cause })
}

function codeOf(error: Error): StoreCode | null {
  const { errcode: given, systemErrno, code } = error as { errcode?: unknown; systemErrno?: unknown; code?: unknown }
  const errcode = given ?? (code === 'ERR_SQLITE_ERROR' ? WORDS[error.message] : undefined)
  if (typeof errcode !== 'number') {
    if (typeof code !== 'string' || !('syscall' in error)) return null
    return SYSTEM_ERRORS[code] ?? 'store.unreachable'
  }
  const primary = RESULT_CODES[errcode & 0xff] ?? null
  if (primary !== 'store.unreachable') return primary
  return SYSTEM_ERRORS[String(systemErrno)] ?? primary
}

function freeSpace(path: string): string {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return ` (${Math.floor((bavail * bsize) / 1_000_000).toLocaleString('en')} MB free)`
  } catch {
    return ''
  }
}
