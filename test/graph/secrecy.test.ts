import { inspect } from 'node:util'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import { words } from '../../src/graph/words.js'
import {
  APP_ID,
  SECRET,
  fakeClock,
  jwt,
  never,
  openTenant,
  type Tenant,
  type TenantSetup,
} from './support/microsoft.js'
import { cutShort, reset, type Answer, type Received } from './support/server.js'

/** Everything that must never be read, wherever a failure comes from. */
const SECRETS = {
  secret: SECRET,
  token: jwt({ tid: 'x', roles: ['User.Read.All'], marker: 'TOKENMARKER' }),
  opaqueToken: 'EwBwA8l6BAAUOPAQUEMARKERTOKEN',
  deltaLink: 'DELTAMARKER',
  skipLink: 'SKIPMARKER',
  plainLink: 'PLAINMARKER',
  assertion: 'opaque.ASSERTIONMARKER/value',
}
const MARKERS = [
  SECRET,
  'TOKENMARKER',
  jwtMarker(),
  'OPAQUEMARKER',
  'DELTAMARKER',
  'SKIPMARKER',
  'PLAINMARKER',
  'ASSERTIONMARKER',
]

function jwtMarker(): string {
  return SECRETS.token.split('.')[1] ?? ''
}

/** A server that says back all it was told, the way some proxies do. */
function echo({ url, headers, body }: Received): string {
  const [, token = ''] = headers.authorization?.split(' ') ?? []
  const assertion = new URLSearchParams(body).get('client_assertion') ?? ''
  return `${token} ${assertion}: you sent ${url} with ${headers.authorization ?? 'no token'} and ${body}; so ${SECRET}, http://x.example${url}`
}

function speaking(status: number, more: Readonly<Record<string, string>> = {}): (request: Received) => Answer {
  return (request) => ({
    status,
    headers: {
      'request-id': echo(request).replace(/[^\x20-\x7e]/g, ''),
      location: `https://evil.example${request.url}`,
      ...more,
    },
    body: {
      error: {
        code: echo(request),
        message: echo(request),
        innerError: { 'request-id': echo(request), code: echo(request) },
      },
      error_description: `AADSTS7000215: ${echo(request)}`,
      trace_id: echo(request),
      correlation_id: echo(request),
    },
  })
}

function refusing(request: Received): Answer {
  return {
    status: 401,
    body: {
      error: echo(request),
      error_description: echo(request),
      trace_id: echo(request),
      correlation_id: echo(request),
    },
  }
}

const paths = [
  `/users/delta?$deltatoken=${SECRETS.deltaLink}`,
  `/users/delta?$SkipToken=${SECRETS.skipLink}&x=1`,
  `/users/delta?odd=${SECRETS.plainLink}`,
]

async function everyQuestion(tenant: Tenant): Promise<unknown[]> {
  const { connection } = tenant
  const failures: unknown[] = []
  const asked = [
    ...paths.map((path) => () => connection.directory.page(tenant.link(path), never)),
    () => connection.directory.page(`https://evil.example/${paths[0] ?? ''}`, never),
    () => connection.directory.page(`not an address ${SECRETS.plainLink}`, never),
    () => connection.directory.lookUp('ana@contoso.example', never),
    () => connection.directory.lookUp('a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101', never),
    () => connection.directory.tenant(never),
    () =>
      connection.signIns!.page(
        { link: tenant.link(`/auditLogs/signIns?$skiptoken=${SECRETS.skipLink}`), appId: APP_ID },
        never,
      ),
    () => connection.probe('people', never),
  ]
  for (const ask of asked) failures.push(await ask().catch((error: unknown) => error))
  return failures
}

