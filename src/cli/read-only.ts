import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.js'
import { isAbsent } from '../config/files.js'

/**
 * For what writes nothing: whoever asks before the first run gets an answer and no store, because an empty one is lent
 * for as long as it takes.
 */
export async function readOnly<T>(config: Config, job: (config: Config) => Promise<T>): Promise<T> {
  const { store } = config
  if (store.kind !== 'sqlite' || !isAbsent(store.path)) return job(config)
  const folder = await mkdtemp(join(tmpdir(), 'entra-connector-'))
  try {
    return await job({ ...config, store: { ...store, path: join(folder, 'connector.db') } })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
