import { applyLogins } from '../domain/login.js'
import type { UserChange } from '../domain/user.js'
import type { RunWriter } from '../store/run-writer.js'

const CHUNK = 500
const LOST_RACES = 20

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
    const now = writer.now().toISOString()
    const users: UserChange[] = []
    const unpark: string[] = []
    let firstLogins = 0
    for (const [id, user] of known.users) {
      const span = known.parked.get(id)
      if (!span) continue
      unpark.push(id)
      const login = applyLogins(user, span, now)
      if (!login) continue
      if (user.firstLoginAt === null) firstLogins += 1
      users.push({ before: user, after: { ...login.user, revision: user.revision + 1 }, entries: login.entries })
    }
    if (unpark.length === 0) return
    const { lost } = await writer.commit({ users, unpark, signIns: { firstLogins } })
    if (lost.length === 0) return
  }
}
