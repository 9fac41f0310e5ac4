import type { HistoryEntry } from '../../domain/user.js'
import { PRESENCES, REMOVAL_STATES } from '../../domain/user.js'

/** What documents hold where the schema takes anything. The reads ask here, so that what is damaged is told by its name. */

type Fields = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => Number.isSafeInteger(value)
const orNull =
  (check: Check): Check =>
  (value) =>
    value == null || check(value)
const oneOf =
  (values: readonly string[]): Check =>
  (value) =>
    (values as readonly unknown[]).includes(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]))

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isRecord = fields({ runId: isText, startedAt: isText, users: isObject, signIns: isObject })
const isRunState = fields({
  record: isRecord,
  credit: isObject,
  carried: isObject,
  flushed: isNumber,
  tail: Array.isArray,
})
const isIntent = fields({ commit: isText, people: listOf(isObject), unpark: Array.isArray })
const isPasses = fields({ newest: isNumber, swept: isNumber, sweep: orNull(isText) })

/** What of a person's document is no text of its own, where it is there. */
export const PARTS: Readonly<Record<string, Check>> = {
  ahead: fields({ emails: listOf(isObject), sessions: listOf(isObject) }),
  decision: fields({ state: oneOf(['frozen', 'inactive']), by: isText, at: isText }),
  removal: fields({
    presence: oneOf(PRESENCES),
    state: oneOf(REMOVAL_STATES),
    cause: fields({ about: isText, text: isText }),
    at: isText,
    hold: orNull(isText),
  }),
  statusReason: fields({ code: isText, message: isText }),
}

/** Of a connection's document; null: nothing is wrong. */
export function stateProblem({ fence, version, lease, passes, run, intent }: Fields): string | null {
  if (!isNumber(fence) || !isNumber(version)) return 'fence or version is no number'
  if (!orNull(isObject)(lease)) return 'lease is no document'
  if (!isPasses(passes)) return 'passes is no account of passes'
  if (!orNull(isRunState)(run)) return 'run is no account of a run'
  if (!orNull(isIntent)(intent)) return 'intent is no account of a commit'
  return null
}

/** Of a run's own document. */
export function runProblem({ record, runId, flushed, tail }: Fields): string | null {
  if (!isRecord(record) || (record as Fields)['runId'] !== runId) return 'it is not its record'
  return isNumber(flushed) && Array.isArray(tail) ? null : 'its lines are not counted'
}

export function isHistory(value: unknown): value is readonly HistoryEntry[] {
  return listOf(fields({ at: isText, cause: isText }))(value)
}
