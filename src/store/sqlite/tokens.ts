import type { ApiToken, TokenStore } from '../port.js'
import type { ConnectionNumber } from './connections.js'
import type { Database } from './database.js'
import { parse } from './rows.js'

interface Row {
  readonly data: string
  readonly revoked_at: string | null
}

export function tokenStore(db: Database, connection: ConnectionNumber): TokenStore {
  const tokenOf = ({ data, revoked_at: revokedAt }: Row): ApiToken => ({
    ...(parse(db, data, 'an API token') as ApiToken),
    revokedAt,
  })
  return {
    create: (token, hash) =>
      db.write(() => {
        const sql = 'INSERT INTO tokens (connection, id, hash, data, revoked_at) VALUES (?, ?, ?, ?, ?)'
        db.run(sql, connection.getOrCreate(), token.id, hash, JSON.stringify(token), token.revokedAt)
      }),
    list: () =>
      db.read(() =>
        db
          .all<Row>('SELECT data, revoked_at FROM tokens WHERE connection = ? ORDER BY id', connection.get())
          .map(tokenOf),
      ),
    revoke: (id, at) =>
      db.write(() => {
        const sql = 'UPDATE tokens SET revoked_at = ? WHERE connection = ? AND id = ? AND revoked_at IS NULL'
        return db.run(sql, at, connection.get(), id) === 1
      }),
    find: (hash) =>
      db.read(() => {
        const sql = 'SELECT data, revoked_at FROM tokens WHERE connection = ? AND hash = ? AND revoked_at IS NULL'
        const row = db.get(sql, connection.get(), hash) as Row | undefined
        return row ? tokenOf(row) : null
      }),
  }
}
