import type { BouncesFeed } from '../domain/feed.js'

/** Where a mailbox was left: IMAP uses `validity` and `highestUid`, Graph `readUntil`. */
export type Position = Pick<BouncesFeed, 'validity' | 'highestUid' | 'readUntil'>

/**
 * `raw` is the message as received, or only its Content-Type where that shows that it is no report or it is too large.
 * `position` is where to go on after it.
 */
export interface ReceivedMessage {
  readonly raw: Buffer
  readonly position: Position
}

/** The port of a mailbox delivery reports arrive in. It is only ever read: nothing is deleted, moved or flagged. */
export interface ReportSource {
  /** The mailbox without user and password: another name starts from the beginning. */
  readonly name: string
  /**
   * What arrived after `from`, oldest first. Throws `mail.unavailable` when the mailbox cannot be read or is silent for
   * 30 s; what was yielded before stays good.
   */
  read(from: Position, signal: AbortSignal): AsyncIterable<ReceivedMessage>
  close(): Promise<void>
}
