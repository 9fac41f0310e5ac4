import type { User } from '../../domain/user.js'

/** The `_id` of a document that is no person: its parts cannot run into each other, whatever they contain. */
export function documentId(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts)
}

/**
 * The one field by which the database keeps people apart: the connection with the Entra object id, or with our id where
 * there is none. It begins with the connection, so that a connection's people lie together.
 */
export function personKey(connection: string, { id, entraObjectId }: Pick<User, 'id' | 'entraObjectId'>): string {
  return entraObjectId === null ? `${encodeURIComponent(connection)}/i/${id}` : objectKey(connection, entraObjectId)
}

export function objectKey(connection: string, entraObjectId: string): string {
  return `${encodeURIComponent(connection)}/o/${entraObjectId}`
}

/** Every key of somebody with an object id is after the first and before the second. */
export function objectKeyRange(connection: string): readonly [string, string] {
  const start = encodeURIComponent(connection)
  return [`${start}/o/`, `${start}/o0`]
}
