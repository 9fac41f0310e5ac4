import { expect } from 'chai'
import type { HistoryEntry } from '../../src/domain/user.js'
import type { UserView } from '../../src/domain/view.js'
import { aFolder, each, hasTerminals, type Folder } from '../support/command.js'
import { together } from '../support/together.js'
import { aCompany, everyone, TRAPS, withCompany, type Company } from './company.js'

const USER_KEYS = [
  'id',
  'connection',
  'entraObjectId',
  'userPrincipalName',
  'displayName',
  'givenName',
  'surname',
  'mail',
  'jobTitle',
  'department',
  'companyName',
  'officeLocation',
  'mobilePhone',
  'preferredLanguage',
  'employeeId',
  'userType',
  'identity',
  'status',
  'statusSince',
  'statusReason',
  'account',
  'accountReason',
  'firstLoginAt',
  'firstLoginSource',
  'lastLoginAt',
  'createdAt',
  'updatedAt',
]
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

describe('users list and users show', () => {
  let company: Company

  before(async () => {
    company = await aCompany()
    const { directory, signIns } = company.simulator
    for (const displayName of Object.values(TRAPS)) directory.create({ displayName })
    await company.sync()
    directory.softDelete(directory.find('suharto@contoso.example')?.id ?? '')
    directory.update(directory.find('ben.okafor@contoso.example')?.id ?? '', { jobTitle: 'Head of Finance' })
    signIns.add({ userId: directory.find('anna.schmidt@contoso.example')?.id ?? '', correlationId: 'c-1' })
    await company.sync()
  })
  after(() => company.close())

  const list = async (...args: string[]): Promise<UserView[]> => {
    const { json, code } = await company.run(['users', 'list', ...args, '--json'])
    expect(code).to.equal(0)
    expect(json).to.have.all.keys('users', 'nextCursor')
    return json['users'] as UserView[]
  }
  const names = (users: readonly UserView[]): (string | null)[] =>
    users.map(({ userPrincipalName }) => userPrincipalName)
  const show = async (who: string, folder: Folder = company): Promise<{ user: UserView; history: HistoryEntry[] }> =>
    (await folder.run(['users', 'show', who, '--json'])).json as unknown as { user: UserView; history: HistoryEntry[] }

  together({
    'print each person with all of the properties and nothing more, absent ones as null': async () => {
      const users = await list('--limit', '100')
      expect(users).to.have.length(33)
      for (const user of users) {
        expect(Object.keys(user)).to.deep.equal(USER_KEYS)
        expect(user.connection).to.equal('default')
        expect(user.createdAt).to.match(INSTANT)
        expect(user.statusSince).to.match(INSTANT)
      }
      const cleo = users.find(({ userPrincipalName }) => userPrincipalName?.startsWith('cleo_'))
      expect(cleo).to.include({
        userType: 'Guest',
        jobTitle: null,
        employeeId: null,
        firstLoginAt: null,
        mail: 'cleo@fabrikam.example',
      })
      expect(cleo).to.include({
        identity: 'entra-id',
        status: 'never-logged-in',
        account: 'active',
        accountReason: null,
      })
      expect(cleo).to.include({ statusReason: null, firstLoginSource: null, lastLoginAt: null })
    },

    'walk everybody exactly once with --cursor': async () => {
      const seen: (string | null)[] = []
      let cursor: string | null = null
      for (let pages = 0; pages < 10; pages += 1) {
        const more: string[] = cursor === null ? [] : ['--cursor', cursor]
        const { json } = await company.run(['users', 'list', '--limit', '9', ...more, '--json'])
        seen.push(...names(json['users'] as UserView[]))
        cursor = json['nextCursor'] as string | null
        if (cursor === null) break
      }
      expect(seen).to.have.length(33)
      expect(new Set(seen)).to.have.length(33)
      expect(seen).to.have.members(names(await everyone(company)))
    },

    'filter by status, account state and first login, in any letter case, one or all': async () => {
      const [onboarded, completed, frozen, inactive, none, pending] = await Promise.all([
        list('--status', 'onboarded'),
        list('--first-login', 'Completed'),
        list('--account', 'FROZEN'),
        list('--account', 'inactive'),
        list('--account', 'inactive', '--status', 'onboarded'),
        list('--first-login', 'pending', '--limit', '100'),
      ])
      expect(names(onboarded)).to.deep.equal(['anna.schmidt@contoso.example'])
      expect(completed).to.deep.equal(onboarded)
      expect(names(frozen)).to.include('lena.hold@contoso.example')
      expect(names(inactive)).to.deep.equal(['suharto@contoso.example'])
      expect(none).to.deep.equal([])
      expect(pending).to.have.length(32)
    },

    'search parts of names with umlauts, accents and other scripts, in any letter case': async () => {
      const searches: readonly (readonly [string, readonly string[]])[] = [
        ['ZOË MÜL', ['zoe.mueller']],
        ['Zoe\u0308', ['zoe.mueller']],
        ['josé núñ', ['jose.nunez']],
        ['小明', ['wang.xiaoming']],
        ["O'BRIEN-d'arcy", ["siobhan.o'brien"]],
        ['ЛУК', ['olena.lukianenko']],
        ["'); DROP", ['rob.tables']],
        ['100%_', []],
      ]
      const results = await each(searches, 4, ([text]) => list('--search', text))
      for (const [index, [text, found]] of searches.entries())
        expect(names(results[index] ?? []), text).to.deep.equal(found.map((name) => `${name}@contoso.example`))
    },

    'show one person by our id, the object id or the user name, in any letter case': async () => {
      const { user } = await show("SIOBHAN.O'Brien@contoso.example")
      expect(user.displayName).to.equal("Siobhán O'Brien-D'Arcy")
      const ways = [user.id.toUpperCase(), user.entraObjectId?.toUpperCase() ?? '', ` ${user.userPrincipalName ?? ''} `]
      for (const shown of await Promise.all(ways.map((who) => show(who)))) expect(shown.user).to.deep.equal(user)
    },

    'show the history, being created the first, each entry with its five properties': async () => {
      const { user, history } = await show('ANNA.schmidt@contoso.example')
      expect(user).to.include({ status: 'onboarded', firstLoginSource: 'sign-in-log' })
      for (const entry of history) expect(entry).to.have.all.keys('at', 'from', 'to', 'cause', 'evidence')
      expect(history.map(({ from, to, cause }) => [from, to, cause])).to.deep.equal([
        [null, 'never-logged-in', 'run'],
        ['never-logged-in', 'onboarded', 'sign-in'],
      ])
      expect(history[1]?.evidence).to.include({ source: 'sign-in-log', correlationId: 'c-1', at: user.firstLoginAt })
    },

    'say who is not known, and end with 1': async () => {
      const { code, json } = await company.run(['users', 'show', 'nobody@contoso.example', '--json'])
      expect(code).to.equal(1)
      expect(json['error']).to.deep.include({
        code: 'user.unknown',
        message: 'Nobody is called nobody@contoso.example',
      })
    },

    'say that nobody is in scope once everybody was read': () =>
      withCompany({}, { users: 0 }, async (empty) => {
        await empty.sync()
        const { code, stdout } = await empty.run(['users', 'list'])
        expect(code).to.equal(0)
        expect(stdout).to.match(/^Nobody here: when everybody was read, at .* UTC, nobody was in scope\.\n$/)
      }),

    'say what to do in a store that does not exist yet': async () => {
      const empty = await aFolder()
      const [listed, json, shown] = await Promise.all([
        empty.run(['users', 'list']),
        empty.run(['users', 'list', '--json']),
        empty.run(['users', 'show', 'ana', '--json']),
      ])
      expect(listed).to.include({ code: 0, stderr: '' })
      expect(listed.stdout).to.equal('Nobody here yet. People appear after the first sync: entra-connector sync\n')
      expect(json.json).to.deep.equal({ users: [], nextCursor: null })
      expect(shown.code).to.equal(1)
      await empty.remove()
    },

    'let no name act on the terminal, in tables, pages and JSON': async () => {
      const [table, json] = await Promise.all([
        company.run(['users', 'list', '--limit', '100']),
        company.run(['users', 'list', '--limit', '100', '--json']),
      ])
      const pages = await Promise.all(
        (await everyone(company))
          .filter(({ displayName }) => Object.values<string | null>(TRAPS).includes(displayName))
          .map(({ id }) => company.run(['users', 'show', id])),
      )
      expect(pages).to.have.length(3)
      for (const { stdout } of [table, json, ...pages]) {
        expect(stdout).not.to.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
      }
      expect((json.json['users'] as UserView[]).map(({ displayName }) => displayName)).to.include.members(
        Object.values(TRAPS),
      )
      expect(table.stdout).to.include('two lines and more')
    },

    'cut nothing where no terminal looks': async () => {
      const { stdout } = await company.run(['users', 'list', '--limit', '100'])
      const lines = stdout.trimEnd().split('\n')
      expect(lines).to.have.length.greaterThan(33)
      expect(stdout).to.include('Montenegro Filha')
      expect(lines[0]).to.match(/^Name +User name +Onboarding +Account +First login +Because$/)
    },
  })

  it('tell two people apart who have held the same user name: the one present is meant', async () => {
    const { directory } = company.simulator
    const make = () => directory.create({ displayName: 'Max Neu', userPrincipalName: 'max.neu@contoso.example' })
    const leaver = make()
    await company.sync()
    directory.purge(leaver.id)
    const joiner = make()
    await company.sync()
    expect((await show('Max.Neu@contoso.example')).user.entraObjectId).to.equal(joiner.id)
    directory.purge(joiner.id)
    await company.sync()
    const { code, json } = await company.run(['users', 'show', 'max.neu@contoso.example', '--json'])
    expect(code).to.equal(1)
    expect(json['error']).to.include({ code: 'user.ambiguous' })
  })

  it('fit into 80 columns on a terminal', async function () {
    if (!hasTerminals()) this.skip()
    const results = await Promise.all(
      [
        ['users', 'list', '--limit', '30'],
        ['users', 'show', 'maria.conceicao@contoso.example'],
        ['runs', 'list'],
      ].map((args) => company.onTerminal(80, args)),
    )
    for (const { stdout, code } of results) {
      expect(code).to.equal(0)
      const lines = stdout.split(/\r?\n/).filter((line) => !line.includes('--cursor'))
      // Wide letters take two places: a line of Latin letters alone shows whether it was cut to fit.
      for (const line of lines.filter((text) => /^[\x20-\u024f]*$/.test(text))) expect(line).to.have.length.at.most(80)
    }
  })
})
