import { TOKEN_SCOPES, type ApiToken, type TokenScope, type TokenStore } from '../port.js'
import type { Database } from './database.js'
import { documentId } from './keys.js'
import type { TokenDocument } from './documents.js'
import { damaged } from './failures.js'

export function tokenStore(db: Database, connection: string): TokenStore {
  const { tokens } = db.collections
  return {
    async create(token, hash) {
      const { id, name, scope, createdAt, revokedAt } = token
      const _id = documentId(connection, id)
      await tokens.copy([{ _id, connection, id, name, scope, createdAt, revokedAt, hash }])
    },
    async list() {
      return (await tokens.find({ connection }, { sort: { id: 1 } })).map(tokenOf)
    },
    revoke: (id, revokedAt) =>
      tokens.update({ _id: documentId(connection, id), revokedAt: null }, { $set: { revokedAt } }),
    async find(hash) {
      const token = await tokens.one({ connection, hash, revokedAt: null })
      return token && tokenOf(token)
    },
  }
}

export function tokenOf({ id, name, scope, createdAt, revokedAt }: TokenDocument): ApiToken {
  if (!isScope(scope)) throw damaged(`the token ${id}`, `scope is ${JSON.stringify(scope)}`)
  return { id, name, scope, createdAt, revokedAt }
}

function isScope(scope: string): scope is TokenScope {
  return (TOKEN_SCOPES as readonly string[]).includes(scope)
}
