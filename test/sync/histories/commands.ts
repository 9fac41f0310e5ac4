import fc from 'fast-check'
import { EVERYONE, type ScopeConfig } from '../../../src/domain/scope.js'
import { GROUPS } from './directory.js'

/** What can happen in a history, as plain data, so that it prints and shrinks well. `who` counts people around. */

export type Command =
  | { readonly do: 'create'; readonly name: string; readonly department: string; readonly groups: readonly number[] }
  | { readonly do: 'rename'; readonly who: number; readonly name: string }
  | { readonly do: 'move'; readonly who: number; readonly department: string }
  | { readonly do: 'enable'; readonly who: readonly number[]; readonly on: boolean }
  | { readonly do: 'delete' | 'restore' | 'purge'; readonly who: readonly number[] }
  | { readonly do: 'join' | 'leave'; readonly who: readonly number[]; readonly group: number }
  | { readonly do: 'delete group' | 'revive group'; readonly group: number }
  | RunCommand
  | { readonly do: 'admin'; readonly who: number; readonly says: 'frozen' | 'inactive' | null }
  | {
      readonly do: 'decide'
      readonly verdict: 'approve' | 'reject'
      readonly over: 'all' | 'cause' | 'user'
      readonly nth: number
    }
  | { readonly do: 'wait'; readonly hours: number }
  | { readonly do: 'undo'; readonly ago: number }
  | { readonly do: 'limit'; readonly count: number; readonly percent: number }
  | { readonly do: 'disabled accounts'; readonly are: 'frozen' | 'inactive' }
  | { readonly do: 'never remove'; readonly who: readonly number[] }
  | { readonly do: 'seats'; readonly seats: number | null }

/** `killedAt`: the commit that is not made any more. */
export interface RunCommand {
  readonly do: 'run'
  readonly full: boolean
  readonly failing: readonly number[]
  readonly unreadable: number | null
  readonly killedAt: number | null
  /** A preview goes before it, or a plan is made and applied. */
  readonly after?: 'preview' | 'plan'
}

export interface History {
  readonly scope: 'everyone' | 'groups' | 'departments' | 'both'
  readonly seats: boolean
  readonly people: number
  readonly commands: readonly Command[]
}

const DEPARTMENTS = ['Sales', 'IT', 'Küche'] as const
export const IN_SCOPE = ['Sales', 'IT']

const name = fc.constantFrom('Zoë', "O'Connor", '李雷', 'أحمد', '🙂', 'Ana')
const department = fc.constantFrom(...DEPARTMENTS)
const who = fc.nat(30)
const some = fc.uniqueArray(who, { minLength: 1, maxLength: 5 })
const group = fc.nat(1)

const aRun = (weight: number, over: Partial<Record<keyof RunCommand, fc.Arbitrary<unknown>>> = {}) => ({
  weight,
  arbitrary: fc.record({
    do: fc.constant('run'),
    full: fc.boolean(),
    failing: fc.constant([]),
    unreadable: fc.constant(null),
    killedAt: fc.constant(null),
    ...over,
  }) as fc.Arbitrary<Command>,
})

const of = <T extends Command>(weight: number, arbitrary: fc.Arbitrary<T>) => ({
  weight,
  arbitrary: arbitrary as fc.Arbitrary<Command>,
})
const doing = <const D extends string>(value: D) => fc.constant(value)

const directoryCommand = fc.oneof(
  of(2, fc.record({ do: doing('create'), name, department, groups: fc.subarray([0, 1]) })),
  of(1, fc.record({ do: doing('rename'), who, name })),
  of(2, fc.record({ do: doing('move'), who, department })),
  of(2, fc.record({ do: doing('enable'), who: some, on: fc.boolean() })),
  of(4, fc.record({ do: fc.constantFrom('delete', 'delete', 'restore'), who: some })),
  of(1, fc.record({ do: doing('purge'), who: some })),
  of(4, fc.record({ do: fc.constantFrom('join', 'leave'), who: some, group })),
  of(1, fc.record({ do: fc.constantFrom('delete group', 'revive group'), group })),
)

const connectorCommand = (seats: boolean) =>
  fc.oneof(
    aRun(10),
    aRun(2, { after: fc.constantFrom('preview', 'plan') }),
    aRun(2, { failing: some }),
    aRun(1, { unreadable: group }),
    aRun(3, { killedAt: fc.integer({ min: 1, max: 16 }) }),
    of(1, fc.record({ do: doing('admin'), who, says: fc.constantFrom('frozen', 'inactive', null) })),
    of(
      4,
      fc.record({
        do: doing('decide'),
        verdict: fc.constantFrom('approve', 'reject'),
        over: fc.constantFrom('all', 'cause', 'user'),
        nth: fc.nat(5),
      }),
    ),
    of(2, fc.record({ do: doing('wait'), hours: fc.constantFrom(1, 24, 80, 100, 170) })),
    of(5, fc.record({ do: doing('undo'), ago: fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 5) })),
    of(1, fc.record({ do: doing('limit'), count: fc.nat(4), percent: fc.constantFrom(0, 10, 40) })),
    of(1, fc.record({ do: doing('disabled accounts'), are: fc.constantFrom('frozen', 'inactive') })),
    of(1, fc.record({ do: doing('never remove'), who: fc.uniqueArray(who, { maxLength: 3 }) })),
    ...(seats ? [of(1, fc.record({ do: doing('seats'), seats: fc.option(fc.integer({ min: 3, max: 9 })) }))] : []),
  )

/** Runs come often enough that most of what happens is seen by one of its own. */
export const aHistory = (maxLength: number): fc.Arbitrary<History> =>
  fc.constantFrom(false, false, false, true).chain((seats) =>
    fc.record({
      scope: fc.constantFrom('everyone', 'groups', 'departments', 'both'),
      seats: fc.constant(seats),
      people: fc.integer({ min: 3, max: 10 }),
      commands: fc.array(fc.oneof(directoryCommand, connectorCommand(seats)), { maxLength, size: 'max' }),
    }),
  )

export function scopeConfig(scope: History['scope'], neverRemove: readonly string[]): ScopeConfig {
  const groups = scope === 'groups' || scope === 'both' ? [...GROUPS] : []
  const rules =
    scope === 'departments' || scope === 'both' ? [{ property: 'department', op: 'in' as const, value: IN_SCOPE }] : []
  return { ...EVERYONE, groups, rules, neverRemove }
}
