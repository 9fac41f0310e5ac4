import { expect } from 'chai'
import { FACTS, stateOf, STATES, type Fact, type State } from '../../src/domain/onboarding.js'
import { emailBounced } from '../../src/domain/mailing.js'
import { changePerson } from '../../src/store/change-person.js'
import { userId } from '../store/support.js'
import { anOffice, MINUTE, type Office } from './office.js'

/*
 * The table of onboarding states, every cell, through the store and the doors people really use: requests, emails, links
 * and sign-ins. The expected values are written down here once more, independently of the product's own table.
 */

type Cell = State | 'stay'

const N = 'entra-id:never-logged-in'
const E = 'entra-id:onboarded'
const M = 'ahead-id:migrating'
const P = 'ahead-id:pending'
const I = 'ahead-id:onboarding-incomplete'
const F = 'ahead-id:failed'
const A = 'ahead-id:onboarded'

// prettier-ignore
const EXPECTED: Record<State, Record<Fact, Cell>> = {
  [N]: { 'signed-in': E,      'email-sent': 'stay', undeliverable: 'stay', 'link-opened': 'stay', 'password-set': 'stay' },
  [E]: { 'signed-in': 'stay', 'email-sent': 'stay', undeliverable: 'stay', 'link-opened': 'stay', 'password-set': 'stay' },
  [M]: { 'signed-in': 'stay', 'email-sent': P,      undeliverable: F,      'link-opened': 'stay', 'password-set': 'stay' },
  [P]: { 'signed-in': 'stay', 'email-sent': 'stay', undeliverable: F,      'link-opened': I,      'password-set': 'stay' },
  [I]: { 'signed-in': 'stay', 'email-sent': P,      undeliverable: 'stay', 'link-opened': 'stay', 'password-set': A },
  [F]: { 'signed-in': 'stay', 'email-sent': P,      undeliverable: 'stay', 'link-opened': I,      'password-set': 'stay' },
  [A]: { 'signed-in': 'stay', 'email-sent': 'stay', undeliverable: 'stay', 'link-opened': 'stay', 'password-set': 'stay' },
}

const UNDER_WAY = { 'enable-ahead-login': 'already-ahead', 'send-invitation': 'owe', 'restart-onboarding': 'owe' }
const WITH_MICROSOFT = {
  'enable-ahead-login': M,
  'send-invitation': 'uses-microsoft',
  'restart-onboarding': 'uses-microsoft',
  'back-to-microsoft': 'already-microsoft',
}
/** A state to come to, `owe`, or the code of a refusal. `back-to-microsoft` leads to where a Microsoft login on record does. */
const REQUESTED: Record<State, Record<string, string>> = {
  [N]: WITH_MICROSOFT,
  [E]: WITH_MICROSOFT,
  [M]: { ...UNDER_WAY, 'back-to-microsoft': N },
  [P]: { ...UNDER_WAY, 'back-to-microsoft': N },
  [I]: { ...UNDER_WAY, 'back-to-microsoft': N },
  [F]: { ...UNDER_WAY, 'back-to-microsoft': N },
  [A]: {
    'enable-ahead-login': 'already-ahead',
    'send-invitation': 'already-onboarded',
    'restart-onboarding': 'already-onboarded',
    'back-to-microsoft': N,
  },
}

const PASSWORD = 'correct horse battery'

/** Brings the first person into a state, as it comes about in life. Gives what a browser would hold. */
async function reach(office: Office, state: State): Promise<{ session: string | null }> {
  const send = async (): Promise<void> => {
    await office.ask('send-invitation')
    await office.deliver()
  }
  const open = async (): Promise<string> => {
    const opened = await office.links.open(lastLink(office))
    if (opened.kind !== 'open') throw new Error(`the link is ${opened.kind}`)
    return opened.session
  }
  if (state === N) return { session: null }
  if (state === E) {
    await office.signIn()
    return { session: null }
  }
  await office.ask('enable-ahead-login')
  if (state === M) return { session: null }
  await send()
  if (state === P) return { session: null }
  if (state === F) {
    await bounce(office, 'the first reason')
    return { session: null }
  }
  const session = await open()
  if (state === A) await office.links.choose(session, PASSWORD)
  return { session }
}

