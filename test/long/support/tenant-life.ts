import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../../../src/app.js'
import type { Random } from '../../../src/simulator/random.js'
import { COME_AND_GO, never, syncWell, type SharedTenant } from './ten-tenants.js'

const ROUND_MS = 1_000

/**
 * For so long, somebody is hired, promoted, disabled, deleted, restored, signs in; somebody is moved to ahead login, in
 * the shared store and in that of the undisturbed process, which reads everything as it happens.
 */
export async function live(tenant: SharedTenant, random: Random, forMs: number): Promise<void> {
  const { simulator, desk, undisturbed } = tenant
  const { directory, signIns, delta } = simulator
  const until = performance.now() + forMs
  const deleted = new Set<string>()
  const waiting = [...tenant.movable]
  const anybody = (): string => directory.byIndex(random.below(COME_AND_GO)).id
  const somebody = (): string => {
    const id = anybody()
    return deleted.has(id) ? somebody() : id
  }
  const staying = (): string => directory.byIndex(COME_AND_GO + random.below(10)).id
  for (let round = 0; performance.now() < until; round += 1) {
    directory.update(random.below(2) ? somebody() : staying(), { jobTitle: `Job ${round}` })
    signIns.add({ userId: random.below(2) ? somebody() : staying() })
    directory[random.below(2) === 0 ? 'disable' : 'enable'](somebody())
    if (random.below(3) === 0) directory.create({ displayName: `Newcomer ${round}` })
    const [back] = deleted
    if (back !== undefined && random.below(2) === 0) {
      directory.restore(back)
      deleted.delete(back)
    } else if (deleted.size < 4) {
      const gone = somebody()
      directory.softDelete(gone)
      deleted.add(gone)
    }
    if (round % 6 === 1) for (const id of waiting.splice(0, 2)) for (const at of [desk, undisturbed]) await move(at, id)
    if (round % 8 === 5) delta.expireAll('410')
    await syncWell(undisturbed)
    await sleep(ROUND_MS)
  }
  await syncWell(undisturbed)
}

async function move(connection: Connection, id: string): Promise<void> {
  const { results } = await connection.ask('enable-ahead-login', [id], { dryRun: false, by: 'Mia', signal: never })
  expect(results.map(({ error }) => error)).to.deep.equal([null])
}
