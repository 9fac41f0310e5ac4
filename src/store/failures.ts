import { ConnectorError, MEANWHILE, type ErrorCode } from '../domain/errors.js'

/** What failures of every store have in common. */

/** What we were about to do; `commit` is the write of a page. */
export type Act = 'open' | 'read' | 'write' | 'commit'

export type StoreCode = Extract<ErrorCode, `store.${string}`>

export interface Inability {
  readonly because: string
  readonly remedy: string
  /** What the store itself says. */
  readonly words: string
  readonly cause?: unknown
}

export function cannot(act: Act, code: StoreCode, { because, remedy, words, cause }: Inability): ConnectorError {
  return new ConnectorError(code, {
    message: `We cannot ${act === 'commit' ? 'write' : act} the store: ${because}`,
    meanwhile: act === 'commit' ? MEANWHILE.page : MEANWHILE.kept,
    remedy,
    details: { words },
    cause,
  })
}

export function leaseLost(): ConnectorError {
  return new ConnectorError('lease.lost', {
    message: 'Another process has taken this connection over',
    meanwhile: MEANWHILE.page,
    remedy: 'Nothing to do; the other process goes on. Was this one suspended, or its clock changed?',
  })
}
