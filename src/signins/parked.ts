import { LOST_RACES, overtaken } from '../store/races.js'
import type { RunWriter } from '../store/run-writer.js'
import { planSignIns } from './fold.js'

const CHUNK = 500

/**
 * Sign-ins that were parked while the very page that brought the person was being written: applied now that both are
 * there. What is parked for people we do not have stays.
 */
export async function applyParked(writer: RunWriter): Promise<void> {
  for (let after = ''; ;) {
    const ids = await writer.store.parked({ limit: CHUNK, after })
    const last = ids.at(-1)
    if (last === undefined) return
    await applyThese(writer, ids)
    after = last
  }
}

async function applyThese(writer: RunWriter, ids: readonly string[]): Promise<void> {
  for (let attempt = 1; attempt <= LOST_RACES; attempt += 1) {
    const known = await writer.store.known(ids)
    const arrived = new Map([...known.parked].filter(([id]) => known.users.has(id)))
    if (arrived.size === 0) return
    const { users, firstLogins } = planSignIns(arrived, known, writer.now().toISOString())
    const { lost } = await writer.commit({ users, unpark: [...arrived.values()], signIns: { firstLogins } })
    if (lost.length === 0) return
  }
  throw overtaken('Nothing to do; the next run applies the sign-ins that wait.')
}
