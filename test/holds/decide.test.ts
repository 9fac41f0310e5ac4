import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import type { Hold, HoldDecision } from '../../src/domain/hold.js'
import type { User } from '../../src/domain/user.js'
import { decide, weigh, type Wish } from '../../src/holds/decide.js'
import { openStore } from '../../src/store/open.js'
import type { ConnectionStore, Store } from '../../src/store/port.js'
import { created, person, tempFolder } from '../store/support.js'

const AT = '2026-11-20T08:00:00.000Z'
const now = (): Date => new Date('2026-11-20T09:00:00.000Z')

const HOLD: Hold = {
  id: '01a1ff97-06ae-738a-a0cf-481c7798d041',
  connection: 'default',
  runId: 'run-1',
  createdAt: AT,
  expiresAt: '2026-11-27T08:00:00.000Z',
  held: 4,
  decisions: [],
  ended: null,
  revision: 1,
}
const LEFT = 'left group “Größe L’Été”'

function waiting(n: number, cause: string): User {
  const removal = {
    presence: 'gone',
    state: 'held',
    cause: { about: cause, text: cause },
    proof: 'page',
    at: AT,
  } as const
  return person(n, { removal: { ...removal, hold: HOLD.id } })
}

describe('deciding over a hold', () => {
  const folder = tempFolder()
  let whole: Store
  let store: ConnectionStore
  let number = 0

  beforeEach(async () => {
    const path = `${folder.path}/${(number += 1)}.db`
    whole = await openStore({ kind: 'sqlite', path }, { now, url: `sqlite:${path}` })
    store = whole.of('default')
    const people = [waiting(1, LEFT), waiting(2, LEFT), waiting(3, 'deleted in Entra'), waiting(4, 'deleted in Entra')]
    await store.write({ users: [...people, person(5)].map((user) => created(user)) })
    await store.holds.put(HOLD)
  })
  afterEach(() => whole.close())
  after(() => folder.remove())

  const by = (name: string) => ({ by: name, reason: null, now })
  const reject: Wish = { verdict: 'reject' }
  const approve: Wish = { verdict: 'approve' }
  const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)

  it('records who, when, over whom and why, under the next revision', async () => {
    await decide(store, HOLD.id, { ...approve, cause: LEFT }, { by: 'Mia K.', reason: 'closed site', now })
    const hold = await store.holds.get(HOLD.id)
    const word: HoldDecision = {
      verdict: 'approve',
      by: 'Mia K.',
      at: now().toISOString(),
      cause: LEFT,
      of: { about: LEFT, text: LEFT },
      user: null,
      reason: 'closed site',
    }
    expect(hold).to.deep.equal({ ...HOLD, decisions: [word], revision: 2 })
  })

  it('takes a cause as it can be typed: other quotation marks or none, any letter case', async () => {
    for (const cause of [
      'left group "größe l\'été"',
      'LEFT GROUP GRÖSSE LÉTÉ'.replace('SS', 'ß'),
      ` left  group größe lété `,
    ]) {
      const { people, scope } = await weigh(store, HOLD.id, { ...approve, cause: cause.normalize('NFD') }, now())
      expect([people, scope.cause], cause).to.deep.equal([2, LEFT])
    }
    expect(await failure(weigh(store, HOLD.id, { ...approve, cause: 'left group' }, now()))).to.include({
      code: 'hold.unknown',
    })
  })

  it('counts those it would change only', async () => {
    await decide(store, HOLD.id, { ...reject, user: person(1).id }, by('Tom'))
    expect(await weigh(store, HOLD.id, approve, now())).to.include({ people: 3, licences: 3 })
    expect(await weigh(store, HOLD.id, { ...approve, cause: LEFT }, now())).to.include({ people: 1 })
    const one = await weigh(store, HOLD.id, { ...approve, user: 'PERSON1@contoso.example' }, now())
    expect(one.one?.id).to.equal(person(1).id)
  })

  it('says so where somebody has said it all already', async () => {
    await decide(store, HOLD.id, { ...approve, cause: LEFT }, by('Mia K.'))
    for (const wish of [{ cause: LEFT }, { user: person(2).id }])
      expect(await failure(decide(store, HOLD.id, { ...approve, ...wish }, by('Tom')))).to.include({
        code: 'hold.decided',
        message: 'Mia K. approved this at 2026-11-20 09:00 UTC. Nothing more was done.',
      })
    expect((await store.holds.get(HOLD.id))?.revision).to.equal(2)
  })

  it('gives way to who was faster since the question, also with the opposite word', async () => {
    const { hold: seen } = await weigh(store, HOLD.id, approve, now())
    await decide(store, HOLD.id, { ...reject, cause: LEFT }, by('Mia K.'))
    const late = await failure(decide(store, HOLD.id, approve, by('Tom'), seen))
    expect(late).to.be.instanceOf(ConnectorError).and.to.include({ code: 'hold.decided' })
    expect(late)
      .to.have.property('message')
      .that.matches(/^Mia K\. rejected this at /)
    const other = await decide(store, HOLD.id, { ...approve, cause: 'deleted in Entra' }, by('Tom'), seen)
    expect(other.people, 'what does not meet goes through').to.equal(2)
  })

  it('tries again when the hold was written by a run meanwhile', async () => {
    const { holds } = store
    let races = 2
    const racing: ConnectionStore = {
      ...store,
      find: (who) => store.find(who),
      removals: (query) => store.removals(query),
      holds: {
        list: (query) => holds.list(query),
        get: (id) => holds.get(id),
        put: async (hold) => {
          if ((races -= 1) >= 0) await holds.put({ ...hold, decisions: [] })
          return holds.put(hold)
        },
      },
    }
    await decide(racing, HOLD.id, reject, by('Tom'))
    expect(await holds.get(HOLD.id)).to.deep.include({ revision: 4 })
    expect((await holds.get(HOLD.id))?.decisions).to.have.length(1)
  })

  it('is too late for a hold that has ended or expired', async () => {
    const later = (): Date => new Date('2026-11-28T00:00:00.000Z')
    expect(await failure(decide(store, HOLD.id, approve, { ...by('Tom'), now: later })))
      .to.have.property('message')
      .that.matches(/^This hold expired at 2026-11-27 08:00 UTC\./)
    await decide(store, HOLD.id, approve, by('Mia K.'))
    expect(await failure(decide(store, HOLD.id, reject, { ...by('Tom'), now: later })))
      .to.have.property('remedy')
      .that.matches(/^The next run asks about its people again/)
    await decide(store, HOLD.id, reject, by('Mia K.'))
    expect(await failure(decide(store, HOLD.id, approve, { ...by('Tom'), now: later })), 'they stay').to.include({
      message: 'Mia K. rejected this at 2026-11-20 09:00 UTC. Nothing more was done.',
      remedy: 'The next run acts on it: entra-connector sync',
    })
    await store.holds.put({ ...HOLD, ended: 'closed', revision: 4 })
    expect(await failure(decide(store, HOLD.id, approve, by('Tom')))).to.include({
      code: 'hold.decided',
      message: 'Nobody in this hold need be removed any more. Nothing was done.',
    })
  })
})
