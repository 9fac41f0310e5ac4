import { expect } from 'chai'
import { mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openPlan } from '../../src/cli/plan-reader.js'
import type { Run } from '../../src/domain/run.js'
import { hasTerminals, type Result } from '../support/command.js'
import { together } from '../support/together.js'
import { aCompany, anotherFolder, everyone, withCompany, type Company } from './company.js'

describe('sync', () => {
  let company: Company

  before(async () => {
    company = await aCompany()
  })
  after(() => company.close())

  const runOf = ({ json }: Result): Run => json as unknown as Run

  it('prints the run as one JSON document, as it is kept', async () => {
    const result = await company.run(['sync', '--json'])
    expect(result.code).to.equal(0)
    const run = runOf(result)
    expect(run).to.include({ kind: 'initial', trigger: 'manual', dryRun: false, outcome: 'succeeded', error: null })
    expect(run).to.include({ connection: 'default' })
    expect(run.durationMs).to.equal(Date.parse(run.finishedAt ?? '') - Date.parse(run.startedAt))
    expect(run.graph.requests).to.be.greaterThan(3)
    const kept = (await company.run(['runs', 'show', run.runId, '--json'])).json
    expect(kept).to.deep.include({ runId: run.runId, users: run.users, signIns: run.signIns, outcome: run.outcome })
  })

  it('writes results to standard output, and logs to standard error, as JSON lines', async () => {
    const { stdout, stderr } = await company.run(['sync'])
    expect(stdout).to.match(
      /^Incremental run succeeded in [\d.]+ s · [\da-f-]{36}\nMicrosoft reported no changes\.\nSign-in log: /,
    )
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ message }) => message)).to.include('Run finished')
    for (const line of lines) expect(line).to.include.keys('time', 'level', 'runId')
  })

  it('says what changed about whom in a preview, and tells it again once it is done', async () => {
    const { directory, signIns } = company.simulator
    const id = (upn: string): string => directory.find(`${upn}@contoso.example`)?.id ?? ''
    directory.update(id('ben.okafor'), { jobTitle: 'Head of Finance', mobilePhone: null })
    directory.disable(id('suharto'))
    directory.softDelete(id('gus.moreau'))
    directory.create({ displayName: '佐藤 太郎' })
    signIns.add({ userId: id('kim.larsen') })
    const preview = await company.run(['sync', '--dry-run'])
    expect(preview.stdout).to.match(/Ben Okafor +\S+ +updated: job title\n/)
    expect(preview.stdout).to.match(/Suharto +\S+ +active → frozen\n/)
    expect(preview.stdout).to.match(/Gus Moreau +\S+ +active → inactive: deleted in Entra\n/)
    expect(preview.stdout).to.match(/佐藤 太郎 +\S+ +created\n/)
    expect(preview.stdout).to.match(/Kim .* Larsen +\S+ +never-logged-in → onboarded\n/)
    const { users, signIns: read } = runOf(await company.run(['sync', '--json']))
    expect(users).to.deep.equal({
      read: 4,
      created: 1,
      updated: 1,
      unchanged: 0,
      frozen: 1,
      deactivated: 1,
      reactivated: 0,
      skipped: 0,
      held: 0,
    })
    expect(read).to.deep.equal({ outcome: 'succeeded', read: 1, firstLogins: 1, reason: null })
  })

  it('reads everybody again with --full', async () => {
    const run = runOf(await company.run(['--json', 'sync', '--full']))
    expect(run).to.include({ kind: 'resync', outcome: 'succeeded' })
    expect(run.users).to.include({ read: 30, unchanged: 30 })
  })

  it('applies one person with --user, in any letter case', async () => {
    const { directory } = company.simulator
    const person = directory.find('anna.schmidt2@contoso.example')
    directory.update(person?.id ?? '', { department: 'Küche' })
    const result = await company.run(['sync', '--user', 'Anna.Schmidt2@CONTOSO.example', '--json'])
    expect(result.code).to.equal(0)
    expect(runOf(result)).to.include({ kind: 'single-user', outcome: 'succeeded' })
    expect(runOf(result).users).to.include({ read: 1, updated: 1 })
  })

  it('shows on a terminal how far it has come, and leaves nothing of that behind', async function () {
    if (!hasTerminals()) this.skip()
    await withCompany({}, { users: 400, pageSize: 20 }, async ({ simulator, onTerminal }) => {
      simulator.latencyMs = 30
      simulator.faults.add({ match: { path: /delta/i, nth: 15 }, do: { kind: 'throttle', retryAfter: '0.3' } })
      const { code, stdout } = await onTerminal(80, ['sync'])
      expect(code).to.equal(0)
      expect(stdout).to.match(/Reading people: \d+ of about 400 \(\d+ a second\)/)
      const lines = stdout.split('\r\n').map((line) => line.split('\r\u001b[2K').at(-1) ?? '')
      expect(lines[0]).to.match(/^\S+ \S+ {2}warn {3}Microsoft asked us to wait/)
      const summary = lines.slice(1).join('\n')
      expect(summary).to.match(/^First run succeeded in .*\nRead 400 entries: 400 created\.\nSign-in log: .*\n$/)
    })
  })

  together({
    'shows what a first run would do, and writes nothing': async () => {
      const fresh = await anotherFolder(company, { STORE_URL: 'sqlite:data/connector.db' })
      const before = await readdir(fresh.path)
      const [human, json] = await Promise.all([
        fresh.run(['sync', '--dry-run']),
        fresh.run(['sync', '--dry-run', '--json']),
      ])
      expect(human.code).to.equal(0)
      expect(human.stdout).to.match(/^Name +User name +Would be\nZoë Müller +zoe\.mueller@contoso\.example +created\n/)
      expect(human.stdout).to.match(/Lena Hold +\S+ +created, frozen\n/)
      expect(human.stdout).to.match(/\nRead 30 entries: would be 30 created\.\n[^]*\nNothing has been written\.\n$/)
      expect(runOf(json)).to.include({ dryRun: true, kind: 'initial', outcome: 'succeeded' })
      expect(runOf(json).users).to.include({ read: 30, created: 30 })
      expect(await readdir(fresh.path), 'no store is made').to.deep.equal(before)
      expect(await everyone(fresh)).to.deep.equal([])
      await fresh.remove()
    },

    'ends with 1 for somebody nobody knows, in a run that says so': async () => {
      const fresh = await anotherFolder(company)
      const result = await fresh.run(['sync', '--user', 'nobody@contoso.example', '--json'])
      expect(result.code).to.equal(1)
      expect(runOf(result)).to.include({ kind: 'single-user', outcome: 'failed' })
      expect(runOf(result).error).to.include({ code: 'user.unknown', requestId: null })
      await fresh.remove()
    },

    'writes a plan whatever else failed, and says so where it could not read everybody': () =>
      withCompany({}, { roles: ['User.Read.All'] }, async ({ path, simulator, run }) => {
        const denied = await run(['sync', '--dry-run', '--out', 'plan.json'])
        expect(denied.code).to.equal(4)
        expect(denied.stdout).to.match(/^The plan with 30 changes is in plan\.json\./m)
        const plan = await openPlan(join(path, 'plan.json'))
        await plan.close()
        expect([plan.shown.kind, plan.count]).to.deep.equal(['initial', 30])
        simulator.faults.add({ match: { path: /delta/i }, times: 99, do: { status: 500, body: 'oops' } })
        const human = await run(['sync', '--dry-run', '--out', 'other.json'])
        expect(human.code).to.equal(5)
        expect(human.stdout).to.match(/^No plan has been written to other\.json\.$/m)
        const json = await run(['sync', '--dry-run', '--out', 'other.json', '--json'])
        expect([json.code, runOf(json).outcome]).to.deep.equal([5, 'failed'])
        expect(json.stderr).to.match(/No plan has been written/)
        expect(await readdir(path)).not.to.include('other.json')
      }),

    'prints the run all the same where its plan cannot be written': () =>
      withCompany({}, {}, async ({ path, simulator, run }) => {
        const inTheWay = () => mkdirSync(join(path, 'plan.json'), { recursive: true })
        simulator.faults.add({ match: { path: /delta/i }, times: 99, do: { kind: 'edit', edit: inTheWay } })
        const result = await run(['sync', '--dry-run', '--out', 'plan.json', '--json'])
        expect(result.code).to.equal(1)
        expect(runOf(result)).to.include({ dryRun: true, outcome: 'failed' })
        expect(runOf(result).users).to.include({ read: 30, created: 30 })
        expect(runOf(result).error).to.include({
          code: 'output.failed',
          message: 'The plan cannot be written to plan.json: it is a folder',
        })
      }),

    'ends with 3 when entries had to be skipped, and says where to look': () =>
      withCompany({}, {}, async ({ simulator, run }) => {
        simulator.faults.add({ match: { path: /delta/i }, do: 'bad-entries' })
        const { code, stdout } = await run(['sync'])
        expect(code).to.equal(3)
        expect(stdout).to.match(/^First run succeeded, some entries skipped in /)
        expect(stdout).to.match(/8 skipped\.\n[^]*Who was skipped, and why: entra-connector runs log [\da-f-]{36}\n$/)
      }),

    'ends with 0 and one clear line when the tenant has no premium licence': () =>
      withCompany({}, {}, async ({ simulator, run }) => {
        simulator.licence = 'none'
        const { code, stdout } = await run(['sync'])
        expect(code).to.equal(0)
        expect(stdout).to.match(/\nSign-in log: This tenant has no Entra ID P1: Microsoft gives no sign-in log\.\n$/)
      }),
  })
})
