import { expect } from 'chai'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { aFolder, hasTerminals } from '../support/command.js'
import { together } from '../support/together.js'
import { widthOf } from '../../src/cli/layout.js'
import type { WholeHold } from '../../src/holds/view.js'
import { DELETED, errorOf, MOVED, OUTSIDE, whileLeaving, type LeavingCompany } from '../cli/held.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const GONE = 'deleted in Entra'
const NOBODY = '00000000-0000-7000-8000-000000000000'

const inactive = (company: LeavingCompany): Promise<string[]> => company.who('inactive')

const idsOf = (company: LeavingCompany, from: number, until: number): string[] =>
  company.people.slice(from, until).map(({ id }) => id)

describe('holds', () => {
  together({
    'wait by cause; one cause is approved and carried out, the other one rejected and never asked about again': () =>
      whileLeaving({}, async (company) => {
        const held = await company.run(['sync', '--json'])
        expect(held.code).to.equal(6)
        expect(held.json).to.include({ outcome: 'held' })
        expect(held.json['users']).to.include({ read: 26, held: 26, deactivated: 0 })
        expect(await inactive(company)).to.deep.equal([])

        const listed = (await company.run(['holds', 'list', '--json'])).json['holds'] as WholeHold[]
        const hold = (await company.run(['holds', 'show', listed[0]?.id ?? '', '--json'])).json as unknown as WholeHold
        const { id, runId, createdAt, expiresAt, state, count, causes } = hold
        expect(listed).to.deep.equal([{ id, runId, createdAt, expiresAt, state, count, causes }])
        expect(hold).to.include({ runId: held.json['runId'], state: 'open', count: 26 })
        expect(Date.parse(hold.expiresAt) - Date.parse(hold.createdAt)).to.equal(7 * 24 * 60 * 60 * 1000)
        const [deleted, moved] = hold.causes
        expect(deleted).to.deep.equal({ cause: GONE, count: DELETED })
        expect(hold).to.have.deep.nested.property('effects[0]', { cause: GONE, licences: DELETED, logins: 0 })
        expect(moved).to.include({ count: MOVED }).and.to.have.property('cause').that.includes(OUTSIDE)
        expect(hold.users.map(({ entraObjectId }) => entraObjectId)).to.have.members(idsOf(company, 0, 26))
        const first = await company.person(idsOf(company, 0, 1)[0] ?? '')
        expect(first.user.account).to.equal('active')
        expect(first.removal).to.include({ state: 'held', cause: GONE, hold: hold.id })

        const approved = await company.run([
          'holds',
          'approve',
          hold.id.toUpperCase(),
          '--cause',
          'DELETED in Entra',
          '--by',
          "Mia O'Neill",
          '--json',
        ])
        expect(approved.code).to.equal(0)
        expect(approved.json).to.deep.include({ id: hold.id, state: 'open', count: MOVED, causes: [moved] })
        expect(approved.json['users']).to.have.length(MOVED)
        expect(await inactive(company), 'a decision alone removes nobody').to.deep.equal([])

        const acted = await company.syncs()
        expect(acted.code).to.equal(0)
        expect(acted.run.users).to.include({ deactivated: DELETED, held: 0 })
        expect(await inactive(company)).to.have.members(idsOf(company, 0, DELETED))
        const { history, user } = await company.person(idsOf(company, 0, 1)[0] ?? '')
        expect(user).to.include({ account: 'inactive', accountReason: 'deleted-in-entra' })
        const last = history.at(-1)
        expect(last).to.include({ from: 'active', to: 'inactive', cause: 'run' })
        expect(last?.evidence).to.include({
          proof: 'tombstone',
          approvedBy: "Mia O'Neill",
          hold: hold.id,
          removal: GONE,
        })
        expect(last?.evidence).to.include.keys('approvedAt', 'confirmedAt')

        const rejected = await company.run([
          'holds',
          'reject',
          hold.id,
          '--by',
          'Tom',
          '--reason',
          'they stay',
          '--json',
        ])
        expect(rejected.code).to.equal(0)
        expect(rejected.json).to.deep.include({ state: 'approved', count: 0, causes: [], users: [] })
        expect((await company.run(['holds', 'list', '--json'])).json).to.deep.equal({ holds: [] })
        for (const full of [false, true, false]) expect((await company.syncs({ full })).code).to.equal(0)
        expect(await inactive(company)).to.have.members(idsOf(company, 0, DELETED))
        const kept = await company.person(idsOf(company, DELETED, 26)[0] ?? '')
        expect(kept.removal).to.include({ state: 'rejected' })
        expect(kept.history.at(-1)).to.deep.include({
          from: { removal: 'held' },
          to: { removal: 'rejected' },
          cause: 'Tom',
        })
        expect(kept.history.at(-1)?.evidence).to.include({ reason: 'they stay' })
        const page = await company.run(['users', 'show', kept.user.id])
        expect(page.stdout).to.include(`Keeps access: Tom decided that they stay (${moved?.cause ?? ''})`)
        const { holds } = (await company.run(['holds', 'list', '--all', '--json'])).json
        expect(holds).to.have.length(1)
      }),

    'drop out who is restored in Entra, and close when nobody is left': () =>
      whileLeaving({}, async (company) => {
        const { directory } = company.simulator
        await company.syncs()
        const { id } = await company.openHold()
        for (const person of company.people.slice(0, DELETED)) directory.restore(person.id)
        expect((await company.syncs()).code).to.equal(0)
        expect(await company.hold(id)).to.include({ state: 'open', count: MOVED })
        for (const person of company.people.slice(DELETED, 26)) directory.update(person.id, { department: 'Legal' })
        expect((await company.syncs()).code).to.equal(0)
        expect(await company.hold(id)).to.deep.include({ state: 'closed', count: 0, users: [] })
        expect(await inactive(company)).to.deep.equal([])
        const late = await company.run(['holds', 'approve', id, '--json'])
        expect(late.code).to.equal(1)
        expect(errorOf(late)).to.include({ code: 'hold.decided' })
      }),

    'expire without removing anybody, and are asked about again': () =>
      whileLeaving({ HOLDS_EXPIRE_AFTER: '1s' }, async (company) => {
        await company.syncs()
        const [first] = (await company.run(['holds', 'list', '--all', '--json'])).json['holds'] as { id: string }[]
        const id = first?.id ?? ''
        await setTimeout(1100)
        const late = await company.run(['holds', 'approve', id, '--json'])
        expect(late.code).to.equal(1)
        expect(errorOf(late).message).to.match(/^This hold expired at /)
        expect((await company.run(['holds', 'list', '--json'])).json).to.deep.equal({ holds: [] })
        const again = await company.syncs()
        expect(again.code).to.equal(6)
        expect(again.run.users).to.include({ held: 26, deactivated: 0 })
        expect(await inactive(company)).to.deep.equal([])
        expect(await company.hold(id)).to.include({ state: 'expired', count: 0 })
      }),

    'expire although they were approved, where no run acts on it in time': () =>
      whileLeaving({ HOLDS_EXPIRE_AFTER: '20s' }, async (company) => {
        await company.syncs()
        const { id, expiresAt } = await company.openHold()
        const who = company.people[0]?.id ?? ''
        const stays = company.people[1]?.id ?? ''
        await company.run(['holds', 'reject', id, '--user', stays])
        expect((await company.run(['holds', 'approve', id, '--json'])).json).to.include({ state: 'approved' })
        await setTimeout(Math.max(0, Date.parse(expiresAt) + 10 - Date.now()))
        const { holds } = (await company.run(['holds', 'list', '--all', '--json'])).json
        expect(holds).to.have.length(1)
        expect((holds as { state: string }[])[0]).to.include({ id, state: 'expired', count: 0 })
        const shown = await company.run(['users', 'show', who])
        expect(shown.stdout).to.match(/the\s+approval\s+has\s+expired,\s+and\s+they\s+are\s+asked\s+about\s+again/)
        const explained = await company.run(['explain', who, '--json'])
        expect(explained.json['answer']).to.match(
          /[Tt]hey keep their access for now: .* has approved the removal .* has expired/,
        )
        const kept = await company.run(['explain', stays, '--json'])
        expect(kept.json['answer']).to.match(/has decided that they keep their access/)
        expect((await company.syncs()).run.users).to.include({ held: 25, deactivated: 0 })
        expect(await company.hold(id)).to.include({ state: 'expired' })
      }),

    'are decided over one person at a time, whatever the letter case, and the rest may follow': () =>
      whileLeaving({}, async (company) => {
        await company.syncs()
        const { id, users } = await company.openHold()
        const [ada, ben, cleo] = users
        const reject = await company.run([
          'holds',
          'reject',
          id,
          '--user',
          ada?.userPrincipalName?.toUpperCase() ?? '',
          '--json',
        ])
        expect(reject.json).to.include({ count: 25 })
        await company.run(['holds', 'reject', id, '--user', ben?.entraObjectId?.toUpperCase() ?? ''])
        await company.run(['holds', 'reject', id, '--user', cleo?.id ?? ''])
        const approve = await company.run(['holds', 'approve', id, '--json'])
        expect(approve.json).to.include({ count: 0, state: 'approved' })
        expect((await company.syncs()).run.users).to.include({ deactivated: 23 })
        expect(await company.who('active')).to.include.members([ada, ben, cleo].map((one) => one?.entraObjectId ?? ''))
        expect(await company.hold(id)).to.include({ state: 'approved' })
      }),

    'follow the last word until a run has acted': () =>
      whileLeaving({}, async (company) => {
        await company.syncs()
        const { id } = await company.openHold()
        const say = async (...args: string[]) =>
          (await company.run(['holds', ...args, '--by', 'Mia K.', '--json'])).code
        expect(await say('approve', id)).to.equal(0)
        expect(await say('reject', id)).to.equal(0)
        expect(await say('approve', id, '--cause', GONE)).to.equal(0)
        expect((await company.syncs()).run.users).to.include({ deactivated: DELETED, held: 0 })
        expect(await inactive(company)).to.have.members(idsOf(company, 0, DELETED))
      }),

    'take one of two decisions that are made at once': () =>
      whileLeaving({}, async (company) => {
        await company.syncs()
        const { id } = await company.openHold()
        const results = await Promise.all(
          ['Mia K.', 'Tom', 'Ana'].map((by) => company.run(['holds', 'approve', id, '--by', by, '--json'])),
        )
        const [winner, ...more] = results.filter(({ code }) => code === 0)
        expect(more).to.have.length(0)
        const decisions = winner?.json['decisions'] as { by: string }[]
        expect(decisions).to.have.length(1)
        for (const result of results.filter(({ code }) => code !== 0)) {
          expect(result.code).to.equal(1)
          expect(errorOf(result)).to.include({ code: 'hold.decided' })
          expect(errorOf(result).message).to.match(
            new RegExp(`^${decisions[0]?.by ?? ''} approved this at [-\\d]+ [:\\d]+ UTC\\. Nothing more was done\\.$`),
          )
        }
      }),

    'refuse what is not there, and name what is': () =>
      whileLeaving({}, async (company) => {
        await company.syncs()
        const { id } = await company.openHold()
        const refused = async (...args: string[]) => {
          const result = await company.run(['holds', ...args, '--json'])
          expect(result.code, args.join(' ')).to.equal(1)
          return errorOf(result)
        }
        expect(await refused('show', NOBODY)).to.include({
          code: 'hold.unknown',
          message: `There is no hold ${NOBODY}`,
        })
        expect(await refused('approve', NOBODY)).to.include({ code: 'hold.unknown' })
        const cause = await refused('approve', id, '--cause', 'left the moon')
        expect(cause.message).to.equal('Nobody waits in this hold because of "left the moon"')
        expect(cause.remedy).to.include(`--cause '${GONE}'`)
        expect(await refused('approve', id, '--user', 'nobody@contoso.example')).to.include({ code: 'user.unknown' })
        const stays = company.people[40]?.userPrincipalName ?? ''
        expect((await refused('reject', id, '--user', stays)).message).to.match(/ does not wait in this hold$/)
        const other = ['--user', company.people[0]?.id ?? '', '--cause', 'rule: no such']
        expect((await refused('approve', id, ...other)).code).to.equal('hold.unknown')
        expect(await company.openHold()).to.include({ count: 26, state: 'open' })
        for (const args of [
          ['--cause', ' '],
          ['--user', ''],
          ['--by', ' '],
          ['--reason', ''],
        ])
          expect((await company.run(['holds', 'approve', id, ...args, '--json'])).code, args.join(' ')).to.equal(2)
      }),

    'are told to a person in words, within 80 columns, and approved after a question': async () => {
      if (!hasTerminals()) return
      await whileLeaving({}, async (company) => {
        const run = await company.run(['sync'])
        expect(run.stdout).to.include('26 removals are held until a person decides: entra-connector holds list')
        const { id, users } = await company.openHold()
        const list = await company.onTerminal(80, ['holds', 'list'])
        const show = await company.onTerminal(80, ['holds', 'show', id])
        const person = await company.onTerminal(80, ['users', 'show', users[0]?.id ?? ''])
        expect(list.stdout).to.match(/^26 people would lose access\r?\n {2}since .*\r?\n {7}14 {2}deleted in Entra/)
        expect(show.stdout.replace(/\s+/g, ' ')).to.include('more than 20 people and more than 5 % are stopped here')
        expect(show.stdout).to.include('All of them were noted within 1 minute: the run that')
        expect(person.stdout.replace(/\s+/g, ' ')).to.match(
          new RegExp(
            `Held since .* UTC: would lose access \\(${GONE}\\)\\. To decide: entra-connector holds show ${id}`,
          ),
        )
        for (const { stdout } of [list, show])
          for (const line of stdout.split(/\r?\n/)) expect(widthOf(line), line).to.be.at.most(80)
        const answer = (typed: string, ...args: string[]) => {
          const words = [process.execPath, MAIN, 'holds', 'approve', id, ...args].join(' ')
          return company.shell(`printf '${typed}' | script -qec "stty cols 80; ${words}" /dev/null`)
        }
        const no = await answer('n\\n')
        expect(no.code).to.equal(130)
        expect(no.stdout).to.include('Remove access for 26 people?')
        expect(no.stdout.replace(/\s+/g, ' ')).to.include('no login, 26 licences free, content and memberships kept')
        expect(no.stdout).to.include('Nothing was decided: you did not say yes')
        expect(await company.hold(id)).to.include({ count: 26 })
        const yes = await answer('y\\n', '--user', users[0]?.id ?? '')
        expect(yes.code, yes.stdout).to.equal(0)
        expect(yes.stdout).to.include(`Remove access for ${users[0]?.displayName ?? ''}?`)
        expect(yes.stdout.replace(/\s+/g, ' ')).to.include('25 people still wait for a decision')
        const rest = await answer('', '--yes')
        expect(rest.code, rest.stdout).to.equal(0)
        expect(rest.stdout).not.to.include('[y/N]')
      })
    },

    'say so where none are waiting, with the limit': async () => {
      const empty = await aFolder({ REMOVAL_LIMIT_COUNT: '7', REMOVAL_LIMIT_PERCENT: '3' })
      expect((await empty.run(['holds', 'list'])).stdout).to.equal(
        'No removals are waiting. Removals of more than 7 people and more than 3 % are stopped here before anyone loses access.\n',
      )
      expect((await empty.run(['holds', 'list', '--all', '--json'])).json).to.deep.equal({ holds: [] })
      await empty.remove()
    },
  })
})
