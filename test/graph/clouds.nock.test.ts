import { expect } from 'chai'
import nock from 'nock'
import { connect, type MicrosoftConnection } from '../../src/graph/connect.js'
import { fetchExchange } from './support/fetch-exchange.js'
import {
  APP_ID,
  CLIENT_ID,
  NO_PROXIES,
  SECRET,
  TENANT_ID,
  configFor,
  failureOf,
  fakeClock,
  jwt,
  never,
} from './support/microsoft.js'

/** Microsoft's real hosts, intercepted: what would be sent, to whom, and that nobody else is asked. */

const CLOUDS: readonly (readonly [string, string, string])[] = [
  ['global', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
  ['global, by an older name', 'https://login.windows.net', 'https://graph.microsoft.com'],
  ['US Government L4', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
  ['US Government L5', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
  ['China', 'https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ['China, by its other name', 'https://login.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ['France', 'https://login.sovcloud-identity.fr', 'https://graph.example.fr'],
]

function connectTo(authorityHost: string, graph: string): MicrosoftConnection {
  const clock = fakeClock()
  return connect({
    microsoft: configFor(graph, { authorityHost }),
    secrets: { clientSecret: SECRET, certificatePassword: null },
    network: NO_PROXIES,
    appIds: [APP_ID],
    now: clock.now,
    clock,
    exchange: fetchExchange,
  })
}

describe('national clouds', () => {
  const strangers: string[] = []
  before(() => {
    nock.disableNetConnect()
    nock.emitter.on('no match', (request: { options?: { host?: string }; host?: string }) =>
      strangers.push(request.host ?? request.options?.host ?? 'somebody'),
    )
  })
  afterEach(() => {
    expect(nock.pendingMocks()).to.deep.equal([])
    expect(strangers.splice(0)).to.deep.equal([])
    nock.cleanAll()
  })
  after(() => nock.restore())

  for (const [name, authority, graph] of CLOUDS) {
    it(`${name}: one token request, one page, and nobody else is asked`, async () => {
      let form: unknown
      nock(authority)
        .post(`/${TENANT_ID}/oauth2/v2.0/token`, (body: unknown) => Boolean((form = body)))
        .query(({ 'client-request-id': id }) => typeof id === 'string')
        .reply(200, { token_type: 'Bearer', expires_in: 3599, access_token: jwt({ tid: TENANT_ID }) })
      const connection = connectTo(authority, graph)
      const { select } = connection.directory
      nock(graph, { reqheaders: { authorization: /^Bearer ey/, 'client-request-id': /^[0-9a-f-]{36}$/ } })
        .get('/v1.0/users/delta')
        .query({ $select: select })
        .reply(200, { value: [], '@odata.deltaLink': `${graph}/v1.0/users/delta?$deltatoken=x` })
      const page = await connection.directory.page(connection.directory.firstLink(), never)
      expect(page.cursor.kind).to.equal('delta')
      expect(form).to.include({ client_id: CLIENT_ID, client_secret: SECRET, scope: `${graph}/.default` })
    })
  }

  it('a link of one cloud is not followed in another', async () => {
    const connection = connectTo('https://login.microsoftonline.us', 'https://graph.microsoft.us')
    const link = 'https://graph.microsoft.com/v1.0/users/delta?$deltatoken=x'
    await failureOf(connection.directory.page(link, never), 'graph.foreign-link')
  })

  it('the sign-in log and look-ups have the addresses Microsoft documents', async () => {
    const [, authority, graph] = CLOUDS[0]!
    nock(authority)
      .post(/token/)
      .query(true)
      .reply(200, { expires_in: 3599, access_token: jwt({}), token_type: 'Bearer' })
    nock(graph)
      .get('/v1.0/auditLogs/signIns')
      .query({
        $filter: `createdDateTime ge 2026-11-19T00:00:00Z and createdDateTime le 2026-11-19T01:00:00Z and appId eq '${APP_ID}'`,
        $top: '1000',
      })
      .reply(200, { value: [] })
    const id = 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101'
    const notFound = { error: { code: 'Request_ResourceNotFound', message: 'x' } }
    nock(graph).get(`/v1.0/users/${id}`).query(true).reply(404, notFound)
    nock(graph).get(`/v1.0/directory/deletedItems/${id}`).reply(200, { id })
    nock(graph).get('/v1.0/users/$count').matchHeader('consistencylevel', 'eventual').reply(200, '\uFEFF3')
    const { directory, signIns } = connectTo(authority, graph)
    await signIns!.page({ appId: APP_ID, from: '2026-11-19T00:00:00Z', until: '2026-11-19T01:00:00Z' }, never)
    expect(await directory.lookUp(id, never)).to.deep.equal({ found: 'soft-deleted' })
    expect(await directory.count(never)).to.equal(3)
  })
})
