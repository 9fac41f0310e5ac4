import { ConnectorError, MEANWHILE } from '../domain/errors.js'
import type { LeaseStore, Store } from './port.js'

/** A dead copy's leases are free after this. */
const LEASE_MS = 15_000

/** The leases of several connections of one store, kept until they are released. */
export interface Leases {
  /** By connection. */
  readonly fences: ReadonlyMap<string, number>
  /** Aborted with `lease.lost` when one of them is no longer ours. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

export interface LeaseOptions {
  readonly holder: string
  /** Which of the two stores, for whoever reads why it is refused. */
  readonly side: 'source' | 'target'
  /** Each fence becomes at least this one. */
  readonly atLeast?: ReadonlyMap<string, number>
}

/** All or none: throws `lease.held` when a run holds one of them. */
export async function takeLeases(store: Store, connections: readonly string[], options: LeaseOptions): Promise<Leases> {
  const fences = new Map<string, number>()
  const leases = new Map<string, LeaseStore>()
  const release = async (): Promise<void> => {
    for (const [name, fence] of fences)
      await leases
        .get(name)
        ?.release(fence)
        .catch(() => undefined)
  }
  try {
    for (const name of connections) {
      const { lease } = store.of(name)
      const taken = await lease.take(options.holder, LEASE_MS)
      if (!taken.taken) throw held(name, taken, options.side)
      leases.set(name, lease)
      fences.set(name, taken.fence)
      const least = options.atLeast?.get(name) ?? 0
      if (taken.fence >= least) continue
      await store.archive(name).raiseFence(taken.fence, least)
      fences.set(name, least)
    }
  } catch (error) {
    await release()
    throw error
  }
  const lost = new AbortController()
  const renew = async (): Promise<void> => {
    for (const [name, lease] of leases) {
      // Where the store cannot be reached, whatever is read or written next says so.
      const isOurs = await lease.renew(fences.get(name) ?? 0, LEASE_MS).catch(() => true)
      if (!isOurs) lost.abort(takenOver(name))
    }
  }
  const timer = setInterval(() => void renew(), LEASE_MS / 3)
  timer.unref()
  return {
    fences,
    lost: lost.signal,
    release: async () => {
      clearInterval(timer)
      await release()
    },
  }
}

function held(
  connection: string,
  { holder, since, until }: { readonly holder: string; readonly since: string; readonly until: string },
  side: LeaseOptions['side'],
): ConnectorError {
  const where = side === 'source' ? 'the store to copy' : 'the store to copy to'
  return new ConnectorError('lease.held', {
    message: `A run of connection ${connection} has been on in ${where} since ${since}`,
    meanwhile: 'Nothing was copied.',
    remedy: `Stop the connector, or wait for the run to end. If its process is dead, it is free again at ${until}.`,
    details: { words: `held by ${holder}` },
  })
}

function takenOver(connection: string): ConnectorError {
  return new ConnectorError('lease.lost', {
    message: `Another process has taken connection ${connection} over in the middle of the copy`,
    meanwhile: MEANWHILE.kept,
    remedy: 'Stop the connector on both stores, then run the same command again: it goes on where it was.',
  })
}
