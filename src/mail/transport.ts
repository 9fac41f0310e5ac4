import type { StatusReason } from '../domain/user.js'

/** The port every way of sending fills. */

/** A composed email. `emailId` names it in our store; the Message-ID is made of it and never changes. */
export interface Message {
  readonly emailId: string
  /** With its angle brackets. */
  readonly messageId: string
  readonly from: Sender
  readonly replyTo: string | null
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** `en`, `de`, `fr` or `it`. */
  readonly language: string
}

export interface Sender {
  readonly name: string | null
  readonly address: string
}

/** Names the email in its own headers, so that a delivery report can be matched whatever becomes of the Message-ID. */
export const EMAIL_HEADER = 'X-Entra-Connector-Email'

/**
 * `refused`: trying again will not help. `delayed`: it may. `unknown`: the connection ended before we were told whether
 * the message was accepted. The message of a reason quotes the mail system, free of passwords and links.
 */
export type Delivery =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'refused' | 'delayed' | 'unknown'; readonly reason: StatusReason }

export interface Transport {
  /** How many may be on their way at once. */
  readonly concurrency: number
  /**
   * Throws `mail.unavailable`, or `mail.denied` where a sign-in or permission was refused, when the mail system as a whole
   * does not take anything: no email was refused by that.
   */
  send(message: Message, signal: AbortSignal): Promise<Delivery>
  close(): Promise<void>
}

/** The reasons of `failed`. */
export const REASONS = {
  missing: 'address-missing',
  rejected: 'address-rejected',
  mailSystem: 'mail-system',
} as const
