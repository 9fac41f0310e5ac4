import { expect } from 'chai'
import { readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExplainedStep } from '../../src/explain/facts.js'
import { STEPS } from '../../src/explain/facts.js'
import { hasTerminals } from '../support/command.js'
import { together } from '../support/together.js'
import { aCompany, anotherFolder, TRAPS, type Company } from './company.js'

const ZOE = 'zoe.mueller@contoso.example'

describe('the command explain', () => {
  let company: Company

  before(async () => {
    company = await aCompany()
    const { directory } = company.simulator
    directory.create({ displayName: TRAPS.colours, userPrincipalName: 'trap@contoso.example' })
    directory.disable(directory.find('suharto@contoso.example')?.id ?? '')
    directory.disable(
      directory.create({ displayName: 'Jane Bearer', userPrincipalName: 'jane.bearer@contoso.example' }).id,
    )
    await company.sync()
  })
  after(() => company.close())

  together({
    'prints answer and steps and nothing more, all ten of somebody in order': async () => {
      const { json, code } = await company.run(['explain', ZOE.toUpperCase(), '--json'])
      expect(code).to.equal(0)
      expect(Object.keys(json)).to.deep.equal(['answer', 'steps'])
      const steps = json['steps'] as ExplainedStep[]
      expect(steps.map(({ step }) => step)).to.deep.equal(STEPS)
      for (const step of steps) expect(Object.keys(step)).to.deep.equal(['step', 'outcome', 'detail'])
    },

    'says first where it stops, then why, then each step, and that nothing was changed': async () => {
      const { stdout, code } = await company.run(['explain', 'suharto@contoso.example'])
      expect(code).to.equal(0)
      const lines = stdout.split('\n')
      expect(lines[0]).to.equal('It stops here: Entra has this account disabled.')
      expect(lines[1]).to.match(/^The account of Suharto is disabled in Entra\. /)
      expect(stdout).to.match(/^✔ found in Entra {2}Entra has Suharto/m)
      expect(stdout).to.match(/^✖ enabled {9}Entra has this account disabled\.$/m)
      expect(stdout).to.match(/^– emails {10}No email is needed/m)
      expect(stdout).to.match(/^Read live from Entra at \d\d:\d\d UTC\. Nothing was changed\.$/m)
    },

    'leaves names alone, whatever they look like': async () => {
      const { stdout } = await company.run(['explain', 'jane.bearer@contoso.example'])
      expect(stdout).to.match(/^The account of Jane Bearer is disabled in Entra\. /m)
      expect(stdout).to.match(/Entra has Jane Bearer/)
      expect(stdout).not.to.contain('[redacted]')
    },

    'answers with 0 that there is nobody, and without a step that stops nobody': async () => {
      const nobody = await company.run(['explain', 'nobody@contoso.example', '--json'])
      expect([nobody.code, (nobody.json['steps'] as ExplainedStep[])[0]?.outcome]).to.deep.equal([0, 'no'])
      const words = await company.run(['explain', 'nobody@contoso.example'])
      expect(words.stdout.match(/Nobody in Entra has/g), 'once on top, once among the steps').to.have.length(2)
      expect((await company.run(['explain', ZOE])).stdout).not.to.contain('It stops here')
    },

    'answers with 0 to what is no name of anybody': async () => {
      for (const who of [`${ZOE}/manager`, '../../users?$top=1', 'a@b@c', '100%']) {
        const { json, code } = await company.run(['explain', who, '--json'])
        expect([code, (json['steps'] as ExplainedStep[])[0]?.outcome], who).to.deep.equal([0, 'no'])
      }
    },

    'makes no store where there is none': async () => {
      const fresh = await anotherFolder(company, { STORE_URL: 'sqlite:data/connector.db' })
      try {
        const before = await readdir(fresh.path)
        const { json, code } = await fresh.run(['explain', ZOE, '--json'])
        expect([code, json['answer']]).to.deep.equal([
          0,
          'Zoë Müller is in order in Entra and has not come over to us yet. What helps: run “entra-connector sync” for the first time.',
        ])
        expect(await readdir(fresh.path)).to.deep.equal(before)
      } finally {
        await fresh.remove()
      }
    },

    'does not take a store it cannot look at for none: nobody hears that we do not have them': async () => {
      const closed = await anotherFolder(company, { STORE_URL: 'sqlite:loop/connector.db' })
      try {
        await symlink(join(closed.path, 'loop'), join(closed.path, 'loop'))
        const { json, code } = await closed.run(['explain', ZOE, '--json'])
        expect([code, (json['error'] as { code: string }).code]).to.deep.equal([5, 'store.unreachable'])
      } finally {
        await closed.remove()
      }
    },

    'fits 80 columns, and no name moves the terminal': async () => {
      const { stdout } = await company.run(['explain', 'trap@contoso.example'])
      expect(stdout).not.to.contain('\u001b[31m')
      if (!hasTerminals()) return
      for (const who of [ZOE, 'suharto@contoso.example', 'cleo_fabrikam.example#EXT#@contoso.example']) {
        const narrow = await company.onTerminal(80, ['explain', who])
        for (const line of narrow.stdout.split(/\r?\n/)) expect(line.length, line).to.be.at.most(80)
        expect(narrow.stdout).to.match(/Nothing was changed/)
      }
    },

    'ends with 5 where Microsoft could not tell, and tells the rest': async () => {
      const gone = { GRAPH_BASE_URL: 'http://127.0.0.1:9' }
      const { json, code } = await company.run(['explain', ZOE, '--json'], gone)
      expect(code).to.equal(5)
      const steps = json['steps'] as ExplainedStep[]
      expect(steps.slice(0, 4).map(({ outcome }) => outcome)).to.deep.equal(['unknown', 'unknown', 'unknown', 'yes'])
      expect((await company.run(['explain', ZOE], gone)).stdout).to.match(/^Entra could not be asked at .* UTC\./m)
      const refused = await company.run(['explain', ZOE, '--json'], { AZURE_CLIENT_SECRET: 'wrong-secret-of-ours' })
      expect(refused.code).to.equal(5)
      expect(refused.stdout).not.to.contain('wrong-secret-of-ours')
    },

    'refuses to be asked about nobody or without settings with 2': async () => {
      for (const args of [
        ['explain'],
        ['explain', ''],
        ['explain', '  '],
        ['explain', ZOE, '--user'],
        ['explane', ZOE],
      ])
        expect((await company.run([...args, '--json'])).code, args.join(' ')).to.equal(2)
      expect((await company.run(['explain', ZOE, '--json'], { AZURE_CLIENT_ID: '' })).code).to.equal(2)
    },
  })
})
