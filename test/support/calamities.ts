import type { FaultAction, FaultMatch } from '../../src/simulator/faults.js'
import type { Simulator } from '../../src/simulator/server.js'
import type { Calamity, Course, World } from './fault-trial.js'

/** What can go wrong between us and a tenant, and how a run may end that meets it. */

const DELTA = 'users/delta'
const MEMBERS = 'groups/{id}/transitiveMembers'
const GROUPS_OF = 'users/{id}/transitiveMemberOf'
const DAY_MS = 86_400_000
const MANY = 20

const DONE = [0]
const SKIPPED = [3]
const DENIED = [4]
const UNAVAILABLE = [5]

type Shape = Omit<Calamity, 'name' | 'strike' | 'exits'>

function order(simulator: Simulator, match: FaultMatch, does: FaultAction, times = Infinity): void {
  simulator.faults.add({ match, times, do: does })
}

/** Something about the pages of people. */
function ofPages(
  name: string,
  does: FaultAction,
  ends: readonly number[],
  { match = {}, times = 1, ...shape }: Shape & { readonly match?: FaultMatch; readonly times?: number } = {},
): Calamity {
  return {
    name,
    strike: ({ simulator }) => {
      order(simulator, { route: DELTA, nth: 2, ...match }, does, times)
      return undefined
    },
    exits: () => ends,
    ...shape,
  }
}

/** Something that happens as the second page of people is sent. */
function amidst(name: string, happens: (world: World) => void, over?: (world: World) => void): Calamity {
  return {
    name,
    strike: (world) => {
      const edit = (): void => happens(world)
      order(world.simulator, { route: DELTA, nth: 2 }, { kind: 'edit', edit }, 1)
      return over && ((): void => over(world))
    },
    exits: () => DONE,
  }
}

const oursOnly = (ms: number): ((world: World) => void) => {
  return ({ simulator, clock }) => {
    clock.advance(ms)
    simulator.clock.jump(-ms)
  }
}

export const PAGES: readonly Calamity[] = [
  ofPages('an empty page', 'empty-page', DONE, { silent: true }),
  ofPages('nothing but empty pages', 'empty-page', DONE, { match: { nth: 1 }, times: Infinity, silent: true }),
  ofPages('a page without its list', 'missing-value', DONE),
  ofPages('nothing but pages without their list', 'missing-value', UNAVAILABLE, { times: Infinity }),
  ofPages('a page broken off', 'truncate', DONE),
  ofPages('nothing but pages broken off', 'truncate', UNAVAILABLE, { times: Infinity, slow: true }),
  ofPages('a page of half a text', 'cut-json', DONE),
  ofPages('nothing but halves of texts', 'cut-json', UNAVAILABLE, { times: Infinity, slow: true }),
  ofPages('a delta link too early', 'early-delta-link', DONE, { match: { nth: 1 }, silent: true }),
  ofPages('half a page', 'shrunken', DONE, { silent: true }),
  ofPages('a tenant that withholds 40 % of its people', { kind: 'withhold', percent: 40 }, DONE, {
    match: { nth: 1 },
    times: Infinity,
    silent: true,
  }),
  ofPages('a refusal in the middle', { kind: 'forbidden' }, DENIED),
  ofPages('a server error', { status: 503 }, DONE),
  ofPages('nothing but server errors', { status: 500 }, UNAVAILABLE, { times: Infinity }),
  ofPages('being told to wait a moment', { kind: 'throttle', retryAfter: '0' }, DONE, { times: 2 }),
  ofPages('being told to wait for long', { kind: 'throttle', retryAfter: '600' }, UNAVAILABLE),
  ofPages('no token that is good enough', { kind: 'unauthorized', reason: 'expired' }, DENIED, { times: Infinity }),
]

