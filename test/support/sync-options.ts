import type { GroupSource } from '../../src/domain/directory.js'
import { EVERYONE } from '../../src/domain/scope.js'
import type { SyncOptions } from '../../src/sync/work.js'

/** A directory without groups. */
export const NO_GROUPS: GroupSource = {
  members: () => Promise.resolve({ entraObjectIds: [], next: null }),
  groupsOf: () => Promise.resolve(new Set()),
  name: () => Promise.resolve(null),
  chain: () => Promise.resolve([]),
}

/** Everybody, one to one, and more removals at once than any test makes by chance. */
export const PLAIN: Omit<SyncOptions, 'writer' | 'source' | 'newId'> = {
  groups: NO_GROUPS,
  rules: { disabledAccounts: 'frozen', licenseSeats: null },
  scope: EVERYONE,
  mapping: {},
  removalLimit: { count: 20, percent: 5 },
  holdsExpireMs: 7 * 86_400_000,
  reconcileMs: null,
}