/** In every way an error can be shown. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return [String(error), error.stack, JSON.stringify(error), inspect(error, { depth: 20, showHidden: true })].join('\n')
}

describe('secrets, tokens and links', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'connector-secrecy-'))
    writeFileSync(join(folder, 'token'), SECRETS.assertion)
  })
  after(() => rmSync(folder, { recursive: true }))

  const graphAnswers: Readonly<Record<string, (request: Received) => Answer>> = {
    ...Object.fromEntries(
      [301, 307, 400, 401, 403, 404, 405, 410, 429, 500, 503].map((status) => [status, speaking(status)]),
    ),
    'a long wait': speaking(429, { 'retry-after': '3600' }),
    HTML: (request) => ({ status: 502, body: `<html>${echo(request)}</html>` }),
    'HTML with 200': (request) => ({ body: `<html>${echo(request)}</html>` }),
    'HTML with 403': (request) => ({ status: 403, body: `<html>${echo(request)}</html>` }),
    'a link elsewhere': ({ url }) => ({ body: { value: [], '@odata.nextLink': `https://evil.example${url}` } }),
    'a link that is none': ({ url }) => ({ body: { value: [], '@odata.nextLink': `not an address ${url}` } }),
    'somebody else': (request) => ({ body: { id: echo(request), value: echo(request) } }),
    'a cut': (request) => cutShort({ value: [echo(request)] }),
    'a reset': () => reset,
  }
  const tokenAnswers: Readonly<Record<string, (request: Received) => Answer>> = {
    refused: refusing,
    ...Object.fromEntries([302, 400, 403, 404, 429, 503].map((status) => [status, speaking(status)])),
    HTML: (request) => ({ status: 400, body: `<html>${echo(request)}</html>` }),
    'no token': (request) => ({ body: { answer: echo(request) } }),
    nonsense: (request) => ({ body: echo(request) }),
    'a reset': () => reset,
  }

  const given = (access_token: string): Answer => ({ body: { token_type: 'Bearer', expires_in: 3599, access_token } })
  const federated = (): Partial<NonNullable<TenantSetup['microsoft']>> => ({
    credential: { kind: 'federated', path: join(folder, 'token') },
  })

  async function expectNothingShown(setup: TenantSetup): Promise<void> {
    const tenant = await openTenant({ ...setup, options: { clock: fakeClock() } })
    const told: unknown[] = []
    try {
      const failures = await everyQuestion(tenant)
      expect(failures.some((failure) => failure instanceof ConnectorError)).to.equal(true)
      for (const event of tenant.events) told.push('error' in event ? event.error : null)
      for (const failure of [...failures, ...told]) {
        const text = shown(failure)
        for (const marker of MARKERS) expect(text).not.to.contain(marker)
      }
    } finally {
      await tenant.close()
    }
  }

  for (const [name, graph] of Object.entries(graphAnswers)) {
    it(`are not in what Graph’s failures say: ${name}`, async () => {
      await expectNothingShown({ graph, token: () => given(SECRETS.token) })
      await expectNothingShown({ graph, token: () => given(SECRETS.opaqueToken) })
    })
  }

  for (const [name, token] of Object.entries(tokenAnswers)) {
    it(`are not in what sign-in failures say: ${name}`, async () => {
      await expectNothingShown({ token })
      await expectNothingShown({ token, microsoft: federated() })
    })
  }
})

describe('words of others', () => {
  const { clean, hide } = words('Geheim & wörtlich/1', null)

  it('lose secrets in every form they travel in', () => {
    const forms = ['Geheim & wörtlich/1', encodeURIComponent('Geheim & wörtlich/1'), 'Geheim+%26+w%C3%B6rtlich%2F1']
    for (const form of forms) expect(clean(`x=${form}&y`)).to.equal('x=(hidden)&y')
  })

  it('lose tokens, also those nobody told us of', () => {
    hide('opaque-token-value')
    expect(clean('Bearer abc.def and opaque-token-value')).to.equal('Bearer (hidden) and (hidden)')
    expect(clean(`a ${jwt({ a: 1 })} b`)).to.equal('a (hidden) b')
    expect(clean('{"access_token":"abc"} client_secret=abc&x')).to.equal(
      '{"access_token":"(hidden)"} client_secret=(hidden)&x',
    )
  })

  it('lose links but for their host', () => {
    expect(clean('see https://graph.example/v1.0/users?$skiptoken=abc.')).to.equal('see https://graph.example')
    expect(clean('see https://ana:word@graph.example:8443/x')).to.equal('see https://graph.example:8443')
    expect(clean('/users/delta?$deltatoken=abc&$select=id')).to.equal('/users/delta?$deltatoken=(hidden)&$select=id')
    expect(clean('x%24deltaToken%3dabc y')).to.equal('x%24deltatoken=(hidden) y')
  })

  it('keep everything else', () => {
    const text = "Resource 'ana@contoso.example' does not exist, says 李雷. AADSTS7000215: token=x"
    expect(clean(text)).to.equal(text)
  })

  it('are cut to a length people read', () => {
    expect(clean('ä'.repeat(10_000))).to.have.length(501)
    expect(clean(`${'x'.repeat(499)}😀 and more`).endsWith('\uFFFD…')).to.equal(true)
  })
})
