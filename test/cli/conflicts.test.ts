import { expect } from 'chai'
import { conflictLines, otherLines, type ConflictView, type ToldConflict } from '../../src/cli/conflict-list.js'
import type { User } from '../../src/domain/user.js'
import { aRemoval, entry as anEntry } from '../store/support.js'
import { aUser } from '../support/people.js'
import { hasTerminals } from '../support/command.js'
import { together } from '../support/together.js'
import { entryFor, TENANTS } from '../support/installation.js'
import { startSimulator } from '../../src/simulator/server.js'
import { aFolder } from '../support/command.js'
import { aCompany, type Company } from './company.js'

const BEN = 'ben.okafor@contoso.example'

describe('users conflicts', () => {
  let company: Company
  let earlier: string

  before(async () => {
    company = await aCompany()
    const { directory } = company.simulator
    await company.sync()
    earlier = directory.find(BEN)?.id ?? ''
    directory.softDelete(earlier)
    await company.sync()
    directory.create({ displayName: 'Ben \u001b[31mOkafor', userPrincipalName: BEN, mail: undefined })
    await company.sync()
  })
  after(() => company.close())

  const twoOf = (conflict: ToldConflict, ...over: Partial<User>[]): ToldConflict => ({
    ...conflict,
    users: over.map((one, n) => aUser({ id: `user-${n}`, entraObjectId: `object-${n}`, ...one })),
  })

  const conflicts = async (...args: string[]): Promise<ConflictView[]> =>
    (await company.run(['users', 'conflicts', ...args, '--json'])).json['conflicts'] as ConflictView[]

  together({
    'show who came back under another account and who shares an address, with every history': async () => {
      const found = await conflicts()
      expect(found.map(({ kind, address, users }) => [kind, address, users.length])).to.deep.equal([
        ['same-address', 'reception@contoso.example', 3],
        ['rehired', BEN, 2],
      ])
      const { users, history } = found[1]!
      expect(users.map(({ account }) => account)).to.deep.equal(['active', 'inactive'])
      expect(users[1]).to.include({ entraObjectId: earlier })
      expect(users.map(({ id }) => history[id]?.length)).to.deep.equal([1, 2])
    },

    'are told of one person by users show, with id and last change of the other': async () => {
      const { json } = await company.run(['users', 'show', BEN, '--json'])
      const [conflict] = json['conflicts'] as ConflictView[]
      expect(conflict).to.include({ kind: 'rehired', address: BEN })
      const { stdout } = await company.run(['users', 'show', BEN])
      expect(stdout).to.match(/A newer account has the address of an earlier one: ben\.okafor@contoso\.example/)
      expect(stdout).to.contain(`object id ${earlier}`).and.to.contain('active → inactive (deleted in Entra)')
      expect(
        (await company.run(['users', 'show', 'suharto@contoso.example', '--json'])).json['conflicts'],
      ).to.deep.equal([])
    },

    'speak of a newer account only where there is one': () => {
      const conflict: ToldConflict = { kind: 'rehired', address: 'reception@contoso.example', users: [], history: {} }
      const removal = aRemoval({ at: '2026-11-20T08:00:00.000Z' })
      const gone = { presence: 'soft-deleted', removal, userPrincipalName: 'eva@contoso.example' } as const
      const titleOf = (createdAt: string) => conflictLines(twoOf(conflict, { createdAt }, gone), false)[0]
      expect(titleOf('2026-11-20T08:00:01.000Z')).to.match(/^A newer account has the address of an earlier one: rec/)
      expect(titleOf('2026-11-19T08:00:00.000Z')).to.match(/^Somebody else has the address of an earlier record: rec/)
      return Promise.resolve()
    },

    'show the newest entries of both histories, and where the rest is': () => {
      const entry = (n: number) => anEntry('active', { at: `2026-11-2${n}T08:00:00.000Z` })
      const history = { 'user-0': [1, 2, 3, 4, 5].map(entry), 'user-1': [1, 2, 3].map(entry) }
      const conflict = twoOf({ kind: 'same-address', address: 'x', users: [], history }, {}, { connection: 'south' })
      const shown = (lines: string[]) => lines.flatMap((line) => /^ {4}(2026-11-2\d|.*earlier.*)/.exec(line)?.[1] ?? [])
      const [three, four, five] = ['2026-11-23', '2026-11-24', '2026-11-25']
      expect(shown(conflictLines(conflict, true))).to.deep.equal([
        '2 earlier entries: entra-connector users show user-0 --connection default',
        ...[three, four, five],
        ...['2026-11-21', '2026-11-22', three],
      ])
      const [one, other] = conflict.users
      if (!one || !other) throw new Error('two are there')
      expect(otherLines(conflict, one).join('\n')).to.contain('connection south').and.not.to.contain('earlier entries')
      expect(otherLines(conflict, other).join('\n')).to.contain('users show user-0 --connection default')
      return Promise.resolve()
    },

    'end with what to do, and nothing in a name moves the terminal': async () => {
      const { stdout, code } = await company.run(['users', 'conflicts'])
      expect(code).to.equal(0)
      expect(stdout).to.match(/2 conflicts\. Nothing is joined by itself/)
      expect(stdout).not.to.contain('\u001b[31m')
      if (!hasTerminals()) return
      const narrow = await company.onTerminal(80, ['users', 'conflicts'])
      for (const line of narrow.stdout.split(/\r?\n/)) expect(line.length, line).to.be.at.most(80)
    },

    'change nobody': async () => {
      const before = (await company.run(['users', 'export'])).stdout
      await conflicts()
      expect((await company.run(['users', 'export'])).stdout).to.equal(before)
    },

    'are looked for across all connections': async () => {
      const north = await startSimulator({ users: 2, tenantId: TENANTS['north'] ?? '' })
      const south = await startSimulator({ users: 2, tenantId: TENANTS['south'] ?? '', seed: 7 })
      const secret = north.settings().AZURE_CLIENT_SECRET
      const folder = await aFolder({ SECRET_OF_NORTH: secret, SECRET_OF_SOUTH: secret })
      try {
        south.directory.create({ displayName: 'Wanda', userPrincipalName: 'wanda@contoso.example' })
        await folder.run(['--version'])
        const { mkdir } = await import('node:fs/promises')
        await mkdir(`${folder.path}/config`)
        const entries = [entryFor('north', north), entryFor('south', south)]
        await folder.write('config/connections.json', JSON.stringify(entries))
        for (const name of ['north', 'south']) await folder.run(['sync', '--connection', name])
        const { json, code } = await folder.run(['users', 'conflicts', '--json'])
        expect(code).to.equal(0)
        const found = json['conflicts'] as ConflictView[]
        expect(found.map(({ kind, users }) => [kind, users.map(({ connection }) => connection).sort()])).to.deep.equal([
          ['same-address', ['north', 'south']],
          ['same-address', ['north', 'south']],
        ])
        const wanda = await folder.run(['explain', 'wanda@contoso.example', '--connection', 'north', '--json'])
        expect([wanda.code, wanda.json['answer']]).to.deep.equal([
          0,
          'Nobody in Entra has wanda@contoso.example as their user name, and nobody here as user name or email address. Connection south has somebody of this name: look there.',
        ])
      } finally {
        await folder.remove()
        await north.close()
        await south.close()
      }
    },

    'say so where there are none': async () => {
      const folder = await aFolder({ ...company.env })
      try {
        expect((await folder.run(['users', 'conflicts', '--json'])).json).to.deep.equal({ conflicts: [] })
        expect((await folder.run(['users', 'conflicts'])).stdout).to.match(/^No conflicts: /)
      } finally {
        await folder.remove()
      }
    },
  })
})
