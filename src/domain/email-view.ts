import { emailState, type Email, type EmailKind, type EmailState } from './ahead.js'
import type { StatusReason } from './user.js'

/** What support sees of an email and its fate: never a link, nor its hash. Absent values are null. */
export interface EmailView {
  readonly id: string
  readonly kind: EmailKind
  readonly state: EmailState
  readonly requestedAt: string
  /** The name of a person, or `self`. */
  readonly requestedBy: string
  readonly to: string | null
  readonly sentAt: string | null
  readonly openedAt: string | null
  readonly usedAt: string | null
  readonly validUntil: string | null
  readonly attempts: number
  readonly nextTryAt: string | null
  /** What the mail system last said against it. */
  readonly reason: StatusReason | null
}

export function toEmailView(email: Email, now: Date): EmailView {
  const { id, kind, requestedAt, requestedBy, to, sentAt, openedAt, usedAt, attempts, nextTryAt } = email
  return {
    id,
    kind,
    state: emailState(email, now),
    requestedAt,
    requestedBy,
    to,
    sentAt,
    openedAt,
    usedAt,
    validUntil: email.expiresAt,
    attempts,
    nextTryAt,
    reason: email.problem,
  }
}
