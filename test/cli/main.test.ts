import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { aFolder, each, type Folder, type Result } from '../support/command.js'
import { together } from '../support/together.js'

const PACKAGE = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no command', [], /A command is missing/],
  ['no subcommand', ['runs'], /A command is missing/],
  ['an unknown command', ['synch'], /Unknown command 'synch'/],
  ['an unknown option', ['sync', '--foo'], /Unknown option '--foo'/],
  ['a missing argument', ['users', 'show'], /Missing required argument/],
  ['a missing value', ['sync', '--user'], /argument missing/],
  ['an argument too many', ['check', 'all'], /Too many arguments/],
  ['an unknown status', ['users', 'list', '--status', 'paused'], /--status paused is not known/],
  ['an unknown account state', ['users', 'list', '--account', 'gone'], /--account gone is not known/],
  ['an unknown first login', ['users', 'list', '--first-login', 'done'], /--first-login done is not known/],
  ['an unknown format', ['users', 'export', '--format', 'xlsx'], /--format xlsx is not known/],
  ['a limit of nothing', ['users', 'list', '--limit', '0'], /--limit 0 is not a whole number from 1/],
  ['a negative limit', ['runs', 'list', '--limit', '-1'], /--limit -1 is not a whole number from 1/],
  ['a limit in words', ['runs', 'list', '--limit', 'all'], /--limit all is not a whole number from 1/],
  ['a limit in other digits', ['users', 'list', '--limit', '٣'], /is not a whole number from 1/],
  ['an unknown connection', ['users', 'list', '--connection', 'nord'], /no connection called nord/],
  ['options that contradict each other', ['sync', '--full', '--user', 'ana@contoso.example'], /contradict/],
  ['a person without a name', ['users', 'show', ' '], /is empty$/],
  ['a person without a name to read', ['sync', '--user', ''], /^--user is empty$/],
  ['a run without an id', ['runs', 'show', ''], /^The id is empty$/],
  ['the log of a run without an id', ['runs', 'log', ' '], /^The id is empty$/],
  ['a cursor that is none', ['users', 'list', '--cursor', 'eyJ4IjoxfQ'], /cursor cannot be read/],
]

describe('the command line', () => {
  let folder: Folder

  before(async () => {
    folder = await aFolder()
  })
  after(() => folder.remove())

  function expectUsage(result: Result, message: RegExp): void {
    expect(result.code).to.equal(2)
    expect(result.json).to.have.all.keys('error')
    const error = result.json['error'] as Record<string, unknown>
    expect(error).to.have.all.keys('code', 'message', 'remedy', 'requestId')
    expect(error).to.include({ code: 'usage.invalid', requestId: null })
    expect(error['message']).to.match(message)
    expect(error['remedy']).to.match(/\S/)
  }

  together({
    'names every command in its help, and the options of each': async () => {
      const [all, sync, list, none] = await Promise.all([
        folder.run(['--help']),
        folder.run(['sync', '--help']),
        folder.run(['users', 'list', '--help']),
        folder.run(['help', 'runs']),
      ])
      expect(all).to.include({ code: 0, stderr: '' })
      for (const name of ['check', 'sync', 'serve', 'users', 'runs', 'demo'])
        expect(all.stdout).to.match(new RegExp(`^ {2}${name} `, 'm'))
      for (const option of ['--full', '--dry-run', '--user', '--json', '--connection'])
        expect(sync.stdout).to.include(option)
      for (const option of ['--status', '--account', '--first-login', '--search', '--limit', '--cursor'])
        expect(list.stdout).to.include(option)
      expect(list.stdout).to.include('--needs-attention')
      expect(none.stdout).to.match(/list[^]*show[^]*log/)
    },

    'has the version of the package': async () => {
      expect(await folder.run(['--version'])).to.include({ code: 0, stdout: `${PACKAGE.version}\n` })
    },

    'fits its help into 80 columns': async () => {
      const all = await Promise.all(
        [['--help'], ['users', '--help'], ['users', 'freeze', '--help'], ['holds', 'approve', '--help']].map((words) =>
          folder.run(words),
        ),
      )
      const lines = all.flatMap(({ stdout }) => stdout.split('\n'))
      expect(lines.filter((line) => line.length > 80)).to.deep.equal([])
      expect(lines.length).to.be.greaterThan(80)
    },

    'shows the help and ends with 2 when the command is missing': async () => {
      const [all, users] = await Promise.all([folder.run([]), folder.run(['users'])])
      expect(all).to.include({ code: 2, stdout: '' })
      expect(all.stderr).to.include('Usage: entra-connector')
      expect(users).to.include({ code: 2, stdout: '' })
      expect(users.stderr).to.include('Usage: entra-connector users')
    },

    'says on standard error what it cannot understand, and what to do': async () => {
      const result = await folder.run(['users', 'lst'])
      expect(result).to.include({ code: 2, stdout: '' })
      expect(result.stderr).to.equal(
        "Unknown command 'lst'\n  What to do: Did you mean list? entra-connector --help shows what there is.\n",
      )
    },

    'takes global options before and after the command': async () => {
      const expected = { users: [], nextCursor: null }
      const lines = [
        ['--json', 'users', 'list'],
        ['users', '--json', 'list'],
        ['users', 'list', '--json', '--limit', '3'],
        ['--connection', 'default', 'users', 'list', '--json'],
        ['users', 'list', '--limit=3', '--connection=default', '--json'],
      ]
      for (const { code, json } of await each(lines, 3, (args) => folder.run(args)))
        expect({ code, ...json }).to.deep.equal({ code: 0, ...expected })
    },
    ...Object.fromEntries(
      WRONG.map(([name, args, message]) => [
        `prints one JSON document and ends with 2 for ${name}`,
        async () => expectUsage(await folder.run([...args, '--json']), message),
      ]),
    ),
  })
})
