import { expect } from 'chai'
import fastify from 'fastify'
import { registerApi } from '../../src/http/api.js'
import { VIEW_FIELDS, type UserView } from '../../src/domain/view.js'
import { aheadPerson } from '../login/support.js'
import { objectId, person, userId } from '../store/support.js'
import { anApi, expectProblem, type Api } from './support.js'

const DAY_MS = 24 * 60 * 60 * 1000

describe('GET /api/v1/users', () => {
  let api: Api
  before(async () => {
    api = await anApi()
    await api.add(
      person(1, { displayName: 'Zoë Müller' }),
      person(2, { status: 'onboarded', firstLoginAt: '2026-11-20T07:00:00.000Z', firstLoginSource: 'api' }),
      person(3, { account: 'frozen', accountReason: 'disabled-in-entra', presence: 'disabled' }),
      aheadPerson(4, '$argon2id$secret', {
        status: 'pending',
        userPrincipalName: `${'x'.repeat(100)}#EXT#@contoso.example`,
      }),
    )
  })
  after(() => api.close())

  interface Page {
    readonly users: UserView[]
    readonly nextCursor: string | null
  }
  const page = async (query: string): Promise<Page> => {
    const response = await api.call(`/api/v1/users${query}`, 'intranet')
    expect(response.status, query).to.equal(200)
    return (await response.json()) as Page
  }
  const found = async (query: string): Promise<number[]> =>
    (await page(query)).users.map(({ id }) => Number(id.slice(-4)))

  it('gives people as everybody else sees them, and nothing of passwords', async () => {
    const { users, nextCursor } = await page('')
    expect(users).to.have.length(4)
    expect(nextCursor).to.equal(null)
    for (const user of users) expect(Object.keys(user)).to.deep.equal([...VIEW_FIELDS])
    expect(JSON.stringify(users)).not.to.include('argon2')
  })

  it('filters like the command', async () => {
    expect(await found('?status=onboarded')).to.deep.equal([2])
    expect(await found('?account=FROZEN')).to.deep.equal([3])
    expect(await found('?first-login=completed')).to.deep.equal([2])
    expect(await found('?first-login=pending&account=active')).to.deep.equal([1, 4])
    expect(await found('?search=ZO%C3%8B')).to.deep.equal([1])
    expect(await found('?search=nobody-here')).to.deep.equal([])
  })

  it('finds who needs attention', async () => {
    expect(await found('?needs-attention=true')).to.deep.equal([])
    api.clock.advance(8 * DAY_MS)
    expect(await found('?needs-attention=true')).to.deep.equal([4])
    expect(await found('?needs-attention=false&status=pending')).to.deep.equal([4])
    api.clock.advance(-8 * DAY_MS)
  })

  it('walks everybody in pages', async () => {
    const first = await page('?limit=3')
    expect(first.users).to.have.length(3)
    const rest = await page(`?limit=3&cursor=${first.nextCursor ?? ''}`)
    expect(rest.users.map(({ id }) => id)).to.deep.equal([userId(4)])
    expect(rest.nextCursor).to.equal(null)
  })

  it('names the parameter it cannot take', async () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['status=unknown', /^status=unknown is not known$/],
      ['account=', /^account= is not known$/],
      ['first-login=yes', /^first-login=yes/],
      ['needs-attention=1', /^needs-attention=1/],
      ['limit=0', /^limit is not a whole number from 1 to 1000$/],
      ['limit=1001', /^limit /],
      ['limit=ten', /^limit /],
      ['cursor=nonsense', /^The cursor cannot be read$/],
      ['status=pending&status=failed', /^status is given more than once$/],
      [`search=${'x'.repeat(300)}`, /^search is too long$/],
      ['first_login=pending', /^There is no parameter first_login$/],
    ]
    for (const [query, title] of wrong) {
      const problem = await expectProblem(await api.call(`/api/v1/users?${query}`, 'admin'), 400, 'usage.invalid')
      expect(problem['title'], query).to.match(title)
    }
  })

  it('shows one person by each name, with history except to the intranet', async () => {
    const names = [userId(4), objectId(4), userId(4).toUpperCase(), `${'X'.repeat(100)}#EXT#@contoso.example`]
    for (const name of names) {
      const response = await api.call(`/api/v1/users/${encodeURIComponent(name)}`, 'support')
      const { user, history } = (await response.json()) as { user: UserView; history: { to: string }[] }
      expect(Object.keys(user)).to.deep.equal([...VIEW_FIELDS])
      expect(user.id, name).to.equal(userId(4))
      expect(history.map(({ to }) => to)).to.deep.equal(['pending'])
    }
    const told = async (scope: string): Promise<string[]> =>
      Object.keys((await (await api.call(`/api/v1/users/${userId(1)}`, scope)).json()) as object)
    expect(await told('admin')).to.deep.equal(['user', 'history'])
    expect(await told('intranet')).to.deep.equal(['user'])
    await expectProblem(await api.call('/api/v1/users/nobody@contoso.example', 'admin'), 404, 'user.unknown')
  })

  it('is described, like everything else that is served, and nothing that is not', async () => {
    const described = (await (await api.call('/api/v1/openapi.json', 'intranet')).json()) as {
      openapi: string
      servers: unknown
      paths: Record<string, Record<string, { responses: object }>>
      components: { schemas: Record<string, { properties: object }> }
    }
    expect(described.openapi).to.equal('3.1.0')
    expect(described.servers).to.deep.equal([{ url: 'https://intranet.contoso.example/hr' }])
    expect(Object.keys(described.components.schemas['User']?.properties ?? {})).to.deep.equal([...VIEW_FIELDS])
    const refs = [...JSON.stringify(described).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name = '']) => name,
    )
    expect(Object.keys(described.components.schemas)).to.include.members(refs)

    const served: string[] = []
    const app = fastify()
    app.addHook('onRoute', ({ method, url }) => {
      if (method !== 'HEAD') served.push(`${String(method).toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`)
    })
    registerApi(app, 'https://x.example')
    await app.ready()
    const told = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((one) => `${one} ${path}`),
    )
    expect(told.sort()).to.deep.equal(served.sort())
    await app.close()
  })
})
