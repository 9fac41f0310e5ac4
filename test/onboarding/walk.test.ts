import { expect } from 'chai'
import fc from 'fast-check'
import { linkFate } from '../../src/domain/access.js'
import { isOwed } from '../../src/domain/ahead.js'
import type { ChangeContext } from '../../src/domain/change.js'
import { emailBounced } from '../../src/domain/mailing.js'
import { STATES } from '../../src/domain/onboarding.js'
import type { AskedFor } from '../../src/domain/requests.js'
import { STATUSES, type Status, type User } from '../../src/domain/user.js'
import { update } from '../support/sight.js'
import { changePerson } from '../../src/store/change-person.js'
import { aPatch } from '../support/people.js'
import { objectId, userId } from '../store/support.js'
import { anOffice, DAY, HOUR, MINUTE, type Office } from './office.js'

/* Random lives of one person: requests, emails, links, syncs, sign-ins and kills in any order. What must always hold, holds. */

const PASSWORD = 'correct horse battery'

type Step =
  | { do: 'ask'; request: AskedFor }
  | { do: 'deliver'; answer: 'accepted' | 'refused' | 'delayed' | 'unknown' | 'killed' | 'off' }
  | { do: 'bounce' | 'open'; which: number }
  | { do: 'choose' | 'ask-again' | 'sign-in' }
  | { do: 'sync'; enabled: boolean }
  | { do: 'wait'; ms: number }

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('ask' as const),
    request: fc.constantFrom<AskedFor>(
      'enable-ahead-login',
      'send-invitation',
      'send-invitation',
      'send-invitation',
      'restart-onboarding',
      'back-to-microsoft',
      'back-to-microsoft',
      'freeze',
      'activate',
      'activate',
      'activate',
      'deactivate',
    ),
  }),
  fc.record({
    do: fc.constant('deliver' as const),
    answer: fc.constantFrom(
      'accepted' as const,
      'accepted',
      'accepted',
      'refused',
      'delayed',
      'unknown',
      'killed',
      'off',
    ),
  }),
  fc.record({ do: fc.constantFrom('bounce' as const, 'open' as const), which: fc.constantFrom(0, 0, 0, 1, 2, 5) }),
  fc.record({ do: fc.constantFrom('choose' as const, 'choose', 'ask-again', 'sign-in', 'sign-in') }),
  fc.record({ do: fc.constant('sync' as const), enabled: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(MINUTE, 16 * MINUTE, 2 * HOUR, DAY, 8 * DAY) }),
)

/** How far a life goes well before anything may happen: most would never come to a password by themselves. */
const GOES_WELL: readonly Step[] = [
  { do: 'ask', request: 'enable-ahead-login' },
  { do: 'ask', request: 'send-invitation' },
  { do: 'deliver', answer: 'accepted' },
  { do: 'open', which: 0 },
  { do: 'choose' },
]

/** What the walk itself remembers, to compare with. */
interface Memory {
  session: string | null
  /** Emails whose sending ended in the dark: only these may go out again. */
  readonly dark: Set<string>
  held: boolean
}

async function take(office: Office, step: Step, memory: Memory): Promise<void> {
  const { store, clock, links, outbox } = office
  const now = clock.now().toISOString()
  switch (step.do) {
    case 'ask': {
      await office.ask(step.request)
      if (step.request === 'freeze' || step.request === 'deactivate') memory.held = true
      if (step.request === 'activate') memory.held = false
      return
    }
    case 'deliver':
      return deliver(office, step.answer, memory)
    case 'bounce': {
      const email = (await office.who()).ahead?.emails.at(-1 - step.which)
      const reason = { code: 'address-rejected', message: 'no such user' }
      if (email?.sentAt) await changePerson(store, userId(1), (user) => emailBounced(user, email.id, reason, now))
      return
    }
    case 'open': {
      const opened = await links.open(outbox.at(-1 - step.which)?.link ?? 'x')
      if (opened.kind === 'open') memory.session = opened.session
      return
    }
    case 'choose':
      await links.choose(memory.session, PASSWORD)
      return
    case 'ask-again':
      return links.askAgain(outbox.at(-1)?.link ?? 'x')
    case 'sign-in':
      return office.signIn()
    case 'sync': {
      const patch = aPatch({ entraObjectId: objectId(1), accountEnabled: step.enabled, profile: {} })
      await changePerson(store, userId(1), (user) => update(user, patch, false, 'page', context(office)))
      return
    }
    case 'wait':
      clock.advance(step.ms)
  }
}

