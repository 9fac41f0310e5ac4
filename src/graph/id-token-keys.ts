import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { isGuid } from '../domain/guid.js'

/** Microsoft's keys roll without notice, so one nobody knows is asked for, but no more often than this. */
const COOLDOWN_MS = 30_000
/** A key that was withdrawn is good for no longer. */
const LONGEST_MS = 60 * 60_000

export interface KeySetup {
  readonly load: () => Promise<JSONWebKeySet>
  readonly tenantId: string
  readonly now: () => Date
}

type KeySet = ReturnType<typeof createLocalJWKSet>

/**
 * The keys id tokens are verified with. Everybody who needs them meanwhile waits for the same request; what `load`
 * throws reaches all of them, and is forgotten.
 */
export function idTokenKeys({ load, tenantId, now }: KeySetup): JWTVerifyGetKey {
  let held: { readonly keys: KeySet; readonly at: number } | null = null
  let loading: Promise<KeySet> | null = null
  let unknownAt: number | null = null

  function loaded(): Promise<KeySet> {
    loading ??= load()
      .then((set) => {
        const keys = createLocalJWKSet({ keys: set.keys.filter((key) => mayServe(key, tenantId)) })
        held = { keys, at: now().getTime() }
        return keys
      })
      .finally(() => {
        loading = null
      })
    return loading
  }

  return async (header, token) => {
    const at = now().getTime()
    const known = held && at - held.at < LONGEST_MS ? held.keys : null
    const keys = known ?? (await loaded())
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      const quiet = unknownAt !== null && at - unknownAt < COOLDOWN_MS
      if (!known || (quiet && !loading)) {
        if (!quiet) unknownAt = at
        throw error
      }
      if (!loading) unknownAt = at
      return (await loaded())(header, token)
    }
  }
}

/** The list holds keys for other tenants too, personal accounts for one: `issuer` says which. */
function mayServe(key: object, tenantId: string): boolean {
  const { issuer } = key as { issuer?: unknown }
  if (typeof issuer !== 'string') return true
  const named = issuer.split('/').find((part) => isGuid(part))
  return named === undefined || named.toLowerCase() === tenantId
}
