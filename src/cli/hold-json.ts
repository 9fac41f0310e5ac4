import type { HoldView, WholeHold } from '../holds/view.js'

/** A row of `holds list` for scripts. */
export function holdRow({ id, runId, createdAt, expiresAt, state, count, causes }: HoldView) {
  return { id, runId, createdAt, expiresAt, state, count, causes: causes.map(({ cause, count }) => ({ cause, count })) }
}

/** `holds show` for scripts: the row, the people, and what helps to decide. */
export function holdPage(hold: WholeHold) {
  const { users, held, decisions, shared, causes } = hold
  const effects = causes.map(({ cause, licences, logins }) => ({ cause, licences, logins }))
  return { ...holdRow(hold), users, held, decisions, shared, effects }
}