function context({ clock }: Office): ChangeContext {
  const rules = { disabledAccounts: 'frozen', licenseSeats: null } as const
  const now = clock.now().toISOString()
  return { now, cause: 'run', evidence: {}, connection: 'default', rules, newId: () => 'x', seats: { left: null } }
}

async function deliver(
  office: Office,
  answer: Extract<Step, { do: 'deliver' }>['answer'],
  memory: Memory,
): Promise<void> {
  const { answers, outbox } = office
  const owed = (await office.who()).ahead?.emails.find(isOwed)
  const sent = outbox.length
  if (answer === 'off') {
    await office.deliver({ enabled: false })
    expect(outbox.length, 'nothing leaves while the switch is off').to.equal(sent)
    return
  }
  if (answer === 'killed') {
    // The process dies between "accepted" and "recorded": the claim stays, and nobody ever hears of this sending again.
    const silence = { concurrency: 1, send: () => new Promise<never>(() => undefined), close: () => Promise.resolve() }
    void office.deliver({ transport: silence })
    await settle()
    if (owed) memory.dark.add(owed.id)
    return
  }
  const reason = { code: 'mail-system', message: 'the words of the server' }
  if (answer !== 'accepted') answers.push({ outcome: answer, reason })
  if (answer === 'unknown' && owed) memory.dark.add(owed.id)
  await office.deliver()
  answers.length = 0
}

/** Lets everything that is under way in this process come to rest. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve))
}

function check(before: User, after: User, step: Step, memory: Memory): void {
  const emails = after.ahead?.emails ?? []
  const live = emails.filter(
    (email) => email.sentAt && email.links.length > 0 && linkFate(email, after.updatedAt) === 'live',
  )
  expect(live.length, 'live links').to.be.at.most(1)
  expect(emails.filter(isOwed).length, 'owed emails').to.be.at.most(1)

  const spent = (user: User): number => user.ahead?.emails.filter(({ openedAt }) => openedAt !== null).length ?? 0
  if (step.do !== 'open') expect(spent(after), 'only the button spends a link').to.equal(spent(before))

  if (before.status === 'onboarded' && after.status !== 'onboarded') {
    const request = step.do === 'ask' ? step.request : null
    expect(request, 'what left onboarded').to.be.oneOf(['enable-ahead-login', 'back-to-microsoft'])
  }
  if (memory.held) expect(after.account, 'an admin’s word').to.not.equal('active')
  if (after.identity === 'entra-id') {
    expect(after.ahead?.password ?? null).to.equal(null)
    expect(emails.flatMap(({ links }) => links)).to.deep.equal([])
  }
  expect(after.statusReason === null).to.equal(after.status !== 'failed')
}

async function checkHistory(office: Office): Promise<void> {
  const moves = (await office.store.history(userId(1))).filter(({ to }) => STATUSES.includes(to as Status))
  let at: unknown = null
  for (const { from, to } of moves) {
    expect(from, 'history is a chain').to.equal(at)
    at = to
  }
  expect(at).to.equal((await office.who()).status)
}

function checkOutbox({ outbox }: Office, { dark }: Memory): void {
  const times = new Map<string, number>()
  for (const { message } of outbox) times.set(message.emailId, (times.get(message.emailId) ?? 0) + 1)
  for (const [emailId, sent] of times) if (!dark.has(emailId)) expect(sent, `sendings of ${emailId}`).to.equal(1)
}

describe('any life of a person on ahead login', () => {
  it('has one live link at most, one email per decision, and leaves onboarded only when asked', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(STEP, { maxLength: 40 }), async (well, steps) => {
        const office = await anOffice()
        const memory: Memory = { session: null, dark: new Set(), held: false }
        try {
          for (const step of [...GOES_WELL.slice(0, well), ...steps]) {
            const before = await office.who()
            await take(office, step, memory)
            const after = await office.who()
            check(before, after, step, memory)
            seen.add(`${after.identity}:${after.status}`)
          }
          checkOutbox(office, memory)
          await checkHistory(office)
        } finally {
          await office.close()
        }
      }),
      { numRuns: 250 },
    )
    expect([...seen], 'states the walks came through').to.have.members(STATES)
  }).timeout(60_000)
})