function lastLink({ outbox }: Office): string {
  return outbox.at(-1)?.link ?? 'nothing was sent'
}

async function bounce(office: Office, message: string): Promise<void> {
  const { ahead } = await office.who()
  const email = ahead?.emails.at(-1)
  if (!email) return
  const reason = { code: 'address-rejected', message }
  const now = office.clock.now().toISOString()
  await changePerson(office.store, userId(1), (user) => emailBounced(user, email.id, reason, now))
}

const HAPPEN: Record<Fact, (office: Office, session: string | null) => Promise<unknown>> = {
  'signed-in': (office) => office.signIn(),
  async 'email-sent'(office) {
    await office.ask('restart-onboarding')
    await office.deliver()
  },
  async undeliverable(office) {
    office.answers.push({ outcome: 'refused', reason: { code: 'mail-system', message: 'a newer reason' } })
    const { error } = await office.ask('restart-onboarding')
    if (error === null) await office.deliver()
    else await bounce(office, 'a newer reason')
  },
  'link-opened': (office) => office.links.open(lastLink(office)),
  'password-set': (office, session) => office.links.choose(session, PASSWORD),
}

describe('the onboarding table, through the store', () => {
  let office: Office
  beforeEach(async () => (office = await anOffice()))
  afterEach(() => office.close())

  for (const state of STATES) {
    it(`reaches ${state}`, async () => {
      await reach(office, state)
      expect(stateOf(await office.who())).to.equal(state)
    })

    for (const fact of FACTS)
      it(`${state}, ${fact}: ${EXPECTED[state][fact]}`, async () => {
        const { session } = await reach(office, state)
        office.clock.advance(MINUTE)
        const before = await office.who()
        const history = await office.store.history(userId(1))
        await HAPPEN[fact](office, session)
        const after = await office.who()
        const expected = EXPECTED[state][fact]
        expect(stateOf(after)).to.equal(expected === 'stay' ? state : expected)
        const said = (await office.store.history(userId(1))).slice(history.length)
        const entries = said.filter(({ to }) => typeof to === 'string')
        if (expected === 'stay') {
          expect(after.statusSince).to.equal(before.statusSince)
          expect(entries).to.deep.equal([])
        } else {
          expect(after.statusSince).to.equal(office.clock.now().toISOString())
          expect(entries.map(({ from, to }) => [from, to])).to.deep.equal([[before.status, after.status]])
          expect(entries[0]?.evidence).to.be.an('object')
        }
        expect(after.statusReason === null).to.equal(after.status !== 'failed')
      })

    for (const [request, expected] of Object.entries(REQUESTED[state]))
      it(`${state}, asked to ${request}: ${expected}`, async () => {
        await reach(office, state)
        const before = await office.who()
        const result = await office.ask(request as Parameters<Office['ask']>[0])
        const after = await office.who()
        if (expected.includes(':')) {
          const wanted = request === 'back-to-microsoft' && before.ahead?.microsoftLoginAt ? E : expected
          expect(result.ok).to.equal(true)
          expect(stateOf(after)).to.equal(wanted)
          const [entry] = (await office.store.history(userId(1))).slice(-1)
          expect(entry).to.include({ from: before.status, to: after.status, cause: 'Mia' })
        } else if (expected === 'owe') {
          expect(result).to.include({ ok: true, error: null, status: before.status })
          expect(await office.store.owed()).to.equal(1)
        } else {
          expect(result.error?.code).to.equal(expected)
          expect(after).to.deep.equal(before)
        }
      })
  }

  it('keeps the newer of two reasons', async () => {
    await reach(office, F)
    expect((await office.who()).statusReason?.message).to.equal('the first reason')
    await HAPPEN.undeliverable(office, null)
    expect((await office.who()).statusReason).to.deep.equal({ code: 'mail-system', message: 'a newer reason' })
  })

  it('leads back to onboarded whoever has a Microsoft login on record, before or during ahead login', async () => {
    await reach(office, A)
    await office.ask('back-to-microsoft')
    expect(stateOf(await office.who())).to.equal(N)
    await office.ask('enable-ahead-login')
    await office.signIn()
    expect(stateOf(await office.who())).to.equal(M)
    await office.ask('back-to-microsoft')
    expect(stateOf(await office.who())).to.equal(E)
  })
})
