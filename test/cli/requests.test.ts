import { expect } from 'chai'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Options } from '../../src/cli/choices.js'
import { askFor } from '../../src/cli/commands/requests.js'
import { NO_AHEAD } from '../../src/domain/ahead.js'
import type { HistoryEntry, User } from '../../src/domain/user.js'
import type { UserView } from '../../src/domain/view.js'
import { person } from '../store/support.js'
import { hasTerminals, type Env, type Folder } from '../support/command.js'
import { together } from '../support/together.js'
import { TRAPS } from './company.js'
import { aFolderWith } from './seeded.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

interface Answer {
  readonly id: string | null
  readonly ok: boolean
  readonly status: string | null
  readonly account: string | null
  readonly error: { readonly code: string; readonly message: string } | null
}

const NFD_NAME = 'jose\u0301@contoso.example'
const named = (n: number, name: string, over: Partial<User> = {}): User =>
  person(n, {
    userPrincipalName: `${name}@contoso.example`,
    mail: `${name}@contoso.example`,
    displayName: name,
    ...over,
  })
const MIGRATING = { identity: 'ahead-id', status: 'migrating', ahead: NO_AHEAD } as const
const LOGGED_IN = { ahead: { ...NO_AHEAD, microsoftLoginAt: '2026-11-01T08:00:00.000Z' } }

/** Each test has people of its own, so that all can be under way in one store. */
const PEOPLE: readonly User[] = [
  ...Array.from({ length: 40 }, (_, n) => named(n + 1, `person${n + 1}`)),
  named(50, "siobhan.o'brien", { displayName: TRAPS.turned }),
  named(51, 'cleo_fabrikam.example#EXT#', { displayName: TRAPS.colours }),
  named(52, 'jose', { userPrincipalName: NFD_NAME.normalize('NFC') }),
  named(53, 'no.mail', { mail: null }),
  named(54, 'frozen', { presence: 'disabled', account: 'frozen', accountReason: 'disabled-in-entra' }),
  named(55, 'gone', { presence: 'gone', seat: false, account: 'inactive', accountReason: 'deleted-in-entra' }),
  named(56, 'twice', { entraObjectId: '00000056-0b1f-4c55-8d0e-3f6b2a7c9101' }),
  named(57, 'twice', { entraObjectId: '00000057-0b1f-4c55-8d0e-3f6b2a7c9101' }),
  named(58, 'anna', { ...MIGRATING, ...LOGGED_IN }),
  named(59, 'ben', { ...MIGRATING, ...LOGGED_IN }),
  named(60, 'mia', MIGRATING),
  named(61, 'max', MIGRATING),
  named(62, 'moe', MIGRATING),
]
const upn = (n: number): string => `person${n}@contoso.example`

