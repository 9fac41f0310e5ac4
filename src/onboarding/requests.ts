import type { AccountRules } from '../domain/account.js'
import type { ErrorCode } from '../domain/errors.js'
import type { AskedFor } from '../domain/requests.js'
import type { Account, Status, User } from '../domain/user.js'
import type { ConnectionStore } from '../store/port.js'

export interface RequestOptions {
  readonly store: ConnectionStore
  readonly rules: AccountRules
  readonly onEnable: boolean
  /** The name of the person who asks. */
  readonly by: string
  /** Says who could and who could not; writes nothing. */
  readonly dryRun: boolean
  readonly now: () => Date
  readonly newId: () => string
}

/** `error.code` is a refusal's, a reason's of a failed email, or `user.unknown`/`user.ambiguous`. */
export interface RequestResult {
  /** As it was given. */
  readonly who: string
  readonly user: User | null
  readonly id: string | null
  readonly ok: boolean
  readonly status: Status | null
  readonly account: Account | null
  readonly error: { readonly code: ErrorCode | string; readonly message: string } | null
}

/** One result for each name, in the order given; a name given twice is asked for once. */
export declare function askForAll(
  request: AskedFor,
  who: readonly string[],
  options: RequestOptions,
): Promise<RequestResult[]>
