import { DatabaseSync } from '@photostructure/sqlite'
import { expect } from 'chai'
import { join } from 'node:path'
import { openSqlite } from '../../src/store/sqlite/open.js'
import type { Run } from '../../src/domain/run.js'
import { together } from '../support/together.js'
import { everyone, withCompany, type Company } from './company.js'

const runsOf = async ({ run }: Company): Promise<Run[]> => (await run(['runs', 'list', '--json'])).json['runs'] as Run[]

describe('an undo that cannot be done, or not to its end', () => {
  together({
    'of a run that is not there leaves no run behind': () =>
      withCompany({}, {}, async (company) => {
        const { run: first } = await company.sync()
        for (const more of [['--yes'], ['--dry-run']]) {
          const { code, json } = await company.run(['undo', 'nonsense', '--json', ...more])
          expect(code).to.equal(1)
          expect(Object.keys(json)).to.deep.equal(['error'])
          expect(json['error']).to.include({ code: 'run.unknown', message: 'There is no run nonsense' })
        }
        expect((await runsOf(company)).map(({ runId }) => runId)).to.deep.equal([first.runId])
      }),

    'of a run whose changes are not kept any more neither': () =>
      withCompany({}, {}, async (company) => {
        const { run: first } = await company.sync()
        const file = new DatabaseSync(join(company.path, 'connector.db'))
        file.exec('DELETE FROM replaced')
        file.close()
        const { code, json } = await company.run(['undo', first.runId, '--yes', '--json'])
        expect(code).to.equal(1)
        expect(json['error']).to.include({ code: 'run.not-undoable' })
        expect(await runsOf(company)).to.have.length(1)
      }),

    'that fails in the middle tells its run, the error, and what was put back': () =>
      withCompany({}, { users: 450, pageSize: 100 }, async (company) => {
        const { run: first } = await company.sync()
        const ids = (await everyone(company)).map(({ id }) => id).sort()
        const file = new DatabaseSync(join(company.path, 'connector.db'))
        file.exec(`CREATE TRIGGER spoilt BEFORE UPDATE ON users WHEN OLD.id = '${ids.at(-1) ?? ''}'
          BEGIN SELECT RAISE(ABORT, 'this one is spoilt'); END`)
        const { code, json } = await company.run(['undo', first.runId, '--yes', '--json'])
        expect(code).to.equal(1)
        expect(json).to.deep.include({ restored: 400, refused: [] })
        const [stored] = await runsOf(company)
        expect(json).to.deep.include({ ...stored })
        expect(stored).to.include({ kind: 'undo', outcome: 'failed' })
        expect(stored?.error?.message).to.include('this one is spoilt')

        const shown = await company.run(['undo', first.runId, '--yes'])
        expect(shown.code).to.equal(1)
        expect(shown.stdout, 'nobody of the next batch').to.equal('')
        expect(shown.stderr).to.include('this one is spoilt')
        file.exec('DROP TRIGGER spoilt')
        file.close()
        const rest = await company.run(['undo', first.runId, '--yes', '--json'])
        expect(rest.code, rest.stderr).to.equal(0)
        expect(rest.json).to.deep.equal({ restored: 50, refused: [] })
      }),

    'does not wait for a run whose process died': () =>
      withCompany({}, {}, async (company) => {
        const { run: first } = await company.sync()
        const options = { now: () => new Date(), isDeadHere: () => false }
        const store = await openSqlite(join(company.path, 'connector.db'), options)
        const own = store.of('default')
        const lease = await own.lease.take('a process that died', 60_000)
        if (!lease.taken) throw new Error('the lease is held')
        await own.commit({ fence: lease.fence, run: { ...first, outcome: null, finishedAt: null }, log: [] })
        await own.lease.release(lease.fence)
        await store.close()
        const { code, json, stderr } = await company.run(['undo', first.runId, '--yes', '--json'])
        expect(code, stderr).to.equal(0)
        expect(json).to.deep.equal({ restored: 30, refused: [] })
      }),
  })
})
