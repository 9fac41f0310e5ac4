import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { readFile, readdir, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { sync } from '../../src/cli/commands/sync.js'
import { openPlan } from '../../src/cli/plan-reader.js'
import type { Run } from '../../src/domain/run.js'
import { together } from '../support/together.js'
import { anotherFolder } from '../cli/company.js'
import { errorOf, whileLeaving, whileThere, type LeavingCompany } from '../cli/held.js'

interface PlanDocument {
  readonly tenantId: string
  readonly changes: readonly { readonly change: string; readonly entraObjectId: string }[]
  readonly count: number
}

const read = (company: LeavingCompany, name: string): Promise<string> => readFile(join(company.path, name), 'utf8')

/** The same plan with another text in it and a hash that fits. */
function forged(text: string, from: string, to: string): string {
  const lines = text.replace(from, to).split('\n').slice(0, -2)
  const sha256 = createHash('sha256')
    .update(`${lines.join('\n')}\n`)
    .digest('hex')
  return [...lines, `],"count":${lines.length - 1},"sha256":"${sha256}"}`, ''].join('\n')
}

describe('plans', () => {
  together({
    'are applied exactly as they were shown; who changed since is left, the rest comes with the next run': () =>
      whileThere({}, async (company) => {
        const { directory } = company.simulator
        const [ada, ben, cleo, dora, emil, fay] = company.people.map(({ id }) => id)
        directory.update(ada ?? '', { jobTitle: 'Chefin “Küche”\u2028🍳', mobilePhone: null })
        directory.update(ben ?? '', { department: 'Legal' })
        directory.softDelete(cleo ?? '')
        directory.disable(dora ?? '')
        directory.create({ displayName: "O'Neill 小明" })
        const dry = await company.run(['sync', '--dry-run', '--out', 'plan.json'])
        expect(dry.code, dry.stderr).to.equal(0)
        expect(dry.stdout).to.match(
          /The plan with 5 changes is in plan\.json\. To apply it: entra-connector sync --apply plan\.json\n$/,
        )
        expect((await stat(join(company.path, 'plan.json'))).mode & 0o777).to.equal(0o600)
        const plan = JSON.parse(await read(company, 'plan.json')) as PlanDocument
        expect(plan.changes.map(({ change }) => change).sort()).to.deep.equal([
          'created',
          'removed',
          'updated',
          'updated',
          'updated',
        ])
        expect((await company.person(ada ?? '')).user.jobTitle).not.to.match(/Chefin/)

        directory.update(emil ?? '', { jobTitle: 'too late for this plan' })
        directory.update(ada ?? '', { jobTitle: 'even later' })
        await company.run(['users', 'freeze', ben ?? '', '--by', 'Tom'])
        const { code, json } = await company.run(['sync', '--apply', 'plan.json', '--json'])
        expect(code).to.equal(3)
        const { users } = json as unknown as Run
        expect(users).to.include({ read: 5, created: 1, updated: 1, deactivated: 1, frozen: 1, skipped: 1 })
        expect((await company.person(ada ?? '')).user.jobTitle).to.equal('Chefin “Küche”\u2028🍳')
        expect((await company.person(ben ?? '')).user.department).not.to.equal('Legal')
        expect((await company.person(cleo ?? '')).history.at(-1)?.evidence).to.include({ proof: 'look-up' })
        expect((await company.person(emil ?? '')).user.jobTitle).not.to.match(/too late/)
        expect(await company.who('active')).to.include(fay)

        const rest = await company.syncs()
        expect(rest.run.users).to.include({ created: 0, updated: 3, deactivated: 0, frozen: 0 })
        const quiet = await company.syncs()
        expect(quiet.run.users).to.include({ read: 0 })
        const again = await company.run(['sync', '--apply', 'plan.json', '--json'])
        expect(again.code, 'the same plan twice').to.equal(3)
        expect((again.json as unknown as Run).users).to.include({ created: 0, updated: 0, skipped: 5 })
      }),

    'of a first run begin an empty store': () =>
      whileThere({}, async (company) => {
        const fresh = await anotherFolder(company)
        const dry = await fresh.run(['sync', '--dry-run', '--out', 'plan.json', '--json'])
        expect((dry.json as unknown as Run).users).to.include({ created: 60 })
        const { code, json } = await fresh.run(['sync', '--apply', 'plan.json', '--json'])
        expect(code).to.equal(0)
        expect(json).to.include({ kind: 'initial', dryRun: false })
        expect((json as unknown as Run).users).to.include({ read: 60, created: 60 })
        const next = await fresh.run(['sync', '--json'])
        expect((next.json as unknown as Run).users).to.include({ created: 0, updated: 0, unchanged: 60 })
        await fresh.remove()
      }),

    'hold removals above the limits like any run': () =>
      whileLeaving({}, async (company) => {
        const dry = await company.run(['sync', '--dry-run', '--out', 'plan.json'])
        expect(dry.code).to.equal(6)
        expect(dry.stdout).to.match(/Zoë Müller +\S+ +held: deleted in Entra\n/)
        expect(dry.stdout).to.include('26 removals would be held until a person decides.')
        expect((await company.run(['holds', 'list', '--json'])).json).to.deep.equal({ holds: [] })
        const { code, json } = await company.run(['sync', '--apply', 'plan.json', '--json'])
        expect(code).to.equal(6)
        expect((json as unknown as Run).users).to.include({ held: 26, deactivated: 0 })
        expect(await company.openHold()).to.include({ count: 26 })
      }),

    'name a removal in a preview once, with its cause': () =>
      whileThere({}, async (company) => {
        company.simulator.directory.softDelete(company.people[5]?.id ?? '')
        const dry = await company.run(['sync', '--dry-run'])
        expect(dry.stdout.match(/Ben Okafor/g)).to.have.length(1)
        expect(dry.stdout).to.match(/Ben Okafor +\S+ +active → inactive: deleted in Entra\n/)
      }),

    'are refused when they are damaged, foreign or of another tenant, and nothing is written': () =>
      whileThere({}, async (company) => {
        company.simulator.directory.update(company.people[0]?.id ?? '', { jobTitle: 'Head' })
        company.simulator.directory.update(company.people[1]?.id ?? '', { jobTitle: 'Heart' })
        await company.run(['sync', '--dry-run', '--out', 'plan.json'])
        const text = await read(company, 'plan.json')
        const { tenantId } = JSON.parse(text) as PlanDocument
        const wrong: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
          cut: [text.slice(0, -20), /is damaged or was changed/],
          'cut after a line': [`${text.split('\n').slice(0, 2).join('\n')}\n`, /its end is missing after line 2/],
          'cut in the first line': [text.slice(0, 30), /another program has formatted anew|no plan of ours/],
          edited: [text.replace('"Head"', '"King"'), /it is not what was written/],
          'one change less': [text.split('\n').toSpliced(1, 1).join('\n'), /it has 1 changes, and should have 2/],
          'more after its end': [`${text}{}\n`, /something follows its end, in line 5/],
          reformatted: [JSON.stringify(JSON.parse(text), null, 2), /another program has formatted anew$/],
          'on one line': [JSON.stringify(JSON.parse(text)), /another program has formatted anew$/],
          newer: [
            text.replace('{"entraConnectorPlan":1', '{"entraConnectorPlan":2'),
            /was written by another version$/,
          ],
          'forged with another property': [forged(text, '"says":{', '"says":{"password":"x",'), /line 2 is no change/],
          empty: ['', /is no plan of ours$/],
          foreign: ['{"users":[]}\n', /is no plan of ours$/],
        }
        for (const [name, [content, says]] of Object.entries(wrong)) {
          const path = await company.write('wrong.json', content)
          const refused: unknown = await openPlan(path).catch((error: unknown) => error)
          expect(refused, name).to.include({ code: 'usage.invalid', meanwhile: 'Nothing was written.' })
          expect(refused, name).to.have.property('message').that.matches(says)
          expect(refused, name).to.have.property('remedy').that.matches(/\S/)
        }
        const others: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
          damaged: [text.slice(0, -20), /is damaged or was changed/],
          'of another connection': [forged(text, '"connection":"default"', '"connection":"north"'), /connection north/],
          'of another tenant': [forged(text, tenantId, '11111111-3b8e-4a61-9c0d-5e2a4f7b9c11'), /tenant/],
        }
        for (const [name, [content, says]] of Object.entries(others)) {
          await company.write('wrong.json', content)
          const { code, json } = await company.run(['sync', '--apply', 'wrong.json', '--json'])
          expect(code, name).to.equal(2)
          expect((json['error'] as { message: string }).message, name).to.match(says)
        }
        for (const name of ['missing.json', '.'])
          expect(await openPlan(join(company.path, name)).catch((error: unknown) => error)).to.include({
            code: 'usage.invalid',
          })
        expect((await company.person(company.people[0]?.id ?? '')).user.jobTitle).not.to.equal('Head')
        const copy = forged(text, 'no such text', '')
        expect(copy, 'a forgery without a change is the plan').to.equal(text)
        expect((await company.run(['sync', '--apply', 'plan.json'])).code).to.equal(0)
      }),

    'never replace a file that is none, and leave nothing half written': () =>
      whileThere({}, async (company) => {
        await company.write('mine.json', '{"mine":true}')
        await symlink('mine.json', join(company.path, 'link.json'))
        const out = async (name: string) => {
          const result = await company.run(['sync', '--dry-run', '--out', name, '--json'])
          return { code: result.code, error: result.code === 0 ? null : errorOf(result) }
        }
        for (const name of ['mine.json', 'link.json', '.']) {
          const { code, error } = await out(name)
          expect(code, name).to.equal(2)
          expect(error, name).to.include({ message: `--out ${name} is there already, and is no plan of ours` })
        }
        expect((await out('nowhere/plan.json')).error?.message).to.match(
          /cannot be written .*: there is no such folder$/,
        )
        expect(await read(company, 'mine.json')).to.equal('{"mine":true}')
        expect((await out('plan.json')).code).to.equal(0)
        const first = await read(company, 'plan.json')
        company.simulator.directory.update(company.people[0]?.id ?? '', { jobTitle: 'Head' })
        expect((await out('plan.json')).code, 'over an older plan').to.equal(0)
        expect(await read(company, 'plan.json')).not.to.equal(first)
        company.simulator.faults.add({ match: { path: /delta/i }, times: 99, do: { status: 500, body: 'oops' } })
        const before = await read(company, 'plan.json')
        expect((await company.run(['sync', '--dry-run', '--out', 'plan.json'])).code).to.equal(5)
        expect(await read(company, 'plan.json')).to.equal(before)
        const left = (await readdir(company.path)).filter((name) => name.includes('.json'))
        expect(left.sort()).to.deep.equal(['link.json', 'mine.json', 'plan.json'])
      }),

    'contradict other options': async () => {
      const apply = { apply: 'plan.json' }
      const wrong = [
        { ...apply, full: true },
        { ...apply, user: 'ana@contoso.example' },
        { ...apply, dryRun: true },
        { ...apply, out: 'other.json' },
        { out: 'plan.json' },
        { out: 'plan.json', full: true },
        { out: ' ', dryRun: true },
        { apply: '' },
      ]
      for (const options of wrong) {
        const outcome: unknown = await sync({ json: true, connection: null }, options).catch((error: unknown) => error)
        expect(outcome, JSON.stringify(options)).to.include({ code: 'usage.invalid' })
        expect(outcome).to.have.property('remedy').that.matches(/\S/)
      }
    },
  })
})
