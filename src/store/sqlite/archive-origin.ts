import { isDeepStrictEqual } from 'node:util'
import type { CopyMark, StoreOrigin } from '../port-archive.js'
import type { Database } from './database.js'
import { parse } from './rows.js'

/** What the file says of itself. */
export function storeOrigin(db: Database): StoreOrigin {
  const get = (name: string): string | null => {
    const row = db.get('SELECT value FROM origin WHERE name = ?', name)
    return (row as { value: string } | undefined)?.value ?? null
  }
  const keep = (name: string, value: string): Promise<string> =>
    db.write(() => {
      db.run('INSERT INTO origin (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING', name, value)
      return get(name) ?? value
    })
  const markOf = (value: string) => parse(db, value, 'the mark of a copy') as CopyMark
  return {
    identity: async (fresh) => (await db.read(() => get('identity'))) ?? keep('identity', fresh),
    async copy() {
      const value = await db.read(() => get('copy'))
      return value === null ? null : markOf(value)
    },
    beginCopy: (mark, instead) =>
      db.write(() => {
        const value = get('copy')
        const there = value === null ? null : markOf(value)
        if (there && !isDeepStrictEqual(there, instead)) return there
        const sql =
          "INSERT INTO origin (name, value) VALUES ('copy', ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        db.run(sql, JSON.stringify(mark))
        return mark
      }),
    async endCopy(finishedAt) {
      const sql = "UPDATE origin SET value = json_set(value, '$.finishedAt', ?) WHERE name = 'copy'"
      await db.write(() => db.run(sql, finishedAt))
    },
  }
}

export function connectionNames(db: Database): Promise<string[]> {
  return db.read(() => db.texts('SELECT name FROM connections ORDER BY name'))
}
