import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { VIEW_FIELDS, type UserView } from '../../src/domain/view.js'
import { aFolder, each } from '../support/command.js'
import { together } from '../support/together.js'
import { aCompany, everyone, TRAPS, type Company } from './company.js'

/** RFC 4180 with every field quoted, and nothing else. */
function readCsv(text: string): string[][] {
  const rows: string[][] = []
  const field = /"((?:[^"]|"")*)"(,|\r\n)/y
  let row: string[] = []
  while (field.lastIndex < text.length) {
    const at = field.lastIndex
    const [, content, end] = field.exec(text) ?? []
    if (content === undefined) throw new Error(`Not RFC 4180 at ${at}: ${text.slice(at, at + 40)}`)
    row.push(content.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

describe('users export', () => {
  let company: Company

  before(async () => {
    company = await aCompany({}, { users: 400, pageSize: 200 })
    const { directory } = company.simulator
    for (const displayName of Object.values(TRAPS)) directory.create({ displayName })
    directory.create({ displayName: 'Quote "inside", comma; semicolon\r\nand a line', mail: null })
    await company.sync()
    directory.softDelete(directory.find('suharto@contoso.example')?.id ?? '')
    await company.sync()
  })
  after(() => company.close())

  together({
    'prints everyone, inactive people included, one JSON document a line': async () => {
      const { code, stdout, stderr } = await company.run(['users', 'export'])
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
      const lines = stdout.split('\n')
      expect(lines.pop()).to.equal('')
      const users = lines.map((line) => JSON.parse(line) as UserView)
      expect(users).to.have.length(404)
      expect(users).to.deep.equal(await everyone(company))
      expect(users.some(({ account }) => account === 'inactive')).to.equal(true)
    },

    'prints lines that no reader takes for two': async () => {
      const { stdout } = await company.run(['users', 'export', '--json'])
      expect(stdout).not.to.match(/[\u0085\u2028\u2029\r]/)
      const names = stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as UserView).displayName)
      expect(names).to.include.members(Object.values(TRAPS))
    },

    'prints CSV as RFC 4180: a header of the property names, every field quoted, CRLF': async () => {
      const { code, stdout } = await company.run(['users', 'export', '--format', 'csv'])
      expect(code).to.equal(0)
      const [header, ...rows] = readCsv(stdout)
      expect(header).to.deep.equal([...VIEW_FIELDS])
      const expected = (await everyone(company)).map((user) => VIEW_FIELDS.map((field) => user[field] ?? ''))
      expect(rows).to.deep.equal(expected)
      const names = rows.map((row) => row[VIEW_FIELDS.indexOf('displayName')])
      expect(names).to.include.members([
        'Quote "inside", comma; semicolon\r\nand a line',
        '=SUM(A1:A9)',
        'Kim 🦊👩‍🚀 Larsen',
        '王小明',
        'Zoë Müller',
      ])
    },

    'refuses to print CSV where JSON was asked for': async () => {
      for (const args of [
        ['--format', 'csv', '--json'],
        ['--json', '--format', 'CSV'],
      ]) {
        const { code, json } = await company.run(['users', 'export', ...args])
        expect(code, args.join(' ')).to.equal(2)
        expect(json['error']).to.include({ code: 'usage.invalid', remedy: 'Leave one of them away.' })
      }
      expect((await company.run(['users', 'export', '--format', 'ndjson', '--json'])).code).to.equal(0)
    },

    'prints the header alone, or nothing, when there is nobody': async () => {
      const empty = await aFolder()
      const csv = await empty.run(['users', 'export', '--format', 'CSV'])
      expect(csv.code).to.equal(0)
      expect(readCsv(csv.stdout)).to.deep.equal([[...VIEW_FIELDS]])
      expect(await empty.run(['users', 'export'])).to.include({ code: 0, stdout: '', stderr: '' })
      await empty.remove()
    },

    'ends quietly when the reader has seen enough': async () => {
      for (const format of ['ndjson', 'csv']) {
        const line = `{ connector users export --format ${format}; echo "code $?" >&2; } | head -n 1`
        const { stdout, stderr } = await company.shell(line)
        expect(stdout.trimEnd().split('\n'), format).to.have.length(1)
        expect(stderr, format).to.equal('code 0\n')
      }
      const { stderr } = await company.shell(
        '{ connector users list --limit 400 --json; echo "code $?" >&2; } | head -c 1',
      )
      expect(stderr).to.equal('code 0\n')
    },
  })

  it('never ends with 0 when the result could not be written', async function () {
    if (!existsSync('/dev/full')) this.skip()
    const commands = ['users export', 'users export --format csv', 'users list --json', 'runs list']
    for (const { code, stderr } of await each(commands, 4, (one) => company.shell(`connector ${one} > /dev/full`))) {
      expect(code).to.equal(1)
      expect(stderr).to.match(/^The result cannot be written: .*ENOSPC/)
    }
  })
})
