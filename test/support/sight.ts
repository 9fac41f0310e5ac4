import { create as createFrom, say, type ChangeContext, type Proof, type Step } from '../../src/domain/change.js'
import type { Patch } from '../../src/domain/directory.js'
import { membershipOf } from '../../src/domain/membership.js'
import { mappingOf, type MappingConfig } from '../../src/domain/mapping.js'
import { EVERYONE, scopeOf, type ScopeConfig } from '../../src/domain/scope.js'
import type { User } from '../../src/domain/user.js'
import { describe, sightOf, type Sight } from '../../src/sync/describe.js'

/** How a run sees the directory where groups, if any are assigned, have no members. */
export function aSight(scope: Partial<ScopeConfig> = {}, mapping: MappingConfig = {}): Sight {
  return sightOf(scopeOf({ ...EVERYONE, ...scope }, membershipOf([])), mappingOf(mapping), Object.keys(mapping))
}

/** What an entry makes of somebody we have. */
export function update(
  user: User,
  patch: Patch,
  whole: boolean,
  proof: Proof,
  context: ChangeContext,
  sight = aSight(),
): Step | null {
  const said = describe(patch, user, whole, sight)
  return said && say(user, said, proof, context)
}

/** What an entry makes of somebody new who is in scope. */
export function create(patch: Patch, context: ChangeContext, sight = aSight()): Step {
  return createFrom(describe(patch, null, true, sight) ?? {}, patch.entraObjectId, context)
}
