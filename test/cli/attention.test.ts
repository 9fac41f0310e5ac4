import { expect } from 'chai'
import { NO_AHEAD, type Email } from '../../src/domain/ahead.js'
import { owe } from '../../src/domain/mailing.js'
import type { User } from '../../src/domain/user.js'
import type { UserView } from '../../src/domain/view.js'
import { person } from '../store/support.js'
import { hasTerminals, type Folder } from '../support/command.js'
import { together } from '../support/together.js'
import { TRAPS } from './company.js'
import { aFolderWith } from './seeded.js'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()

let next = 0
function stuck(name: string, status: User['status'], ms: number, over: Partial<User> = {}): User {
  const identity = status === 'never-logged-in' ? 'entra-id' : 'ahead-id'
  const userPrincipalName = `${name}@contoso.example`
  const ahead = identity === 'ahead-id' ? NO_AHEAD : null
  const times = { statusSince: ago(ms), createdAt: ago(100 * DAY), updatedAt: ago(ms) }
  const names = { displayName: name, userPrincipalName, mail: userPrincipalName }
  return person((next += 1), { ...names, identity, status, ahead, ...times, ...over })
}

const LINK = 'a'.repeat(64)
const BOUNCE = { code: 'address-rejected', message: '550 5.1.1 no such mailbox, says mail.contoso.example' }

function mailed(user: User, over: Partial<Email>, by = 'Mia Keller'): User {
  const owed = owe(user, { kind: 'invitation', by, id: `e-${user.id.slice(-2)}`, now: ago(9 * DAY) })
  const ahead = owed?.ahead ?? NO_AHEAD
  const to = user.mail
  return { ...user, ahead: { ...ahead, emails: ahead.emails.map((email) => ({ ...email, to, ...over })) } }
}

const sent = { attempts: 1, sentAt: ago(9 * DAY), expiresAt: ago(2 * DAY), links: [LINK] }
const PEOPLE: readonly User[] = [
  stuck('nina', 'never-logged-in', 31 * DAY),
  stuck('new.nico', 'never-logged-in', 29 * DAY),
  mailed(stuck('paula', 'pending', 9 * DAY), sent),
  stuck('young.pia', 'pending', 6 * DAY),
  mailed(stuck('mona', 'migrating', 25 * HOUR), {
    attempts: 2,
    problem: { code: 'mail-system', message: '451 later' },
  }),
  stuck('igor', 'onboarding-incomplete', 3 * HOUR),
  mailed(stuck('faye', 'failed', 2 * DAY, { statusReason: BOUNCE }), {
    ...sent,
    failedAt: ago(2 * DAY),
    problem: BOUNCE,
  }),
  stuck('felix', 'failed', 5 * DAY, {
    statusReason: { code: 'address-missing', message: 'no email address in Entra' },
  }),
  stuck(TRAPS.colours, 'failed', 3 * DAY, { statusReason: { code: 'mail-system', message: TRAPS.lines } }),
  stuck('frozen.fred', 'failed', 5 * DAY, { account: 'frozen', accountReason: 'disabled-in-entra' }),
  stuck('olga', 'onboarded', 900 * DAY),
]

