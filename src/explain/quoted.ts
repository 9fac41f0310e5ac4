import type { HistoryEntry, StatusReason, User } from '../domain/user.js'
import { createRedactor } from '../logging/redact.js'

/** Pure: what servers said, as far as an explanation quotes it, without what may let somebody in. */

export const quoted = createRedactor([], { maskAddresses: false })

/** With the words of mail servers made safe; names and addresses stay as they are. */
export function quotingSafely(user: User): User {
  const { statusReason, ahead } = user
  const emails = ahead?.emails.map((email) => ({ ...email, problem: safe(email.problem) })) ?? []
  return { ...user, statusReason: safe(statusReason), ahead: ahead && { ...ahead, emails } }
}

function safe(reason: StatusReason | null): StatusReason | null {
  return reason && { ...reason, message: quoted(reason.message) }
}

/** The reason of a change may be a server's words; an admin's own are kept as they are written. */
export function entryQuotingSafely(entry: HistoryEntry): HistoryEntry {
  const reason = entry.evidence?.['reason']
  if (typeof reason !== 'object' || reason === null || !('message' in reason)) return entry
  return { ...entry, evidence: { ...entry.evidence, reason: { ...reason, message: quoted(String(reason.message)) } } }
}