describe('requests about people', () => {
  let folder: Folder
  before(async () => {
    folder = await aFolderWith(PEOPLE)
  })
  after(() => folder.remove())

  const ask = async (args: readonly string[], env?: Env): Promise<{ code: number | null; results: Answer[] }> => {
    const { code, json, stdout } = await folder.run(['users', ...args, '--json'], env)
    expect(Object.keys(json), stdout).to.deep.equal(['results'])
    return { code, results: json['results'] as Answer[] }
  }
  const show = async (who: string) =>
    (await folder.run(['users', 'show', who, '--json'])).json as unknown as {
      user: UserView
      history: HistoryEntry[]
      invitations: Record<string, unknown>[]
    }
  const said = (results: readonly Answer[]) => results.map(({ ok, status, error }) => [ok, status, error?.code ?? null])

  together({
    'answer for each name in the order given, with the same properties always': async () => {
      const names = [
        upn(1).toUpperCase(),
        'nobody@contoso.example',
        person(2).id,
        ` ${upn(1)} `,
        'no.mail@contoso.example',
      ]
      const { code, results } = await ask(['enable-ahead-login', ...names])
      expect(code).to.equal(3)
      for (const one of results) expect(Object.keys(one)).to.deep.equal(['id', 'ok', 'status', 'account', 'error'])
      const [one, two] = [person(1).id, person(2).id]
      expect(results.slice(0, 4).map(({ id }) => id)).to.deep.equal([one, null, two, one])
      expect(results[1]).to.deep.equal({
        id: null,
        ok: false,
        status: null,
        account: null,
        error: { code: 'user.unknown', message: 'Nobody is called nobody@contoso.example' },
      })
      expect(results[0]).to.include({ id: person(1).id, ok: true, status: 'migrating', account: 'active', error: null })
      expect(said(results).slice(2)).to.deep.equal(Array(3).fill([true, 'migrating', null]))
      const { history } = await show(upn(1))
      expect(history.filter(({ to }) => to === 'migrating')).to.have.length(1)
    },

    'end with 0, 3 or 1: all, some, none': async () => {
      const all = await ask(['freeze', upn(3), upn(4)])
      const some = await ask(['freeze', upn(7), 'nobody'])
      const none = await ask(['back-to-microsoft', upn(5), 'nobody'])
      const one = await ask(['freeze', 'nobody'])
      expect([all, some, none, one].map(({ code }) => code)).to.deep.equal([0, 3, 1, 1])
    },

    'take odd names for what they are': async () => {
      const odd = ["SIOBHAN.O'Brien@contoso.example", 'cleo_fabrikam.example#EXT#@contoso.example', NFD_NAME]
      const { code, results } = await ask(['freeze', ...odd, "'); DROP TABLE users;--", 'x'.repeat(5000), '--dry-run'])
      expect(code).to.equal(3)
      expect(said(results)).to.deep.equal([
        ...Array<unknown>(3).fill([true, 'never-logged-in', null]),
        [false, null, 'user.unknown'],
        [false, null, 'user.unknown'],
      ])
      const { stdout } = await folder.run(['users', 'freeze', ...odd, TRAPS.lines, '--dry-run'])
      expect(stdout).not.to.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202a-\u202e]/)
      expect(stdout).to.include('two lines and more')
    },

    'name the reason of every refusal': async () => {
      const refusals: readonly (readonly [string, readonly string[], readonly string[]])[] = [
        ['send-invitation', [upn(8)], ['logs in with Microsoft: enable ahead login first']],
        ['activate', ['gone@contoso.example'], ['nothing to lift: Entra decides']],
        [
          'enable-ahead-login',
          ['frozen@contoso.example', 'gone@contoso.example', 'twice@contoso.example'],
          [
            'account is frozen: disabled in Entra',
            'account is inactive: deleted in Entra',
            'Several people are called twice@contoso.example',
          ],
        ],
      ]
      for (const [request, who, messages] of refusals) {
        const { code, results } = await ask([request, ...who, '--dry-run'])
        expect(code, request).to.equal(1)
        expect(results.map(({ error }) => error?.message)).to.deep.equal(messages)
      }
    },

    'say on the page who could not, grouped by reason, before who could': async () => {
      const names = [upn(9), 'frozen@contoso.example', 'nobody', upn(10), 'noone', 'gone@contoso.example', person(9).id]
      const { stdout, code } = await folder.run(['users', 'enable-ahead-login', ...names])
      expect(code).to.equal(3)
      const order = [
        '2 could not: nobody is called that',
        'What to do: Give our id',
        'noone',
        '1 could not: account is frozen: disabled in Entra',
        '1 could not: account is inactive: deleted in Entra',
        'person9 ',
        '2 enabled, 4 could not.',
        'No email has been sent yet: entra-connector users send-invitation is the next step.',
      ].map((part) => stdout.indexOf(part))
      expect(order).not.to.include(-1)
      expect(order).to.deep.equal([...order].sort((a, b) => a - b))
    },

    'preview who could and who could not, and write nothing': async () => {
      const before = (await show(upn(11))) as unknown
      const on = { ONBOARDING_SEND: 'on-enable' }
      const { code, results } = await ask(['enable-ahead-login', upn(11), 'nobody', '--dry-run'], on)
      expect(code).to.equal(3)
      expect(said(results)).to.deep.equal([
        [true, 'migrating', null],
        [false, null, 'user.unknown'],
      ])
      const told = await folder.run(['users', 'deactivate', upn(11), '--dry-run'])
      expect(told.stdout).to.include('1 can be deactivated.')
      expect(told.stdout).to.include('All content is kept.')
      expect(told.stdout).to.match(/Nothing has been written\.\n$/)
      expect(await show(upn(11))).to.deep.equal(before)
    },

    'say what a freeze and its end mean, and who decided': async () => {
      const frozen = await folder.run(['users', 'freeze', upn(12), '--by', 'Mia Keller'])
      expect(frozen.stdout).to.include('1 frozen.')
      expect(frozen.stdout).to.include('Every sync respects this until you lift it.')
      const shown = await folder.run(['users', 'show', upn(12)])
      expect(shown.stdout).to.include('Frozen by Mia Keller: lift it here.')
      const lifted = await folder.run(['users', 'activate', upn(12)])
      expect(lifted.stdout).to.include('They follow Entra again: 1 is active.')
      const { history, user } = await show(upn(12))
      expect(user).to.include({ account: 'active', accountReason: null })
      expect(history.slice(1).map(({ from, to, cause }) => [from, to, cause])).to.deep.equal([
        ['active', 'frozen', 'Mia Keller'],
        ['frozen', 'active', userInfo().username],
      ])
    },

    'lead back to Microsoft without a question where nobody could answer': async () => {
      const people = ['anna@contoso.example', 'mia@contoso.example']
      const preview = await folder.run(['users', 'back-to-microsoft', ...people, '--dry-run'])
      expect(preview.stdout).to.include('Their passwords and links are destroyed; this cannot be undone.')
      expect(preview.stdout).to.include('1 becomes onboarded, 1 never-logged-in.')
      const { code, results } = await ask(['back-to-microsoft', ...people])
      expect(code).to.equal(0)
      expect(said(results)).to.deep.equal([
        [true, 'onboarded', null],
        [true, 'never-logged-in', null],
      ])
    },

    'ask before passwords are destroyed, on a terminal': async () => {
      if (!hasTerminals()) return
      const answer = async (typed: string, ...args: string[]) => {
        const words = [process.execPath, MAIN, 'users', 'back-to-microsoft', ...args]
        const line = `stty cols 80; ${words.join(' ')}`
        return folder.shell(`printf '${typed}' | script -qec "${line}" /dev/null`)
      }
      const people = ['ben@contoso.example', 'max@contoso.example']
      const no = await answer('n\\n', ...people)
      const words = no.stdout.split(/\s+/).join(' ')
      expect(words).to.include('this cannot be undone. 1 becomes onboarded, 1 never-logged-in.')
      expect(no.stdout).to.include('Destroy passwords and move 2 people back to Microsoft login? [y/N]')
      expect(no.stdout).to.include('Nobody was changed')
      const silence = await answer('', ...people)
      expect([no.code, silence.code]).to.deep.equal([130, 130])
      expect((await show('max@contoso.example')).user.status).to.equal('migrating')
      const yes = await answer('y\\n', ...people)
      expect(yes.code, yes.stdout).to.equal(0)
      expect(yes.stdout).to.match(/2 moved back\.\s+Their passwords and links are destroyed\./)
      // Nobody typed a line feed after the question here.
      const lines = yes.stdout.split(/\r?\n|\[y\/N\] /)
      for (const text of lines) expect(text).to.have.length.at.most(80)
      const told = await answer('', 'moe@contoso.example', '--yes')
      expect(told.code, told.stdout).to.equal(0)
      expect(told.stdout).not.to.include('[y/N]')
    },

    'take a list from a file, from standard input and from the command line together': async () => {
      const list = `\uFEFFUser principal name;Name\r\n"${upn(15)}";"x;\r\ny"\r\n\r\n# later\r\n${upn(16)}\r\n`
      await folder.write('people.csv', list)
      await folder.write('people16.txt', Buffer.from(`\uFEFF${upn(17)}\r\n`, 'utf16le') as unknown as string)
      const [csv, utf16, piped] = await Promise.all([
        ask(['freeze', upn(18), '--file', 'people.csv', '--dry-run']),
        ask(['freeze', '--file', 'people16.txt', '--dry-run']),
        folder.shell(`printf '${upn(19)}\\nnobody' | connector users freeze --file - --dry-run --json`),
      ])
      expect(csv.results.map(({ id }) => id)).to.deep.equal([18, 15, 16].map((n) => person(n).id))
      expect(csv.code).to.equal(0)
      expect(utf16.results.map(({ id }) => id)).to.deep.equal([person(17).id])
      expect(piped.code).to.equal(3)
      expect((piped.json['results'] as Answer[]).map(({ id }) => id)).to.deep.equal([person(19).id, null])
    },

    'take our own export for a list': async () => {
      const { stdout } = await folder.run(['users', 'export', '--format', 'csv'])
      await folder.write('export.csv', stdout)
      const { code, results } = await ask(['freeze', '--file', 'export.csv', '--dry-run'])
      expect(code).to.equal(0)
      expect(results).to.have.length(PEOPLE.length)
    },

    'take a list of fifty thousand': async () => {
      const names = Array.from({ length: 50_000 }, (_, n) => (n === 777 ? upn(20) : `stranger${n}@contoso.example`))
      await folder.write('many.txt', names.join('\n'))
      const { stdout, code } = await folder.run(['users', 'freeze', '--file', 'many.txt', '--dry-run'])
      expect(code).to.equal(3)
      expect(stdout).to.include('49,999 cannot: nobody is called that')
      expect(stdout).to.include('… and 49,949 more; --json names everybody')
      expect(stdout).to.include('1 can be frozen, 49,999 cannot.')
    },

    'refuse a command line or a list that names nobody, with what to do': async () => {
      const [none, empty] = [await folder.run(['users', 'freeze']), await folder.write('empty.txt', '\n# nobody yet\n')]
      expect(none).to.include({ code: 2, stdout: '' })
      expect(none.stderr).to.match(
        /^Nobody is named\n {2}What to do: Name people by id or user name: entra-connector users/,
      )
      const open = await folder.write('open.csv', `${upn(21)}\n"${upn(22)}\n`)
      const store = join(folder.path, 'connector.db')
      const wrong: readonly (readonly [readonly string[], Options, RegExp])[] = [
        [[], { file: empty }, /^Nobody is named in .*empty\.txt$/],
        [[], { file: join(folder.path, 'missing.txt') }, /missing\.txt cannot be read: there is no such file$/],
        [[], { file: folder.path }, / cannot be read: it is a folder$/],
        [[upn(21)], { file: open }, /open\.csv, line 2: a quotation mark/],
        [[upn(21)], { file: store }, /connector\.db is not a text$/],
        [[upn(21), ' '], {}, /^The id or user name is empty$/],
        [[upn(21)], { file: ' ' }, /^--file is empty$/],
        [[upn(21)], { by: ' ' }, /^--by is empty$/],
        [[upn(21)], { by: 'Run' }, /"Run" would not be taken for a person/],
      ]
      for (const [words, options, message] of wrong) {
        const outcome: unknown = await askFor('freeze', { json: true, connection: null }, options, words).catch(
          (error: unknown) => error,
        )
        expect(outcome).to.include({ code: 'usage.invalid' })
        expect(outcome).to.have.property('message').that.matches(message)
        expect(outcome).to.have.property('remedy').that.matches(/\S/)
      }
      expect((await show(upn(21))).user.account).to.equal('active')
    },

    'fit into 80 columns on a terminal': async () => {
      if (!hasTerminals()) return
      const names = [upn(23), 'nobody', 'frozen@contoso.example', "siobhan.o'brien@contoso.example"]
      const { stdout, code } = await folder.onTerminal(80, ['users', 'enable-ahead-login', ...names, '--dry-run'])
      expect(code).to.equal(3)
      for (const line of stdout.split(/\r?\n/)) expect(line).to.have.length.at.most(80)
    },
  })
})