describe('users list --needs-attention', () => {
  let folder: Folder
  before(async () => {
    folder = await aFolderWith(PEOPLE)
  })
  after(() => folder.remove())

  const list = async (...args: string[]): Promise<string[]> => {
    const { json, code } = await folder.run(['users', 'list', '--needs-attention', '--json', ...args])
    expect(code).to.equal(0)
    expect(json).to.have.all.keys('users', 'nextCursor')
    return (json['users'] as UserView[]).map(({ displayName }) => displayName ?? '').sort()
  }

  together({
    'names everybody who has been in their status for too long, and nobody else': async () => {
      const expected = ['nina', 'paula', 'mona', 'igor', 'faye', 'felix', TRAPS.colours].sort()
      expect(await list()).to.deep.equal(expected)
    },

    'goes with the other filters, and page by page': async () => {
      const [failed, searched, none, first] = await Promise.all([
        list('--status', 'failed'),
        list('--search', 'pau'),
        list('--account', 'frozen'),
        folder.run(['users', 'list', '--needs-attention', '--limit', '4', '--json']),
      ])
      expect(failed).to.deep.equal(['faye', 'felix', TRAPS.colours].sort())
      expect(searched).to.deep.equal(['paula'])
      expect(none).to.deep.equal([])
      const rest = await list('--limit', '4', '--cursor', first.json['nextCursor'] as string)
      const both = [...(first.json['users'] as UserView[]).map(({ displayName }) => displayName), ...rest]
      expect(new Set(both).size).to.equal(7)
    },

    'follows the settings': async () => {
      const env = { TOO_LONG_NEVER_LOGGED_IN: '28d', TOO_LONG_PENDING: '10d', TOO_LONG_FAILED: '30d' }
      const { json } = await folder.run(['users', 'list', '--needs-attention', '--json'], env)
      const names = (json['users'] as UserView[]).map(({ displayName }) => displayName)
      expect(names).to.have.members(['nina', 'new.nico', 'mona', 'igor'])
    },

    'tells people apart by urgency, with what helps and the reason of each': async () => {
      const { stdout, code } = await folder.run(['users', 'list', '--needs-attention'])
      expect(code).to.equal(0)
      const titles = [
        '7 people are stuck.',
        'Failed: the email could not be delivered (3)',
        'Fix the address, then restart.',
        'Onboarding incomplete for more than 2 hours (1)',
        'Restart with a new email.',
        'Migrating for more than 1 day (1)',
        'Send the onboarding email.',
        'Pending for more than 7 days (1)',
        'Check the address, remind, resend.',
        'Never logged in for more than 30 days (1)',
        'Help them, or ask whether they need access.',
      ]
      const places = titles.map((title) => stdout.indexOf(title))
      expect(places).not.to.include(-1)
      expect(places).to.deep.equal([...places].sort((a, b) => a - b))
      expect(stdout).to.match(/^faye +faye@contoso\.example +2 days ago +550 5\.1\.1 no such mailbox/m)
      expect(stdout).to.match(/^felix +felix@contoso\.example +5 days ago +no email address in Entra/m)
      expect(stdout).to.match(/^mona .* 1 day ago +tried 2 times: 451 later/m)
      expect(stdout).to.match(/^paula .* 9 days ago +the link has expired/m)
      expect(stdout).to.match(/^igor .* 3 hours ago +the password page is over/m)
      expect(stdout).not.to.match(/olga|fred|pia|nico/)
      expect(stdout).not.to.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
      expect(stdout).to.include('two lines and more')
    },

    'shows the most urgent first, however many there are, and how to see the rest': async () => {
      const { stdout } = await folder.run(['users', 'list', '--needs-attention', '--limit', '2'])
      expect(stdout).to.match(/^At least 6 people are stuck\.$/m)
      expect(stdout).to.include('Failed: the email could not be delivered (2 or more)')
      const more = /There are more of them: (--status failed --cursor \S+)/.exec(stdout)?.[1] ?? ''
      const rest = await folder.run(['users', 'list', '--needs-attention', ...more.split(' ')])
      expect(rest.stdout).to.match(/^1 person is stuck\.$/m)
    },

    'says so when nobody is stuck, and when emails wait because they are switched off': async () => {
      const off = { EMAIL_ENABLED: 'false', TOO_LONG_MIGRATING: '100d' }
      const patient = { TOO_LONG_FAILED: '9d', TOO_LONG_PENDING: '10d', TOO_LONG_ONBOARDING_INCOMPLETE: '1d' }
      const env = { ...off, ...patient, TOO_LONG_NEVER_LOGGED_IN: '90d' }
      const [nobody, filtered] = await Promise.all([
        folder.run(['users', 'list', '--needs-attention'], env),
        folder.run(['users', 'list', '--needs-attention', '--search', 'olga']),
      ])
      expect(nobody.stdout).to.equal(
        'Email is switched off for default. 1 email is owed and would be sent.\n\nNobody is stuck.\n',
      )
      expect(filtered.stdout).to.equal('Nobody who matches is stuck.\n')
    },

    'shows of a person what it means, what to do, and every email with its fate': async () => {
      const { stdout } = await folder.run(['users', 'show', 'faye@contoso.example'])
      const lines = stdout.split('\n')
      expect(lines[0]).to.equal('faye')
      expect(lines[1]).to.match(/^failed since \d{4}-\d\d-\d\d \d\d:\d\d UTC, 2 days ago, too long · active$/)
      expect(lines[2]).to.equal(`The email could not be delivered: ${BOUNCE.message}. Fix the address, then restart.`)
      expect(stdout).to.match(/^can +use everything; takes a licence$/m)
      expect(stdout).to.match(/^\S+ \S+ {2}invitation to faye@contoso\.example, asked for by Mia Keller$/m)
      expect(stdout).to.match(/^ +came back · sent \d{4}/m)
      expect(stdout).to.include(`address rejected: ${BOUNCE.message}`)
      expect(stdout).to.match(/History \(UTC\)\n\S+ \S+ {2}appeared: failed, active/)
      expect(stdout).not.to.include(LINK)
    },

    'says what frozen people can and cannot do, and who can change it': async () => {
      const { stdout } = await folder.run(['users', 'show', 'frozen.fred@contoso.example'])
      expect(stdout).to.include('failed since')
      expect(stdout).to.include('Disabled in Entra: enable there.')
      expect(stdout).to.match(/^can +keep subscriptions and memberships, use a licence$/m)
      expect(stdout).to.match(/^cannot +log in, stand in the people directory, be found/m)
    },

    'gives scripts the same, and never a link or its hash': async () => {
      const { stdout, json } = await folder.run(['users', 'show', 'paula@contoso.example', '--json'])
      expect(Object.keys(json)).to.deep.equal(['user', 'history', 'invitations', 'attention', 'removal', 'conflicts'])
      expect(json['attention']).to.deep.equal({
        tooLong: true,
        meaning: 'The mail system has accepted the email; the link has not been opened.',
        advice: 'Check the address, remind, resend.',
      })
      const [email, ...others] = json['invitations'] as Record<string, unknown>[]
      expect(others).to.deep.equal([])
      expect(email).to.have.all.keys(
        ...['id', 'kind', 'state', 'requestedAt', 'requestedBy', 'to', 'sentAt', 'openedAt', 'usedAt'],
        ...['validUntil', 'attempts', 'nextTryAt', 'reason'],
      )
      expect(email).to.include({ kind: 'invitation', state: 'expired', requestedBy: 'Mia Keller', reason: null })
      expect(stdout).not.to.include(LINK)
      const none = await folder.run(['users', 'show', 'nina@contoso.example', '--json'])
      expect(none.json['invitations']).to.deep.equal([])
    },

    'fits into 80 columns on a terminal': async () => {
      if (!hasTerminals()) return
      const results = await Promise.all([
        folder.onTerminal(80, ['users', 'list', '--needs-attention']),
        folder.onTerminal(80, ['users', 'show', 'faye@contoso.example']),
      ])
      for (const { stdout, code } of results) {
        expect(code).to.equal(0)
        for (const line of stdout.split(/\r?\n/)) expect(line).to.have.length.at.most(80)
      }
    },
  })
})
