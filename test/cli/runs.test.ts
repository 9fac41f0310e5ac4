import { expect } from 'chai'
import type { Run } from '../../src/domain/run.js'
import { aFolder } from '../support/command.js'
import { together } from '../support/together.js'
import { aCompany, type Company } from './company.js'

describe('runs list, runs show and runs log', () => {
  let company: Company
  let runs: Run[]

  before(async () => {
    company = await aCompany()
    await company.sync()
    company.simulator.faults.add({ match: { path: /delta/i }, do: 'bad-entries' })
    await company.sync({ full: true })
    company.simulator.faults.add({
      match: { path: '/users/' },
      times: 9,
      do: { status: 400, body: { error: { code: 'BadRequest', message: 'no' } } },
    })
    await company.sync({ who: 'zoe.mueller@contoso.example' })
    company.simulator.faults.clear()
    runs = (await company.run(['runs', 'list', '--json'])).json['runs'] as Run[]
  })
  after(() => company.close())

  together({
    'print every run, newest first, with all of the properties and nothing more': () => {
      expect(runs.map(({ kind, outcome }) => [kind, outcome])).to.deep.equal([
        ['single-user', 'failed'],
        ['resync', 'succeeded-with-skips'],
        ['initial', 'succeeded'],
      ])
      for (const run of runs) {
        expect(run).to.have.all.keys([
          'runId',
          'connection',
          'kind',
          'trigger',
          'dryRun',
          'outcome',
          'startedAt',
          'finishedAt',
          'durationMs',
          'users',
          'signIns',
          'emails',
          'bounces',
          'graph',
          'error',
        ])
        const { users, signIns, emails, bounces, graph } = run
        expect(users).to.have.all.keys(
          'read',
          'created',
          'updated',
          'unchanged',
          'frozen',
          'deactivated',
          'reactivated',
          'skipped',
          'held',
        )
        expect(signIns).to.have.all.keys('outcome', 'read', 'firstLogins', 'reason')
        expect(emails).to.have.all.keys('sent', 'failed', 'owed')
        expect(bounces).to.have.all.keys('outcome', 'read', 'failed', 'reason')
        expect(graph).to.have.all.keys('requests', 'throttled', 'retried')
        const { read, ...others } = users
        expect(read).to.equal(Object.values(others).reduce((sum, count) => sum + count, 0))
      }
    },

    'keep the counts and the error of a run': async () => {
      const [failed, , initial] = runs
      expect(initial?.users).to.include({ read: 30, created: 30 })
      expect(failed?.error).to.have.all.keys('code', 'message', 'remedy', 'requestId')
      expect(failed?.error).to.include({ code: 'graph.refused' })
      expect((await company.run(['runs', 'show', failed?.runId.toUpperCase() ?? '', '--json'])).json).to.deep.equal(
        failed,
      )
    },

    'list as many as asked for': async () => {
      const { json } = await company.run(['runs', 'list', '--limit', '2', '--json'])
      expect(json['runs']).to.deep.equal(runs.slice(0, 2))
    },

    'print what a run said, each entry with the same properties': async () => {
      const { code, json } = await company.run(['runs', 'log', runs[1]?.runId ?? '', '--json'])
      expect(code).to.equal(0)
      expect(json).to.have.all.keys('entries')
      const entries = json['entries'] as Record<string, unknown>[]
      for (const entry of entries) expect(entry).to.have.all.keys('at', 'level', 'message', 'about', 'details')
      const skipped = entries.filter(({ message }) => message === 'An entry could not be read and was skipped')
      expect(skipped).to.have.length(8)
      expect(skipped[0]).to.include({ level: 'warn', about: 'an entry without an id' })
      expect(skipped[0]?.['details']).to.deep.equal({ problem: '"id" is missing' })
    },

    'tell a person the same in words': async () => {
      const [failed, resync] = runs
      const [list, show, log] = await Promise.all([
        company.run(['runs', 'list']),
        company.run(['runs', 'show', failed?.runId ?? '']),
        company.run(['runs', 'log', resync?.runId ?? '']),
      ])
      expect(list.stdout).to.match(/^Started \(UTC\) .*\n.* failed .*\n.* with skips .*\n.* succeeded .*\n$/)
      expect(show.stdout).to.match(/^Run for one person failed in .*\nNobody was read\.\n/)
      expect(show.stdout).to.match(/^Why: Microsoft Graph refused our request \(HTTP 400\)\.\nWhat to do: /m)
      expect(log.stdout).to.include('an entry without an id · problem: "id" is missing')
      for (const { stdout } of [list, show, log]) expect(stdout).not.to.match(/[{}]|undefined/)
    },

    'say that there is no such run, and end with 1': async () => {
      for (const command of ['show', 'log']) {
        const { code, json } = await company.run(['runs', command, '0193a000', '--json'])
        expect(code).to.equal(1)
        expect(json['error']).to.include({ code: 'run.unknown', message: 'There is no run 0193a000', requestId: null })
        expect(json).to.have.nested.property('error.remedy').that.contains('dropped after 90d, RUNS_KEPT_FOR')
      }
    },

    'have something to say before the first run': async () => {
      const empty = await aFolder()
      expect((await empty.run(['runs', 'list'])).stdout).to.equal('No run yet. The first one: entra-connector sync\n')
      expect((await empty.run(['runs', 'list', '--json'])).json).to.deep.equal({ runs: [] })
      await empty.remove()
    },
  })
})
