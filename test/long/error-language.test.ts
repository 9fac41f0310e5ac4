import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { keyOf } from '../../src/config/connections.js'
import type { FaultAction } from '../../src/simulator/faults.js'
import { startSimulator, type Simulator } from '../../src/simulator/server.js'
import type { TokenFailure } from '../../src/simulator/token-errors.js'
import { privateIdentity } from '../graph/support/certificates.js'
import { serve, type TestServer } from '../graph/support/server.js'
import { aFolder, type Folder, type Running } from '../support/command.js'

/*
 * Each class of errors of Graph and of the sign-in service, from its own bytes on the wire to what a person reads: one
 * connection for each in one installation, whose runs go wrong in one `serve`, and which one `check` looks at.
 */

const K = /^Everyone keeps their data and access\. Nobody was removed\./
const P = /^Everyone keeps their data and access\. What was read so far is saved; the next run continues there\./
const D = /^Reading people goes on; only first logins from the sign-in log wait\.$/
const N = /^Nothing to do; we try again by ourselves\./
const CREDENTIALS = 'App registrations → [\\da-f-]{36} → Certificates & secrets'

interface Row {
  readonly cause: string
  readonly prepare?: (simulator: Simulator) => void
  /** Settings of the connection. */
  readonly over?: Readonly<Record<string, unknown>>
  readonly headline: RegExp
  readonly meanwhile: RegExp
  readonly remedy: RegExp
  /** Told in passing: it ends no run. */
  readonly passing?: true
  /** `check` reads no pages. */
  readonly inRunsOnly?: true
}

const always = (path: string, action: FaultAction) => (simulator: Simulator) =>
  void simulator.faults.add({ match: { path }, times: Infinity, do: action })
const graph = (status: number, code: string) => always('/v1.0/', { status, body: { error: { code, message: 'No.' } } })
const aadsts = (failure: TokenFailure) => (simulator: Simulator) => simulator.tokens.failNext(999, failure)
const numbered = (number: number) =>
  always('/oauth2/', { status: 400, body: { error: 'invalid_request', error_codes: [number], error_description: '' } })
const page =
  (action: FaultAction, times = Infinity) =>
  (simulator: Simulator) =>
    void simulator.faults.add({ match: { path: 'delta' }, times, do: action })

