import { expect } from 'chai'
import { fileURLToPath } from 'node:url'
import { openStore } from '../../src/app.js'
import { readConfig } from '../../src/config/read.js'
import type { Run } from '../../src/domain/run.js'
import { hasTerminals, type Result } from '../support/command.js'
import { together } from '../support/together.js'
import { withCompany } from '../cli/company.js'
import { DELETED, errorOf, whileLeaving, whileThere, type LeavingCompany } from '../cli/held.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

const undo = (company: LeavingCompany, { runId }: Run, ...args: readonly string[]): Promise<Result> =>
  company.run(['undo', runId, '--json', ...args])

const lastRun = async (company: LeavingCompany): Promise<Run> => {
  const { json } = await company.run(['runs', 'list', '--limit', '1', '--json'])
  return (json['runs'] as [Run])[0]
}

const noneRefused = (restored: number) => ({ restored, refused: [] })

describe('undo', () => {
  together({
    'of a first run makes those inactive whom it created, until a full pass sees them': () =>
      whileThere({}, async (company) => {
        const first = await lastRun(company)
        const preview = await undo(company, first, '--dry-run')
        expect(preview.code).to.equal(0)
        expect(preview.json).to.deep.equal(noneRefused(60))
        expect(await company.who('inactive')).to.deep.equal([])
        const done = await undo(company, first, '--yes', '--by', "Mia O'Neill")
        expect(done.code).to.equal(0)
        expect(done.json).to.deep.equal(noneRefused(60))
        const { user, history } = await company.person(company.people[0]?.id ?? '')
        expect(user).to.include({ account: 'inactive', accountReason: 'undone' })
        expect(history.at(-1)).to.include({ from: 'active', to: 'inactive', cause: "Mia O'Neill" })
        expect(history.at(-1)?.evidence).to.include({ undone: first.runId })
        await company.syncs()
        expect(await company.who('active')).to.deep.equal([])
        expect((await company.syncs({ full: true })).run.users).to.include({ reactivated: 59, frozen: 1 })
      }),

    'of changed profiles gives the values back, and an undo of that takes them again': () =>
      whileThere({}, async (company) => {
        const [ada, ben] = company.people
        const before = (await company.person(ada?.id ?? '')).user
        company.simulator.directory.update(ada?.id ?? '', { jobTitle: 'Köchin 🍳', mobilePhone: null })
        company.simulator.directory.disable(ben?.id ?? '')
        const { run } = await company.syncs()
        expect(run.users).to.include({ updated: 1, frozen: 1 })
        expect((await undo(company, run, '--yes')).json).to.deep.equal(noneRefused(2))
        const undone = await lastRun(company)
        expect(undone).to.include({ kind: 'undo', outcome: 'succeeded' })
        const { jobTitle, mobilePhone } = before
        expect((await company.person(ada?.id ?? '')).user).to.include({ jobTitle, mobilePhone })
        expect(await company.who('frozen')).not.to.include(ben?.id)
        expect((await undo(company, run, '--yes')).code, 'the same run once more').to.equal(3)
        expect((await undo(company, undone, '--yes')).json).to.deep.equal(noneRefused(2))
        expect((await company.person(ada?.id ?? '')).user).to.include({ jobTitle: 'Köchin 🍳', mobilePhone: null })
        expect(await company.who('frozen')).to.include(ben?.id)
      }),

    'of a removal is not overruled by a resync, only by what Entra says anew': () =>
      whileThere({}, async (company) => {
        const { directory } = company.simulator
        const id = company.people[7]?.id ?? ''
        directory.softDelete(id)
        const { run } = await company.syncs()
        expect(run.users).to.include({ deactivated: 1 })
        expect((await undo(company, run, '--yes')).json).to.deep.equal(noneRefused(1))
        for (const full of [false, true]) await company.syncs({ full })
        expect(await company.who('inactive')).to.deep.equal([])
        const { removal } = await company.person(id)
        expect(removal).to.include({ state: 'rejected', cause: 'deleted in Entra' })
        directory.restore(id)
        await company.syncs()
        directory.softDelete(id)
        await company.syncs()
        expect(await company.who('inactive')).to.deep.equal([id])
      }),

    'leaves what a person has decided: who was to stay stays': () =>
      whileLeaving({}, async (company) => {
        await company.syncs()
        const { id, users } = await company.openHold()
        await company.run(['holds', 'reject', id, '--by', 'Tom'])
        const one = users.find(({ entraObjectId }) => entraObjectId === company.people[DELETED]?.id)
        company.simulator.directory.update(one?.entraObjectId ?? '', { jobTitle: 'Gärtnerin' })
        const { run } = await company.syncs()
        expect((await undo(company, run, '--yes')).json).to.deep.equal(noneRefused(1))
        expect((await company.person(one?.id ?? '')).removal).to.include({ state: 'rejected' })
        expect((await company.syncs({ full: true })).code).to.equal(0)
        expect(await company.who('inactive')).to.deep.equal([])
      }),

    'leaves alone who was edited since, says who and why, and ends with 3': () =>
      whileThere({}, async (company) => {
        const [ada, ben] = company.people
        for (const { id } of [ada, ben].flatMap((one) => one ?? []))
          company.simulator.directory.update(id, { department: 'Überall' })
        const { run } = await company.syncs()
        await company.run(['users', 'freeze', ben?.id ?? '', '--by', 'Tom'])
        const preview = await company.run(['undo', run.runId, '--dry-run'])
        expect(preview.code).to.equal(3)
        expect(preview.stdout).to.match(/^Puts back 1 of 2 people\. 1 was edited since and stays as they are\.\n/)
        const { code, json } = await undo(company, run, '--yes')
        expect(code).to.equal(3)
        const { user } = await company.person(ben?.id ?? '')
        expect(json).to.include({ restored: 1 })
        expect(json['refused']).to.have.length(1)
        const [refused] = json['refused'] as [{ id: string; reason: string }]
        expect(refused).to.have.all.keys('id', 'reason')
        expect(refused.id).to.equal(user.id)
        expect(refused.reason).to.match(/^changed since by Tom, at /)
        expect(user).to.include({ department: 'Überall', account: 'frozen' })
        expect(await lastRun(company)).to.include({ kind: 'undo', outcome: 'succeeded-with-skips' })
        const shown = await company.run(['runs', 'show', (await lastRun(company)).runId])
        expect(shown.stdout).to.match(
          /^Undo succeeded, some entries skipped in .*\nWent over 2 people: 1 updated, 1 skipped\.\n/,
        )
      }),

    'needs a yes, a run that is there, and the lease': () =>
      whileThere({}, async (company) => {
        const first = await lastRun(company)
        const unasked = await undo(company, first)
        expect(unasked.code).to.equal(2)
        expect(errorOf(unasked).message).to.equal('Without a terminal nobody can be asked, so an undo needs --yes')
        const unknown = await company.run(['undo', '0193a000', '--yes', '--json'])
        expect(unknown.code).to.equal(1)
        expect(errorOf(unknown)).to.include({ code: 'run.unknown' })
        expect(unknown.stdout).to.include('RUNS_KEPT_FOR')
        const read = readConfig({ env: { ...company.env }, cwd: company.path, tty: false, needs: 'store' })
        if (!read.ok) throw new Error('settings')
        const store = await openStore(read)
        const { lease } = store.of('default')
        const taken = await lease.take('somebody else', 60_000)
        const late = await undo(company, first, '--yes')
        if (taken.taken) await lease.release(taken.fence)
        await store.close()
        expect(late.code).to.equal(7)
        expect(await company.who('inactive')).to.deep.equal([])
      }),

    'wants the number typed above a hundred people': async () => {
      if (!hasTerminals()) return
      await withCompany({}, { users: 101 }, async (company) => {
        const { run } = await company.sync()
        const answer = (typed: string) =>
          company.shell(`printf '${typed}' | script -qec "${process.execPath} ${MAIN} undo ${run.runId}" /dev/null`)
        for (const typed of ['y\\n', '100\\n', '']) {
          const no = await answer(typed)
          expect(no.code, typed).to.equal(130)
          expect(no.stdout).to.include('Undo for 101 people? Type 101 to confirm: ')
        }
        const yes = await answer('101\\n')
        expect(yes.code, yes.stdout).to.equal(0)
      })
    },

    'shows a person what it would do, and asks': async () => {
      if (!hasTerminals()) return
      await whileThere({}, async (company) => {
        const { runId } = await lastRun(company)
        const answer = (typed: string) =>
          company.shell(
            `printf '${typed}' | script -qec "stty cols 80; ${process.execPath} ${MAIN} undo ${runId}" /dev/null`,
          )
        const no = await answer('\\n')
        expect(no.code).to.equal(130)
        expect(no.stdout).to.match(/Puts back 60 people\.\r?\nUndo for 60 people\? \[y\/N\]/)
        expect(await company.who('inactive')).to.deep.equal([])
        const yes = await answer('y\\n')
        expect(yes.code, yes.stdout).to.equal(0)
        expect(yes.stdout).to.match(/Put back 60 people\.\r?\n/)
        expect(await company.who('inactive')).to.have.length(60)
      })
    },
  })
})
