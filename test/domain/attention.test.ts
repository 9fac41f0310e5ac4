import { expect } from 'chai'
import { NO_AHEAD, type Email } from '../../src/domain/ahead.js'
import {
  advice,
  ago,
  lasting,
  meaning,
  stuckSince,
  tooLong,
  URGENCY,
  whyStuck,
  type Patience,
} from '../../src/domain/attention.js'
import { toEmailView } from '../../src/domain/email-view.js'
import { owe } from '../../src/domain/mailing.js'
import { STATUSES, type User } from '../../src/domain/user.js'
import { aUser } from '../support/people.js'

const NOW = new Date('2026-11-21T08:00:00.000Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const PATIENCE: Patience = {
  'never-logged-in': 30 * DAY,
  migrating: DAY,
  pending: 7 * DAY,
  'onboarding-incomplete': 2 * HOUR,
  failed: DAY,
}
const before = (ms: number): string => new Date(NOW.getTime() - ms).toISOString()
const inStatus = (status: User['status'], over: Partial<User> = {}): User =>
  aUser({ identity: status === 'never-logged-in' ? 'entra-id' : 'ahead-id', status, ...over })

/** The latest email of a person who is owed one. */
function withEmail(user: User, over: Partial<Email>): User {
  const owed = owe(user, { kind: 'invitation', by: 'Mia Keller', id: 'e-1', now: before(DAY) })
  const ahead = owed?.ahead ?? NO_AHEAD
  return { ...user, ahead: { ...ahead, emails: ahead.emails.map((email) => ({ ...email, ...over })) } }
}

describe('people who need attention', () => {
  for (const status of URGENCY)
    it(`are those who have been ${status} for longer than they may`, () => {
      const waited = PATIENCE[status] ?? 0
      expect(tooLong(inStatus(status, { statusSince: before(waited) }), PATIENCE, NOW)).to.equal(false)
      const late = inStatus(status, { statusSince: before(waited + 1) })
      expect(tooLong(late, PATIENCE, NOW)).to.equal(true)
      for (const account of ['frozen', 'inactive'] as const)
        expect(tooLong({ ...late, account }, PATIENCE, NOW), account).to.equal(false)
    })

  it('are never those who are onboarded', () => {
    expect(tooLong(inStatus('onboarded', { statusSince: before(3650 * DAY) }), PATIENCE, NOW)).to.equal(false)
    expect([...URGENCY].sort()).to.deep.equal(STATUSES.filter((status) => status !== 'onboarded').sort())
  })

  it('are asked for by the moment since when', () => {
    expect(stuckSince(PATIENCE, NOW)).to.deep.equal({
      'never-logged-in': '2026-10-22T08:00:00.000Z',
      migrating: '2026-11-20T08:00:00.000Z',
      pending: '2026-11-14T08:00:00.000Z',
      'onboarding-incomplete': '2026-11-21T06:00:00.000Z',
      failed: '2026-11-20T08:00:00.000Z',
    })
  })

  it('are stuck for a reason that can be told', () => {
    const bounced = { code: 'address-rejected', message: '550 no such user' }
    const told: readonly (readonly [User, string | null])[] = [
      [inStatus('never-logged-in'), null],
      [inStatus('failed', { statusReason: bounced }), '550 no such user'],
      [inStatus('migrating', { ahead: NO_AHEAD }), 'nobody has asked for the email'],
      [withEmail(inStatus('migrating'), {}), 'the email is owed'],
      [
        withEmail(inStatus('migrating'), { attempts: 2, problem: { code: 'mail-system', message: '451 later' } }),
        'tried 2 times: 451 later',
      ],
      [withEmail(inStatus('pending'), { sentAt: before(8 * DAY), expiresAt: before(DAY) }), 'the link has expired'],
      [withEmail(inStatus('pending'), { sentAt: before(DAY), expiresAt: before(-6 * DAY) }), 'the link still works'],
      [inStatus('onboarding-incomplete', { ahead: NO_AHEAD }), 'the password page is over'],
      [
        inStatus('onboarding-incomplete', {
          ahead: { ...NO_AHEAD, passwordSession: { key: 'k', emailId: 'e-1', until: before(-MINUTE) } },
        }),
        'the password page is open',
      ],
    ]
    for (const [user, expected] of told) expect(whyStuck(user, NOW)).to.equal(expected)
  })
})

