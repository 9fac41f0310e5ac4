import { expect } from 'chai'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from '../../src/domain/run.js'
import { startSimulator, type Simulator } from '../../src/simulator/server.js'
import { aFolder, each, type Folder } from '../support/command.js'
import { entryFor, TENANTS } from '../support/installation.js'

const ZOE = 'zoe.mueller@contoso.example'

interface Checks {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly status: string; readonly connection?: string }[]
}

const secretOf = (name: string): string => `Abc8Q~value-of-${name}`

describe('several connections on the command line', function () {
  this.timeout(180_000)
  let folder: Folder
  let simulators: Simulator[]

  before(async () => {
    simulators = await Promise.all(
      Object.entries(TENANTS).map(([name, tenantId]) =>
        startSimulator({ users: 6, pageSize: 5, tenantId, clientSecret: secretOf(name) }),
      ),
    )
    folder = await aFolder({
      STORE_URL: 'sqlite:connector.db',
      GIVE_UP_AFTER: '3s',
      SECRET_OF_NORTH: secretOf('north'),
      SECRET_OF_SOUTH: secretOf('south'),
    })
    await mkdir(join(folder.path, 'config'))
    await write()
    for (const name of ['north', 'south']) {
      const { code, json } = await folder.run(['sync', '--connection', name, '--json'])
      expect([code, json['connection'], (json as unknown as Run).users.created]).to.deep.equal([0, name, 6])
    }
  })
  after(async () => {
    await folder.remove()
    for (const simulator of simulators) await simulator.close()
  })

  const write = (over: readonly object[] = []): Promise<string> => {
    const entries = Object.keys(TENANTS).map((name, index) => ({
      ...entryFor(name, simulators[index]!),
      ...over[index],
    }))
    return folder.write('config/connections.json', JSON.stringify(entries))
  }

  it('have to be named, and are named where they are not', async () => {
    const commands = [
      ['sync'],
      ['users', 'list'],
      ['users', 'show', ZOE],
      ['users', 'freeze', ZOE],
      ['users', 'export'],
      ['runs', 'list'],
      ['tokens', 'list'],
    ]
    await each(commands, 4, async (command) => {
      const { code, stdout, stderr } = await folder.run(command)
      expect([code, stdout], command.join(' ')).to.deep.equal([2, ''])
      expect(stderr).to.match(/^There are several connections, and this command is for one of them\n/)
      expect(stderr).to.include('Name one with --connection: north, south.')
    })
    await each([['sync'], ['check'], ['serve']], 4, async (command) => {
      const { code, json } = await folder.run([...command, '--connection', 'west', '--json'])
      expect(code).to.equal(2)
      expect(json['error']).to.include({
        code: 'usage.invalid',
        message: 'There is no connection called west',
        remedy: 'Name one with --connection: north, south.',
      })
    })
  })

  it('keep people, runs and tokens to themselves', async () => {
    const show = (name: string) => folder.run(['users', 'show', ZOE, '--connection', name, '--json'])
    const [north, south] = [(await show('north')).json['user'], (await show('south')).json['user']] as [
      Record<string, string>,
      Record<string, string>,
    ]
    expect([north['connection'], south['connection']]).to.deep.equal(['north', 'south'])
    expect(north['entraObjectId']).to.equal(south['entraObjectId'])
    const there = await folder.run(['users', 'show', north['id'] ?? '', '--connection', 'south', '--json'])
    expect(there.code).to.equal(1)
    expect(there.json['error']).to.deep.include({
      code: 'user.unknown',
      message: `Nobody is called ${north['id'] ?? ''} in this connection, but somebody in connection north is`,
    })
    const { json } = await folder.run(['runs', 'list', '--connection', 'south', '--json'])
    const [run, ...others] = json['runs'] as Run[]
    expect([run?.connection, others.length]).to.deep.equal(['south', 0])
    const elsewhere = await folder.run(['runs', 'show', run?.runId ?? '', '--connection', 'north'])
    expect(elsewhere.code).to.equal(1)
    await folder.run(['tokens', 'create', '--scope', 'intranet', '--name', 'n', '--connection', 'north'])
    expect((await folder.run(['tokens', 'list', '--connection', 'south', '--json'])).json['tokens']).to.deep.equal([])
    const frozen = await folder.run(['users', 'freeze', ZOE, '--connection', 'north', '--json'])
    expect(frozen.code).to.equal(0)
    expect(((await show('south')).json['user'] as Record<string, string>)['account']).to.equal('active')
    await folder.run(['users', 'activate', ZOE, '--connection', 'north'])
  })

  it('say of somebody who is in another one no more than name and status', async () => {
    const { json } = await folder.run(['users', 'show', ZOE, '--connection', 'north', '--json'])
    const alsoIn = [
      {
        connection: 'south',
        displayName: (json['user'] as { displayName: string }).displayName,
        status: 'never-logged-in',
      },
    ]
    expect(json['alsoIn']).to.deep.equal(alsoIn)
    const { stdout } = await folder.run(['users', 'show', ZOE, '--connection', 'north'])
    expect(stdout).to.match(/^Also in connection south: Zo.*, never-logged-in$/m)
  })

  it('are looked at all by check, each under its name, and one that fails is the one that is named', async () => {
    const all = await folder.run(['check', '--json'])
    expect(all.code, all.stdout).to.equal(0)
    const { ok, checks } = all.json as unknown as Checks
    expect(ok).to.equal(true)
    expect(checks.filter(({ name }) => name === 'token').map(({ connection }) => connection)).to.deep.equal([
      'north',
      'south',
    ])
    expect(checks.find(({ name }) => name === 'settings')).not.to.have.property('connection')

    await write([{}, { clientId: '99999999-8888-7777-6666-555555555555' }])
    const bad = await folder.run(['check', '--json'])
    await write()
    expect(bad.code).to.equal(4)
    const failed = (bad.json as unknown as Checks).checks.filter(({ status }) => status === 'failed')
    expect(new Set(failed.map(({ connection }) => connection))).to.deep.equal(new Set(['south']))

    const one = await folder.run(['check', '--connection', 'south', '--json'])
    expect((one.json as unknown as Checks).checks.some((check) => 'connection' in check)).to.equal(false)
    const words = await folder.run(['check'])
    expect(words.stdout).to.match(/^ok +settings[^]*\nConnection north\nok +token[^]*\nConnection south\nok +token/)
  })

  it('show no secret of any of them, whichever a command is for', async () => {
    await write([{ mailUrl: `file:outbox-${secretOf('south')}` }])
    const { code, stdout, stderr } = await folder.run(['check', '--connection', 'north', '--json'])
    await write()
    expect(code).to.equal(0)
    expect(stdout).to.include('outbox-[redacted]')
    expect(stdout + stderr).not.to.include(secretOf('south'))
  })

  it('are served by one process, or one of them alone; no secret is logged', async () => {
    const every = { SYNC_SCHEDULE: '* * * * * *', PORT: '0', LOG_LEVEL: 'debug' }
    const serve = folder.start(['serve'], every)
    await serve.says(/Run finished[^\n]*"connection":"north"/)
    await serve.says(/Run finished[^\n]*"connection":"south"/)
    serve.send('SIGTERM')
    const { code, stderr } = await serve.ended
    expect(code).to.equal(0)
    for (const name of ['north', 'south']) expect(stderr).not.to.include(secretOf(name))

    const lone = folder.start(['serve', '--connection', 'south'], every)
    await lone.says(/Run finished[^\n]*"connection":"south"/)
    lone.send('SIGTERM')
    const ended = await lone.ended
    expect([ended.code, ended.stderr.includes('"connection":"north"')]).to.deep.equal([0, false])
  })

  it('are no matter of the demo’s', async () => {
    const { code, stderr } = await folder.run(['demo', '--once'])
    expect(code, stderr).to.equal(0)
  })

  it('are refused as a whole when one of them cannot be read', async () => {
    await write([{}, { tenantId: 'contoso', clientSecret: { env: 'UNHEARD_OF' } }])
    const { code, stderr } = await folder.run(['sync', '--connection', 'north'])
    await write()
    expect(code).to.equal(2)
    expect(stderr).to.match(/^2 settings need attention:\n/)
    expect(stderr).to.include('config/connections.json: [1].tenantId is neither a GUID nor a domain.')
    expect(stderr).to.include('config/connections.json: [1].clientSecret names UNHEARD_OF, which is not set.')
  })
})