const BUSY = { headline: /^Microsoft's sign-in service is busy$/, meanwhile: P, remedy: N }
const CERTIFICATE = {
  headline: /^Microsoft does not know our certificate$/,
  meanwhile: K,
  remedy: new RegExp(`${CREDENTIALS} → Certificates: compare with thumbprint .*; upload it if missing or expired\\.$`),
}
const ADDRESS = {
  headline: /^Microsoft does not know the address we ask for$/,
  meanwhile: K,
  remedy:
    /^graphBaseUrl of connection row-\d+ in config\/connections\.json and authorityHost of connection row-\d+ in config\/connections\.json must belong to the same cloud\. After a change restart `serve`, then run `entra-connector check --connection row-\d+`\.$/,
}
const TENANT = {
  headline: /^Tenant [\da-f-]{36} was not found in this cloud$/,
  meanwhile: K,
  remedy:
    /Entra ID → Overview → Tenant ID is tenantId of connection row-\d+ in .*; another national cloud needs authorityHost of connection .* restart `serve`/,
}
const CONSENT = {
  headline: /^The application is not approved for this organisation$/,
  meanwhile: K,
  remedy: /→ API permissions → Grant admin consent for /,
}
const UNAVAILABLE = {
  headline: /^Microsoft Graph is unavailable for now$/,
  meanwhile: P,
  remedy: /we try again by ourselves\. Longer than an hour: Microsoft 365 admin center → Health → Service health\.$/,
}
const IDENTITY = {
  headline: /^Microsoft does not know the application yet$/,
  meanwhile: K,
  remedy: /^New grants need some minutes\. Still there after an hour: .* → Grant admin consent for /,
}
const INCOMPLETE = {
  headline: /^An answer from Microsoft was incomplete$/,
  meanwhile: /We did not take it for an empty tenant\.$/,
  remedy: N,
}

const ROWS: readonly Row[] = [
  {
    cause: 'AADSTS7000222',
    prepare: aadsts('expired-secret'),
    headline: /^Microsoft refused our sign-in: the client secret has expired$/,
    meanwhile: K,
    remedy: new RegExp(
      `${CREDENTIALS} → Client secrets → New client secret; put its Value into the variable SECRET_OF_ALL .*, restart `,
    ),
  },
  {
    cause: 'AADSTS7000215',
    prepare: aadsts('wrong-secret'),
    headline: /^Microsoft refused our sign-in: the client secret is wrong$/,
    meanwhile: K,
    remedy: new RegExp(
      `^Often the Secret ID was pasted\\. .*${CREDENTIALS} → New client secret, copy the Value column`,
    ),
  },
  { cause: 'AADSTS700027', prepare: aadsts('certificate-unknown'), ...CERTIFICATE },
  { cause: 'AADSTS50012', prepare: aadsts('assertion-signature'), ...CERTIFICATE },
  { cause: 'AADSTS700030', prepare: aadsts('certificate-not-valid'), ...CERTIFICATE },
  {
    cause: 'AADSTS700024',
    prepare: aadsts('assertion-expired'),
    headline: /^Microsoft refused our sign-in: our assertion is outside its time range$/,
    meanwhile: K,
    remedy:
      /^Check this machine's clock; with federatedTokenFile of connection row-\d+ in .*, that the file is renewed in time\.$/,
  },
  ...[70021, 700211, 700212, 700213].map((number): Row => ({
    cause: `AADSTS${number}`,
    prepare: numbered(number),
    headline: /^Microsoft does not know our federated token$/,
    meanwhile: K,
    remedy: new RegExp(
      `${CREDENTIALS} → Federated credentials: issuer, subject and audience must be those of the token in federatedTokenFile of `,
    ),
  })),
  {
    cause: 'AADSTS7000218',
    prepare: aadsts('no-credential'),
    headline: /^No credential is configured$/,
    meanwhile: K,
    remedy:
      /^Set one of the variable SECRET_OF_ALL \(clientSecret of connection row-\d+ in config\/connections\.json\), clientCertificatePath of .*, federatedTokenFile of .* restart `serve`/,
  },
  {
    cause: 'AADSTS700016',
    prepare: aadsts('app-not-in-tenant'),
    headline: /^This application does not exist in tenant [\da-f-]{36}$/,
    meanwhile: K,
    remedy:
      /Overview: compare Application \(client\) ID with clientId of connection .* and Directory \(tenant\) ID with tenantId of connection .* restart `serve`/,
  },
  {
    cause: 'AADSTS7000112',
    prepare: aadsts('app-disabled'),
    headline: /^The application is switched off in this tenant$/,
    meanwhile: K,
    remedy: /Enterprise apps → .* → Properties → Enabled for users to sign-in\? → Yes\.$/,
  },
  { cause: 'AADSTS90002', prepare: aadsts('tenant-not-found'), ...TENANT },
  { cause: 'AADSTS90038', prepare: aadsts('other-cloud'), ...TENANT },
  {
    cause: 'AADSTS53003',
    prepare: aadsts('conditional-access'),
    headline: /^A Conditional Access policy blocks the connector$/,
    meanwhile: K,
    remedy: /Sign-in logs → Service principal sign-ins → the failed entry → Conditional Access names the policy; then /,
  },
  { cause: 'AADSTS500011', prepare: aadsts('resource-unknown'), ...ADDRESS },
  { cause: 'AADSTS70011', prepare: aadsts('scope-invalid'), ...ADDRESS },
  { cause: 'AADSTS1002012', prepare: aadsts('scope-not-default'), ...ADDRESS },
  { cause: 'AADSTS700022', prepare: aadsts('scope-several'), ...ADDRESS },
  { cause: 'AADSTS90033', prepare: aadsts('busy'), ...BUSY },
  { cause: 'AADSTS90006', prepare: aadsts('busy-90006'), ...BUSY },
  { cause: 'AADSTS90024', prepare: aadsts('busy-90024'), ...BUSY },
  { cause: 'AADSTS90055', prepare: aadsts('busy-90055'), ...BUSY },
  { cause: 'AADSTS50196', prepare: aadsts('loop'), ...BUSY },
  { cause: 'AADSTS65001', prepare: aadsts('consent-missing'), ...CONSENT },
  { cause: 'AADSTS650056', prepare: numbered(650056), ...CONSENT },
  {
    cause: 'AADSTS50011',
    prepare: numbered(50011),
    headline: /^Microsoft login is set up with another address$/,
    meanwhile: K,
    remedy: /→ Authentication → Web → Redirect URIs: add exactly PUBLIC_URL \+ \/login\/microsoft\/callback\.$/,
  },
  {
    cause: 'an AADSTS nobody has heard of',
    prepare: numbered(4711),
    headline: /^Microsoft refused our sign-in$/,
    meanwhile: K,
    remedy:
      /^Compare .* with tenantId of .* and clientId of .*, .* the details hold Microsoft's words\. After a change restart `serve`/,
  },
  {
    cause: '403 Authorization_RequestDenied',
    prepare: graph(403, 'Authorization_RequestDenied'),
    headline: /^We are not allowed to read people$/,
    meanwhile: K,
    remedy:
      /→ API permissions → Microsoft Graph → Application permissions → User\.Read\.All; then Grant admin consent for /,
  },
  {
    cause: '403 Authentication_MSGraphPermissionMissing',
    prepare: ({ tokens }) => (tokens.roles = ['User.Read.All']),
    headline: /^We are not allowed to read the sign-in log$/,
    meanwhile: D,
    remedy: /→ Application permissions → AuditLog\.Read\.All; then Grant admin consent for /,
  },
  {
    cause: '403 Authentication_RequestFromNonPremiumTenantOrB2CTenant',
    prepare: (simulator) => (simulator.licence = 'none'),
    headline: /^This tenant has no Entra ID P1: Microsoft gives no sign-in log$/,
    meanwhile: D,
    remedy:
      /^Nothing, if people log in through the intranet's own Microsoft login or POST \/api\/v1\/logins; the licence is/,
    passing: true,
  },
  {
    cause: '403 Authentication_ApplicationHasNoDirectoryReadAccess',
    prepare: always('/auditLogs/', {
      status: 403,
      body: { error: { code: 'Authentication_ApplicationHasNoDirectoryReadAccess', message: 'No.' } },
    }),
    headline: /^We are not allowed to read the sign-in log$|^We are not allowed to read the tenant's licence$/,
    meanwhile: D,
    remedy: /→ Application permissions → Directory\.Read\.All; then Grant admin consent for /,
  },
  {
    cause: '403 for the groups of the scope',
    over: { scope: { groups: ['8be48b9e-75a5-4b26-bf3e-1feb84f0d738'] } },
    prepare: always('/v1.0/groups', {
      status: 403,
      body: { error: { code: 'Authorization_RequestDenied', message: 'No.' } },
    }),
    headline: /^We are not allowed to read group members$/,
    meanwhile: K,
    remedy: /→ Application permissions → GroupMember\.Read\.All; then Grant admin consent for /,
  },
  {
    cause: '401 InvalidAuthenticationToken twice',
    prepare: always('/v1.0/', { kind: 'unauthorized', reason: 'audience' }),
    headline: /^Microsoft does not accept our token$/,
    meanwhile: P,
    remedy:
      /^This machine has the right time, so check that AZURE_AUTHORITY_HOST and GRAPH_BASE_URL belong to the same cloud/,
  },
  { cause: '401 Authorization_IdentityNotFound', prepare: graph(401, 'Authorization_IdentityNotFound'), ...IDENTITY },
  { cause: '403 Authorization_IdentityNotFound', prepare: graph(403, 'Authorization_IdentityNotFound'), ...IDENTITY },
  {
    cause: '429',
    prepare: always('/v1.0/', { kind: 'throttle', retryAfter: '3600' }),
    headline: /^Microsoft asked us to wait until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    meanwhile: P,
    remedy: N,
  },
  ...[500, 502, 503, 504].map((status): Row => ({
    cause: String(status),
    prepare: graph(status, 'Directory_ReplicaUnavailable'),
    ...UNAVAILABLE,
  })),
  {
    cause: 'a name that does not exist',
    over: { authorityHost: 'https://login.nowhere.invalid' },
    headline: /^We cannot reach login\.nowhere\.invalid$/,
    meanwhile: P,
    remedy: /^Check from this machine: name resolution, firewall, HTTPS_PROXY and NO_PROXY\.$/,
  },
  {
    cause: 'a connection reset',
    prepare: always('/v1.0/', 'reset'),
    headline: /^We cannot reach localhost:\d+$|^We cannot reach 127\.0\.0\.1:\d+$/,
    meanwhile: P,
    remedy: /name resolution, firewall/,
  },
  {
    cause: 'TLS',
    headline: /^127\.0\.0\.1:\d+ shows a certificate this machine does not trust$/,
    meanwhile: P,
    remedy: /^Is there an inspecting proxy\? Put its authority into NODE_EXTRA_CA_CERTS; never switch checking off\.$/,
  },
  {
    cause: 'a redirect',
    prepare: always('/v1.0/', { kind: 'redirect', location: 'https://wifi.example/login' }),
    headline: /^We stopped: .* redirected us to wifi\.example\. Redirects are never followed$/,
    meanwhile: K,
    remedy: /^Check AZURE_AUTHORITY_HOST, GRAPH_BASE_URL and the proxy; sign-in pages of a network redirect too\.$/,
  },
  {
    cause: 'a link to another origin',
    prepare: page({ kind: 'foreign-next-link', origin: 'https://graph.evil.example' }),
    headline: /^We stopped: an answer pointed to a server that is not Microsoft Graph \(graph\.evil\.example\)$/,
    meanwhile: /Our token was not sent there\.$/,
    remedy: /^Check GRAPH_BASE_URL and the proxy; if both are right, report it with the details\.$/,
    inRunsOnly: true,
  },
  { cause: 'a page without value', prepare: page('missing-value'), ...INCOMPLETE, inRunsOnly: true },
  { cause: 'a page cut short', prepare: page('truncate'), ...INCOMPLETE, inRunsOnly: true },
  {
    cause: 'a request Graph refuses',
    prepare: graph(400, 'BadRequest'),
    headline: /^Microsoft Graph refused our request \(HTTP 400\)$/,
    meanwhile: K,
    remedy: /^Run `entra-connector sync --full`\. If it stays, report it with the details\.$/,
  },
]

interface Line {
  readonly level: string
  readonly message: string
  readonly connection?: string
  readonly meanwhile?: string
  readonly remedy?: string
  readonly code?: string
}

async function allHaveRun(served: Running): Promise<void> {
  const [, url = ''] = await served.says(/^Listening on (\S+)$/m)
  for (let runs = 0; runs < ROWS.length;) {
    await sleep(200)
    const figures = await (await fetch(`${url}/metrics`)).text()
    runs = figures.match(/^entra_connector_runs_total{.*} 1$/gm)?.length ?? 0
  }
}

describe('what people read of errors', () => {
  const simulators: Simulator[] = []
  let folder: Folder
  let untrusted: TestServer
  let lines: Line[]
  let checks: readonly (Line & { readonly status: string })[]

  const nameOf = (index: number): string => `row-${index}`

  before(async function () {
    this.timeout(240_000)
    untrusted = await serve(() => ({ body: 'never seen' }), privateIdentity('graph.example'))
    folder = await aFolder({ STORE_URL: 'sqlite:connector.db', PORT: '0', SYNC_SCHEDULE: '0 0 1 1 *' })
    const connections: Record<string, unknown>[] = []
    for (const [index, { prepare, over, cause }] of ROWS.entries()) {
      const simulator = await startSimulator({ users: 6, pageSize: 3 })
      simulators.push(simulator)
      prepare?.(simulator)
      const { AZURE_CLIENT_SECRET: _, ...settings } = simulator.settings()
      const own = Object.fromEntries(Object.entries(settings).map(([name, value]) => [keyOf(name), value]))
      const tls = cause === 'TLS' ? { authorityHost: untrusted.origin } : {}
      const clientSecret = { env: 'SECRET_OF_ALL' }
      connections.push({ ...own, name: nameOf(index), clientSecret, giveUpAfter: '2s', ...over, ...tls })
    }
    await mkdir(join(folder.path, 'config'))
    await writeFile(join(folder.path, 'config', 'connections.json'), JSON.stringify(connections))
    const env = { SECRET_OF_ALL: simulators[0]!.settings().AZURE_CLIENT_SECRET, LOG_FORMAT: 'json' }

    const served = folder.start(['serve'], env)
    const [checked] = await Promise.all([folder.run(['check', '--json'], env), allHaveRun(served)])
    served.send('SIGTERM')
    const { stderr } = await served.ended
    lines = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? (JSON.parse(line) as Line) : []))
    checks = (checked.json as { checks: typeof checks }).checks
  })
  after(async () => {
    await folder.remove()
    await untrusted.close()
    for (const simulator of simulators) await simulator.close()
  })

  for (const [index, row] of ROWS.entries()) {
    const { cause, headline, meanwhile, remedy, passing, inRunsOnly } = row
    it(`${cause}: one sentence, what is safe, and what to do`, () => {
      const own = lines.filter(({ connection }) => connection === nameOf(index))
      const level = passing ? 'warn' : 'error'
      const told = own.filter((line) => line.level === level && 'remedy' in line)
      expect(told.map(({ message }) => message)).to.have.length(1)
      expect(told[0]?.message).to.match(headline)
      expect(told[0]?.meanwhile).to.match(meanwhile)
      expect(told[0]?.remedy).to.match(remedy)
      if (cause.startsWith('AADSTS')) expect(told[0]?.code).to.equal(cause)

      if (inRunsOnly) return
      const looked = checks.filter(({ connection, status }) => connection === nameOf(index) && status !== 'ok')
      const same = looked.find(({ message }) => headline.test(message))
      expect(same, JSON.stringify(looked)).to.include({ status: passing ? 'warning' : 'failed' })
      expect(same?.remedy).to.match(remedy)
    })
  }

  it('is without secrets, tokens and links', () => {
    const all = JSON.stringify([lines, checks])
    expect(all).not.to.contain(simulators[0]!.settings().AZURE_CLIENT_SECRET)
    expect(all).not.to.match(/eyJ|deltatoken=|skiptoken=/)
  })

  it('Microsoft’s own wishes are told in passing, and the run goes on', async () => {
    const wishes = [
      ['syncStateNotFound', 410, 'Microsoft asked us to read everyone again'],
      ['Directory_ExpiredPageToken', 400, 'The bookmark expired; this pass starts again'],
    ] as const
    for (const [code, status, message] of wishes) {
      const simulator = await startSimulator({ users: 6, pageSize: 3 })
      const own = await aFolder({ ...simulator.settings(), STORE_URL: 'sqlite:connector.db', LOG_FORMAT: 'json' })
      try {
        simulator.faults.add({
          match: { path: 'delta', nth: 2 },
          do: { status, body: { error: { code, message: '' } } },
        })
        const { code: exit, stderr } = await own.run(['sync', '--json'])
        expect(exit, stderr).to.equal(0)
        expect(stderr).to.contain(`"${message}"`)
      } finally {
        await own.remove()
        await simulator.close()
      }
    }
  }).timeout(20_000)
})
