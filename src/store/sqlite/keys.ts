import { keysOf } from '../../domain/ahead.js'
import type { UserChange } from '../../domain/user.js'
import type { Database } from './database.js'

/** Keeps the keys people are found by in step with their records. */
export function writeKeys(db: Database, connection: number, { before, after }: UserChange): void {
  if (after.ahead === null && !before?.ahead) return
  const old = new Set(before ? keysOf(before) : [])
  const wanted = new Set(keysOf(after))
  for (const key of old)
    if (!wanted.has(key))
      db.run('DELETE FROM keys WHERE connection = ? AND key = ? AND id = ?', connection, key, after.id)
  for (const key of wanted)
    if (!old.has(key))
      db.run(
        'INSERT INTO keys (connection, key, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        connection,
        key,
        after.id,
      )
}

/** For a statement over `users`: whoever has the key `?2` in connection `?1`. */
export const BY_KEY = `
  SELECT data FROM keys JOIN users USING (connection, id) WHERE connection = ?1 AND key = ?2 ORDER BY id`
