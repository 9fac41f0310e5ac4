import { ConnectorError } from '../../domain/errors.js'

/**
 * Whether a write was made. Where its answer is lost, or a driver tries again what has been done, the document itself is
 * asked once: `isOurs` looks for the mark the write has left. Throws what the write throws where it is not there, or
 * cannot be read: then it may still be made.
 */
export async function wasMade(write: () => Promise<boolean>, isOurs: () => Promise<boolean>): Promise<boolean> {
  let made: boolean
  try {
    made = await write()
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'store.unreachable') throw error
    if (await isOurs().catch(() => false)) return true
    throw error
  }
  return made || (await isOurs())
}
