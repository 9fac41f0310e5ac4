import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Command } from '../../src/simulator/control.js'

const MAIN = fileURLToPath(new URL('../../src/simulator/main.js', import.meta.url))

interface About {
  readonly url: string
  readonly users: number
  readonly settings: Record<string, string>
}

interface Outcome {
  readonly ok: boolean
  readonly result?: unknown
  readonly error?: string
}

describe('the simulator as a process', () => {
  let child: ChildProcess
  let about: About

  before(async () => {
    child = spawn(process.execPath, [MAIN, '--users', '30', '--page-size', '7', '--seed', '3', '--prebuilt'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (!child.stdout) throw new Error('no output')
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    about = JSON.parse(line) as About
  })

  after(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })

  async function order(command: Command | string): Promise<Outcome> {
    const body = typeof command === 'string' ? command : JSON.stringify(command)
    const response = await fetch(`${about.url}/_control`, { method: 'POST', body })
    return (await response.json()) as Outcome
  }

  it('says where it is and how to reach it', () => {
    expect(about.users).to.equal(30)
    expect(about.settings).to.include({ GRAPH_BASE_URL: about.url, AZURE_AUTHORITY_HOST: about.url })
  })

  it('carries out every kind of command', async () => {
    const commands: Command[] = [
      { op: 'create', person: { displayName: 'Nina Neu' } },
      { op: 'update', id: 0, patch: { jobTitle: 'Boss' } },
      { op: 'disable', id: 'nina.neu@contoso.example' },
      { op: 'enable', id: 1 },
      { op: 'softDelete', id: 2 },
      { op: 'restore', id: 2 },
      { op: 'purge', id: 3 },
      { op: 'signIn', id: 1, at: '2026-11-20T08:00:00Z', errorCode: 0 },
      { op: 'churn', percent: 50 },
      { op: 'live', step: 1 },
      { op: 'expireAll', variant: '410-location' },
      { op: 'delta', emptyPages: 1, knobs: { pageSize: 5, midRound: 'this' } },
      { op: 'prebuild', select: 'displayName' },
      { op: 'fault', match: { path: '/users', nth: 1 }, times: 2, do: { status: 503 } },
      { op: 'fault', do: { kind: 'throttle', retryAfter: null } },
      { op: 'fault', do: 'reset' },
      { op: 'clearFaults' },
      { op: 'expireTokens' },
      { op: 'failTokens', count: 1, failure: 'busy' },
      { op: 'roles', roles: ['User.Read.All'] },
      { op: 'licence', licence: 'none' },
      { op: 'latency', latencyMs: 1 },
      { op: 'planLogin', login: { person: 'ada@contoso.example' } },
      { op: 'planLogin', login: { error: 'access_denied', description: 'AADSTS65004' } },
      { op: 'spoilIdTokens', flaw: 'alg-none' },
      { op: 'rollKeysOver', withdrawn: true },
      { op: 'recordLogins', recorded: true },
      { op: 'deliver', mailbox: 'ada@contoso.example', mime: 'Subject: Hello', receivedAt: '2026-11-20T08:00:00Z' },
      { op: 'bounce', address: 'ben@contoso.example', status: '5.1.1' },
      { op: 'bounce', address: 'ben@contoso.example', status: null },
      { op: 'mailLimit', perMinute: 100 },
      { op: 'caughtMail' },
      { op: 'createGroup', group: { displayName: "L'équipe" }, members: [0, 'nina.neu@contoso.example'] },
      { op: 'createGroup', members: ["L'équipe", { id: 'aaaaaaaa-0000-4000-8000-000000000001', type: 'device' }] },
      { op: 'updateGroup', group: "L'équipe", patch: { description: 'Nested' } },
      { op: 'addMembers', group: "L'équipe", members: [4, 5] },
      { op: 'removeMembers', group: "L'équipe", members: [4] },
      { op: 'deleteGroup', group: "L'équipe" },
      { op: 'restoreGroup', group: "L'équipe" },
      { op: 'growGroups', groups: 20, percent: 40 },
      { op: 'purgeGroup', group: 'Team 20' },
      { op: 'groupDelta', emptyPages: 1, knobs: { membersPerItem: 2 } },
      { op: 'castsAreAdvanced', value: true },
      { op: 'expireAll', variant: '410', of: 'groups' },
      { op: 'fault', match: { route: 'groups/{id}' }, do: { kind: 'forbidden' } },
      { op: 'fault', times: 2, do: { kind: 'withhold', percent: 50 } },
      { op: 'fault', do: { kind: 'withhold', ids: ['x'] } },
      { op: 'unitLimit', limit: 8000 },
      { op: 'foreignTenant', tenantId: null },
      { op: 'jumpClock', ms: -1000 },
      { op: 'clearRequests' },
      { op: 'person', id: 0 },
    ]
    for (const command of commands) expect(await order(command), JSON.stringify(command)).to.have.property('ok', true)
    const { result } = await order({ op: 'state' })
    expect(result).to.include({ deleted: 0, groups: 21, tokensIssued: 0, requests: 0 })
    const { result: group } = await order({ op: 'group', group: "L'équipe" })
    expect(group).to.include({ description: 'Nested' }).and.have.property('members').with.length(3)
    expect(result).to.have.property('users').and.to.be.greaterThan(29)
    expect((await order({ op: 'person', id: 0 })).result).to.include({ displayName: 'Zoë Müller' })
  })

  it('refuses commands that are none', async () => {
    for (const command of ['', '{}', '{"op":"unknown"}', '{"op":"person","id":"nobody"}', '{"op":"purge","id":3}'])
      expect(await order(command), command).to.include({ ok: false })
  })

  it('ends by itself on SIGTERM', async () => {
    child.kill('SIGTERM')
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    expect([code, signal]).to.deep.equal([0, null])
  })
})