export const TIMES: readonly Calamity[] = [
  amidst('a token that expires', ({ simulator }) => simulator.tokens.expireIssued()),
  amidst(
    "Microsoft's clock jumps 8 days ahead, and old links die",
    ({ simulator }) => {
      simulator.delta.expireAfter({ maxAgeMs: 7 * DAY_MS })
      simulator.clock.jump(8 * DAY_MS)
    },
    ({ simulator }) => {
      simulator.delta.expireAfter({})
      simulator.clock.jump(-8 * DAY_MS)
    },
  ),
  amidst(
    "Microsoft's clock jumps back by a day",
    ({ simulator }) => simulator.clock.jump(-DAY_MS),
    ({ simulator }) => simulator.clock.jump(DAY_MS),
  ),
  amidst('our clock jumps 20 days ahead', oursOnly(20 * DAY_MS), oursOnly(-20 * DAY_MS)),
  amidst('our clock jumps back by 20 days', oursOnly(-20 * DAY_MS), oursOnly(20 * DAY_MS)),
  {
    name: 'a token of another tenant',
    strike: ({ simulator }) => {
      simulator.tokens.foreignTenant = '11111111-2222-4333-8444-555555555555'
      return () => {
        simulator.tokens.foreignTenant = null
      }
    },
    exits: () => [2],
  },
]

/** Everybody seems to have left a group: where they are many they are held. */
function emptied({ kind, people, limits }: Course): readonly number[] {
  return kind !== 'initial' && people > 2 * MANY && limits === 'default' ? [6] : DONE
}

function ofGroups(name: string, does: FaultAction, exits: Calamity['exits'], times = Infinity): Calamity {
  return {
    name,
    groupsOnly: true,
    exits,
    strike: ({ simulator }) => {
      order(simulator, { route: MEMBERS }, does, times)
      return undefined
    },
  }
}

/** The same while nobody can be asked about their groups either. */
function unasked(calamity: Calamity, does: FaultAction, exits: Calamity['exits']): Calamity {
  return {
    ...calamity,
    name: `${calamity.name}, and nobody can be asked about theirs: ${JSON.stringify(does)}`,
    exits,
    strike: (world) => {
      order(world.simulator, { route: GROUPS_OF }, does)
      return calamity.strike(world)
    },
  }
}

/** Its like is among the quick ones. */
const slow = (calamity: Calamity): Calamity => ({ ...calamity, slow: true })
const always = (codes: readonly number[]) => (): readonly number[] => codes
const EMPTY = ofGroups('groups of nobody', 'empty-page', emptied)
const EMPTY_ONCE = ofGroups('groups of nobody, once', 'empty-page', emptied, 2)

export const GROUPS: readonly Calamity[] = [
  EMPTY,
  ofGroups('one group of nobody', 'empty-page', emptied, 1),
  unasked(EMPTY, { kind: 'throttle', retryAfter: '600' }, (course) =>
    course.kind === 'initial' ? DONE : [...SKIPPED, ...emptied(course)],
  ),
  unasked(EMPTY_ONCE, { kind: 'forbidden' }, emptied),
  ofGroups('groups that withhold half of their people', { kind: 'withhold', percent: 50 }, emptied),
  ofGroups('groups in a server error, once', { status: 503 }, always(DONE), 1),
  ofGroups('groups in a server error', { status: 500 }, always(UNAVAILABLE)),
  ofGroups('groups nobody may read', { kind: 'forbidden' }, always(DENIED)),
  ofGroups('one group nobody may read', { kind: 'forbidden' }, always(DENIED), 1),
  slow(ofGroups('groups broken off', 'truncate', always(UNAVAILABLE))),
  slow(ofGroups('groups of half a text', 'cut-json', always(UNAVAILABLE))),
  ofGroups('groups without their list', 'missing-value', always(UNAVAILABLE)),
  ofGroups('groups without their list, once', 'missing-value', always(DONE), 1),
  ofGroups('groups that are to wait for a moment', { kind: 'throttle', retryAfter: '0' }, always(DONE), 2),
  ofGroups('groups that are to wait for long', { kind: 'throttle', retryAfter: '600' }, always(UNAVAILABLE)),
  ofGroups(
    'groups that are said not to be there',
    { status: 404, body: { error: { code: 'Request_ResourceNotFound', message: 'No such group.' } } },
    always(UNAVAILABLE),
  ),
]