describe('what a status means, and what helps', () => {
  const say = (user: User): string => `${meaning(user)} ${advice(user, PATIENCE, NOW)}`

  it('is told in the words of the status', () => {
    const long = before(100 * DAY)
    const short = before(MINUTE)
    const told: readonly (readonly [User, string])[] = [
      [
        inStatus('never-logged-in', { statusSince: short }),
        'Has access and has not logged in with Microsoft once. After 30 days: help them, or ask whether they need access.',
      ],
      [
        inStatus('never-logged-in', { statusSince: long }),
        'Has access and has not logged in with Microsoft once. Help them, or ask whether they need access.',
      ],
      [
        inStatus('migrating', { statusSince: short }),
        'Ahead login is on; the onboarding email has not gone out. Send the onboarding email.',
      ],
      [
        inStatus('pending', { statusSince: short }),
        'The mail system has accepted the email; the link has not been opened. Wait. After 7 days: check the address, remind, resend.',
      ],
      [
        inStatus('pending', { statusSince: long }),
        'The mail system has accepted the email; the link has not been opened. Check the address, remind, resend.',
      ],
      [
        inStatus('onboarding-incomplete', { statusSince: short }),
        'Opened the link, has not set a password yet. Normally minutes. After 2 hours: restart with a new email.',
      ],
      [
        inStatus('failed', { statusReason: { code: 'address-rejected', message: '550 5.1.1 unknown' } }),
        'The email could not be delivered: 550 5.1.1 unknown. Fix the address, then restart.',
      ],
      [
        inStatus('failed', { statusReason: { code: 'mail-system', message: '554 5.7.1 not you.' } }),
        'The email could not be delivered: 554 5.7.1 not you. Solve what the mail system says, then restart.',
      ],
      [inStatus('onboarded'), 'Has set a password. Nothing to do.'],
      [inStatus('onboarded', { identity: 'entra-id' }), 'Has logged in with Microsoft. Nothing to do.'],
    ]
    for (const [user, expected] of told) expect(say(user)).to.equal(expected)
  })

  it('follows the settings', () => {
    const user = inStatus('pending', { statusSince: before(MINUTE) })
    expect(advice(user, { pending: 36 * HOUR }, NOW)).to.equal(
      'Wait. After 36 hours: check the address, remind, resend.',
    )
  })

  it('is about the account while that keeps the person out', () => {
    const decision = { state: 'frozen', by: 'Mia Keller', at: before(DAY) } as const
    expect(say(inStatus('pending', { account: 'frozen', accountReason: 'frozen-by-admin', decision }))).to.equal(
      'Cannot log in and is hidden; memberships and licence stay. The mail system has accepted the email; the link has not been opened. Frozen by Mia Keller: lift it here.',
    )
    expect(say(inStatus('never-logged-in', { account: 'inactive', accountReason: 'deleted-in-entra' }))).to.equal(
      'No access, no licence; everything is kept. Deleted in Entra: restore there, within 30 days.',
    )
    const gone = { account: 'inactive', accountReason: 'deleted-in-entra', presence: 'gone' } as const
    expect(say(inStatus('never-logged-in', gone))).to.equal(
      'No access, no licence; everything is kept. Deleted in Entra for good: if they should have access, they need a new account there.',
    )
  })
})

describe('times in words', () => {
  it('are exact for a length, and round for the past', () => {
    expect([7 * DAY, DAY, 2 * HOUR, 36 * HOUR, 90 * MINUTE, 45_000, 1000].map(lasting)).to.deep.equal([
      '7 days',
      '1 day',
      '2 hours',
      '36 hours',
      '90 minutes',
      '45 seconds',
      '1 second',
    ])
    const moments = [0, 59_000, MINUTE, 119_000, HOUR, 47 * HOUR, 9 * DAY, 4000 * DAY, -HOUR]
    expect(moments.map((ms) => ago(before(ms), NOW))).to.deep.equal([
      'just now',
      'just now',
      '1 minute ago',
      '1 minute ago',
      '1 hour ago',
      '1 day ago',
      '9 days ago',
      '4,000 days ago',
      'just now',
    ])
  })
})

describe('an email as support sees it', () => {
  it('has its fate, and no link', () => {
    const user = withEmail(inStatus('pending'), { links: ['0f0f'], sentAt: before(DAY), to: 'ada@contoso.example' })
    const [email] = user.ahead?.emails ?? []
    const view = toEmailView(email!, NOW)
    expect(view).to.deep.equal({
      id: 'e-1',
      kind: 'invitation',
      state: 'accepted',
      requestedAt: before(DAY),
      requestedBy: 'Mia Keller',
      to: 'ada@contoso.example',
      sentAt: before(DAY),
      openedAt: null,
      usedAt: null,
      validUntil: null,
      attempts: 0,
      nextTryAt: null,
      reason: null,
    })
  })
})
