import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { person } from '../store/support.js'
import type { Env, Folder } from '../support/command.js'
import { aFolderWith } from './seeded.js'

const upn = (n: number): string => `person${n}@contoso.example`

describe('onboarding emails from the command line', function () {
  this.timeout(60_000)
  let folder: Folder
  before(async () => {
    const people = [1, 2, 3, 4, 5].map((n) => person(n, n === 2 ? { mail: null } : {}))
    folder = await aFolderWith(people)
    const { code } = await folder.run(['users', 'enable-ahead-login', upn(1), upn(2), upn(3)])
    expect(code).to.equal(0)
  })
  after(() => folder.remove())

  const outbox = (): string[] => {
    const path = join(folder.path, 'outbox')
    return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.eml')) : []
  }
  const show = async (who: string): Promise<Record<string, unknown>[]> => {
    const { json } = await folder.run(['users', 'show', who, '--json'])
    return json['invitations'] as Record<string, unknown>[]
  }

  it('are previewed with who gets one and what it does, and not sent', async () => {
    const { code, stdout } = await folder.run(['users', 'send-invitation', upn(1), upn(2), '--dry-run'])
    expect(code).to.equal(3)
    expect(stdout).to.include('1 cannot: no email address in Entra')
    expect(stdout).to.match(/Person 1 +person1@contoso\.example +person1@contoso\.example/)
    expect(stdout).to.include('1 onboarding email can be sent, 1 cannot.')
    expect(stdout).to.match(/in the person’s language, valid until \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Older links/)
    expect(outbox()).to.deep.equal([])
    expect(await show(upn(1))).to.deep.equal([])
  })

  it('are owed and wait while email is switched off', async () => {
    const off = { EMAIL_ENABLED: 'false' }
    const { code, stdout } = await folder.run(['users', 'send-invitation', upn(1)], off)
    expect(code).to.equal(0)
    expect(stdout).to.include('Email is switched off. 1 email is owed and would be sent.')
    expect(outbox()).to.deep.equal([])
    const shown = await folder.run(['users', 'show', upn(1)], off)
    expect(shown.stdout).to.include('would be sent: email is switched off')
  })

  it('are sent before the command ends, with the reason of those that could not be', async () => {
    const { code, json } = await folder.run([
      'users',
      'send-invitation',
      upn(1),
      upn(2),
      '--by',
      'Mia Keller',
      '--json',
    ])
    expect(code).to.equal(3)
    const [sent, failed] = json['results'] as Record<string, unknown>[]
    expect(sent).to.include({ ok: true, status: 'pending', error: null })
    expect(failed).to.include({ ok: false, status: 'failed' })
    expect(failed?.['error']).to.include({ code: 'address-missing' })
    const [eml, ...others] = outbox()
    expect(others).to.deep.equal([])
    expect(readFileSync(join(folder.path, 'outbox', eml ?? ''), 'utf8')).to.include('person1@contoso.example')
    const [email] = await show(upn(1))
    expect(email).to.include({ state: 'accepted', to: upn(1), attempts: 1, reason: null })
    expect(email?.['validUntil']).to.be.a('string')
  })

  it('say on the page what to do about those that could not be sent', async () => {
    const { code, stdout } = await folder.run(['users', 'restart-onboarding', upn(1), upn(2)])
    expect(code).to.equal(3)
    expect(stdout).to.include('1 could not: no email address in Entra\n  What to do: Enter the address in Entra')
    expect(stdout).to.include('1 email sent, 1 failed.')
    expect(stdout).to.include('The current link and any open password page stop working.')
    expect(outbox()).to.have.length(2)
    expect((await show(upn(1))).map(({ state }) => state)).to.deep.equal(['replaced', 'accepted'])
  })

  it('go out at once where that is set', async () => {
    const { code, stdout } = await folder.run(['users', 'enable-ahead-login', upn(4)], { ONBOARDING_SEND: 'on-enable' })
    expect(code).to.equal(0)
    expect(stdout).to.match(/Person 4 +person4@contoso\.example +pending/)
    expect(stdout).to.include('1 email sent.')
  })

  it('end the command with 5 when the mail system takes none, and are kept', async () => {
    const closed = await refusingPort()
    const env: Env = { MAIL_URL: `smtp://127.0.0.1:${closed}`, MAIL_FROM: 'it@contoso.example' }
    const { code, json, stderr } = await folder.run(['users', 'send-invitation', upn(3), '--json'], env)
    expect(code).to.equal(5)
    expect((json['results'] as unknown[])[0]).to.include({ ok: true, status: 'migrating', error: null })
    expect(stderr).to.match(/^We cannot reach .*\n {2}.*Emails that are owed wait and go out afterwards\./m)
    expect((await show(upn(3))).map(({ state, attempts }) => [state, attempts])).to.deep.equal([['owed', 1]])
  })
})

/** A port that was free a moment ago. */
async function refusingPort(): Promise<number> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
