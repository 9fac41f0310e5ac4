import { ConnectorError } from '../domain/errors.js'

/** How often somebody else may be faster at writing the same people before we give up. */
export const LOST_RACES = 20

/** Within a run: what to do about it. */
export const READ_AGAIN = 'Nothing to do; the next run reads the page again.'

/** Somebody else was faster `LOST_RACES` times. */
export function overtaken(remedy: string): ConnectorError {
  return new ConnectorError('store.locked', {
    message: 'We cannot write the store: the same people are being changed by somebody else over and over',
    remedy: `${remedy} If it stays, look for a second writer of this store.`,
  })
}
