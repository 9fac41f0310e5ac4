import type { ChangeContext } from '../../src/domain/change.js'
import type { Patch } from '../../src/domain/directory.js'
import { EMPTY_PROFILE, type User } from '../../src/domain/user.js'
import type { Known, ParkedSignIns } from '../../src/store/port.js'

/** Builders: a person, a patch, what a page knows. Everything not named is plain and valid. */

export const NOW = '2026-11-20T08:00:00.000Z'

export function aUser(over: Partial<User> = {}): User {
  return {
    id: '0193a000-0000-7000-8000-000000000001',
    connection: 'default',
    entraObjectId: 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101',
    ...EMPTY_PROFILE,
    userPrincipalName: 'ada@contoso.example',
    displayName: 'Ada Lindqvist',
    mail: 'ada@contoso.example',
    identity: 'entra-id',
    status: 'never-logged-in',
    statusSince: NOW,
    statusReason: null,
    presence: 'enabled',
    decision: null,
    removal: null,
    source: null,
    through: null,
    seat: true,
    account: 'active',
    accountReason: null,
    firstLoginAt: null,
    firstLoginSource: null,
    lastLoginAt: null,
    ahead: null,
    createdAt: NOW,
    updatedAt: NOW,
    revision: 1,
    ...over,
  }
}

export function aPatch(over: Partial<Patch> & { profile?: Patch['profile'] } = {}): Patch {
  return {
    kind: 'patch',
    entraObjectId: 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101',
    profile: { userPrincipalName: 'ada@contoso.example', displayName: 'Ada Lindqvist', mail: 'ada@contoso.example' },
    accountEnabled: true,
    ...over,
  }
}

export function aContext(over: Partial<ChangeContext> = {}): ChangeContext {
  let next = 0
  return {
    now: NOW,
    cause: 'run',
    evidence: { runId: 'run-1' },
    connection: 'default',
    rules: { disabledAccounts: 'frozen', licenseSeats: null },
    newId: () => `id-${String((next += 1)).padStart(6, '0')}`,
    seats: { left: null },
    ...over,
  }
}

export function knownOf(users: readonly User[] = [], parked: readonly ParkedSignIns[] = []): Known {
  return {
    users: new Map(users.map((user) => [user.entraObjectId ?? '', user])),
    parked: new Map(parked.map((span) => [span.entraObjectId, span])),
  }
}
