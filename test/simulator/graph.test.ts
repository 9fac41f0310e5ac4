import { get as httpsGet } from 'node:https'
import { expect } from 'chai'
import { generate } from 'selfsigned'
import { get, start, stopAll, type Reply } from './caller.js'

function problem({ status, body }: Reply): readonly [number, string | undefined] {
  return [status, body.error?.code]
}

describe('the simulated Graph', () => {
  afterEach(stopAll)

  it('asks for the permission of each path, and says which kind is missing', async () => {
    const sim = await start({ roles: [] })
    const denied = [403, 'Authorization_RequestDenied']
    for (const path of ['/users/delta', '/users', '/users/x', '/directory/deletedItems/x', '/organization'])
      expect(problem(await get(sim, path)), path).to.deep.equal(denied)
    const audit = await get(sim, '/auditLogs/signIns?$top=1')
    expect(problem(audit)).to.deep.equal([403, 'Authentication_MSGraphPermissionMissing'])
    expect(audit.body.error?.message).to.include('AuditLog.Read.All')
    sim.tokens.roles = ['Directory.Read.All']
    expect((await get(sim, '/users')).status).to.equal(200)
    expect((await get(sim, '/auditLogs/signIns')).status).to.equal(403)
  })

  it('answers with ids for support, and echoes the one of the caller', async () => {
    const sim = await start()
    const ours = 'c11e4700-0000-4000-8000-000000000001'
    const [one, two] = await Promise.all([1, 2].map(() => get(sim, '/nowhere', { 'client-request-id': ours })))
    expect(one?.headers.get('client-request-id')).to.equal(ours)
    expect(one?.headers.get('request-id')).not.to.equal(two?.headers.get('request-id'))
    expect(one?.body.error?.innerError).to.include({
      'client-request-id': ours,
      'request-id': one?.headers.get('request-id'),
    })
    expect(Date.parse(one?.headers.get('date') ?? '')).to.be.greaterThan(0)
  })

  it('does not know other paths, and writes nothing', async () => {
    const sim = await start()
    const unknown = await get(sim, '/auditLogs/other')
    expect(unknown.status).to.equal(404)
    expect(unknown.body.error?.message).to.include('Resource not found for the segment')
    expect((await get(sim, `${sim.url}/nowhere`)).status).to.equal(404)
    expect((await get(sim, '/users/%E0%A4%A')).status).to.equal(400)
    const written = await fetch(`${sim.url}/v1.0/users`, { method: 'POST', body: '{}' })
    expect(written.status).to.equal(401)
  })

  it('lists everybody in pages with what was selected, null where there is nothing', async () => {
    const sim = await start({ users: 12 })
    sim.directory.softDelete(sim.directory.byIndex(3).id)
    const names: unknown[] = []
    let next = '/users?$top=5&$select=id,mail,department'
    for (let pages = 0; next; pages += 1) {
      expect(pages).to.be.lessThan(3)
      const { body } = await get(sim, next)
      for (const item of body.value ?? []) expect(item).to.have.all.keys('id', 'mail', 'department')
      names.push(...(body.value ?? []).map(({ id }) => id))
      next = typeof body['@odata.nextLink'] === 'string' ? body['@odata.nextLink'] : ''
    }
    expect(names).to.deep.equal([...sim.directory.all()].map(({ id }) => id))
  })

  it('finds by one property, and refuses what needs more', async () => {
    const sim = await start({ users: 12 })
    const { body } = await get(sim, `/users?$filter=userPrincipalName eq 'siobhan.o''brien@contoso.example'`)
    expect(body.value).to.have.length(1)
    expect(problem(await get(sim, "/users?$filter=mail ne 'x'"))).to.deep.equal([400, 'Request_UnsupportedQuery'])
    expect((await get(sim, '/users?$top=1000')).status).to.equal(400)
    expect(problem(await get(sim, '/users?$select=id,nonsense'))).to.deep.equal([400, 'BadRequest'])
    expect(problem(await get(sim, '/users?$select=skills'))).to.deep.equal([501, 'NotImplemented'])
  })

  it('counts for those who accept an eventual answer', async () => {
    const sim = await start({ users: 12 })
    const headers = { ConsistencyLevel: 'eventual' }
    expect((await get(sim, '/users/$count', headers)).text).to.equal('12')
    expect((await get(sim, '/users/$count')).status).to.equal(400)
    expect((await get(sim, '/users?$count=true&$top=1', headers)).body['@odata.count']).to.equal(12)
    expect((await get(sim, '/users?$count=true&$top=1')).body).not.to.have.property('@odata.count')
  })

  it('reads one person by id or by name, guests too, and only the living', async () => {
    const sim = await start({ users: 12 })
    for (const index of [0, 1, 4]) {
      const { id, userPrincipalName } = sim.directory.byIndex(index)
      for (const key of [id, id.toUpperCase(), encodeURIComponent(userPrincipalName.toUpperCase())])
        expect((await get(sim, `/users/${key}?$select=displayName`)).body).to.include({ id })
    }
    const { id } = sim.directory.softDelete(sim.directory.byIndex(0).id)
    expect(problem(await get(sim, `/users/${id}`))).to.deep.equal([404, 'Request_ResourceNotFound'])
  })

  it('keeps the deleted apart until they are gone', async () => {
    const sim = await start({ users: 5 })
    const { id } = sim.directory.softDelete(sim.directory.byIndex(0).id)
    sim.directory.softDelete(sim.directory.byIndex(1).id)
    const list = await get(sim, '/directory/deletedItems/microsoft.graph.user?$top=1&$select=id,deletedDateTime')
    expect(list.body.value?.[0]?.id).to.equal(id)
    expect(list.body.value?.[0]?.['deletedDateTime']).to.be.a('string')
    expect((await get(sim, String(list.body['@odata.nextLink']))).body.value).to.have.length(1)
    for (const path of [`/directory/deletedItems/${id}`, `/directory/deletedItems/microsoft.graph.user/${id}`])
      expect((await get(sim, path)).body).to.include({ id, '@odata.type': '#microsoft.graph.user' })
    expect((await get(sim, '/directory/deletedItems')).status).to.equal(404)
    const living = sim.directory.byIndex(3).id
    expect((await get(sim, `/directory/deletedItems/${living}`)).status).to.equal(404)
    sim.directory.purge(id)
    expect((await get(sim, `/directory/deletedItems/${id}`)).status).to.equal(404)
  })

  it('names its tenant to those who may know', async () => {
    const sim = await start({ roles: ['Organization.Read.All'] })
    expect((await get(sim, '/organization')).body.value?.[0]?.id).to.equal(sim.tenantId)
  })

  it('shows the sign-in activity to licensed tenants only, by id only', async () => {
    const sim = await start({ users: 2 })
    const { id, userPrincipalName } = sim.directory.byIndex(0)
    sim.signIns.add({ userId: id, errorCode: 50126, at: new Date('2026-11-20T08:00:00Z') })
    sim.signIns.add({ userId: id, at: new Date('2026-11-19T08:00:00.500Z') })
    const { body } = await get(sim, `/users/${id}?$select=id,signInActivity`)
    expect(body['signInActivity']).to.include({ lastSignInDateTime: '2026-11-20T08:00:00Z' })
    expect(body['signInActivity'])
      .to.have.property('lastSuccessfulSignInDateTime')
      .and.to.match(/^2026-11-19/)
    expect((await get(sim, `/users/${userPrincipalName}?$select=signInActivity`)).status).to.equal(400)
    expect((await get(sim, '/users?$select=id,signInActivity&$top=501')).status).to.equal(500)
    sim.licence = 'none'
    expect((await get(sim, '/users?$select=id,signInActivity')).body.error?.code).to.match(/NonPremiumTenant/)
  })

  it('speaks https with a certificate, and breaks it off where told to', async () => {
    const altNames = [{ type: 7, ip: '127.0.0.1' }]
    const pem = generate([{ name: 'commonName', value: '127.0.0.1' }], {
      keySize: 2048,
      extensions: [{ name: 'subjectAltName', altNames }],
    })
    const sim = await start({ tls: { key: pem.private, cert: pem.cert } })
    expect(sim.settings().AZURE_AUTHORITY_HOST).to.match(/^https:/)
    const url = `${sim.url}/${sim.tenantId}/v2.0/.well-known/openid-configuration`
    const ask = (): Promise<string> =>
      new Promise((resolve) => {
        const request = httpsGet(url, { ca: pem.cert, agent: false }, (response) => {
          response.setEncoding('utf8').on('data', resolve)
          response.on('error', ({ code }: NodeJS.ErrnoException) => resolve(String(code)))
        })
        request.on('error', ({ code }: NodeJS.ErrnoException) => resolve(String(code)))
      })
    expect(JSON.parse(await ask())).to.include({ issuer: `${sim.url}/${sim.tenantId}/v2.0` })
    for (const fault of ['reset', 'reset-after-headers'] as const) {
      sim.faults.add({ do: fault })
      expect(await ask(), fault).to.equal('ECONNRESET')
    }
  })

  it('compresses where told to', async () => {
    const sim = await start({ users: 30, gzip: true })
    const reply = await get(sim, '/users/delta?$select=displayName')
    expect(reply.headers.get('content-encoding')).to.equal('gzip')
    expect(reply.body.value).to.have.length(30)
  })

  it('remembers the last requests, without the token', async () => {
    const sim = await start()
    await get(sim, '/users/delta?$select=id')
    const { id } = sim.directory.byIndex(0)
    await get(sim, `/users/${id}`)
    await get(sim, '/nowhere')
    expect(Object.fromEntries(sim.requests.counts)).to.deep.equal({
      'POST token': 3,
      'GET users/delta': 1,
      'GET users/{id}': 1,
      'GET /v1.0/nowhere': 1,
    })
    const [delta] = sim.requests.list('/users/delta')
    expect(delta).to.include({ method: 'GET', path: '/v1.0/users/delta', query: '$select=id', status: 200 })
    const tokens = sim.requests.list('/v1.0').map(({ headers }) => headers['authorization'])
    expect(new Set(tokens).size).to.equal(3)
    for (const token of tokens) expect(token).to.match(/^Bearer sha256:[0-9a-f]{12}$/)
    sim.requests.clear()
    expect([sim.requests.total, sim.requests.list()]).to.deep.equal([0, []])
  })
})
