import { expect } from 'chai'
import { EVERYONE } from '../../src/domain/scope.js'
import { scopeChecks } from '../../src/scope-probe.js'
import { errorBody, failureOf, never, withTenant, type Tenant } from './support/microsoft.js'
import type { Answer, Received } from './support/server.js'

const STAFF = '11111111-2222-4333-8444-555555555555'
const ANA = 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101'
const BEN = 'b1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9102'
const NOT_FOUND: Answer = { status: 404, body: errorBody('Request_ResourceNotFound') }
const FORBIDDEN: Answer = { status: 403, body: errorBody('Authorization_RequestDenied') }

const pathOf = ({ url }: Received): string => url.replace('/v1.0', '').split('?')[0] ?? ''
const page = (tenant: Tenant, nested = true) => tenant.connection.groups.members({ group: STAFF, nested }, never)

describe('members of a group', () => {
  it('are read with those of nested groups or without', async () => {
    await withTenant({ answers: [{ body: { value: [] } }] }, async (tenant) => {
      await page(tenant)
      await page(tenant, false)
      expect(tenant.graph().map(({ url }) => url)).to.deep.equal([
        `/v1.0/groups/${STAFF}/transitiveMembers?$select=id&$top=999`,
        `/v1.0/groups/${STAFF}/members?$select=id&$top=999`,
      ])
    })
  })

  it('come a page at a time, in lower case; the next link is followed to the letter', async () => {
    const more = `/v1.0/groups/${STAFF}/transitiveMembers?$skiptoken=A%2Bb'c%20`
    const graph = ({ url }: Received): Answer =>
      url === more
        ? { body: { value: [{ id: BEN, displayName: 'Ben' }] } }
        : { body: { value: [{ id: ANA.toUpperCase() }], '@odata.nextLink': tenantOrigin + more } }
    let tenantOrigin = ''
    await withTenant({ graph }, async (tenant) => {
      tenantOrigin = tenant.server.origin
      const first = await page(tenant)
      expect(first).to.deep.equal({ entraObjectIds: [ANA], next: tenantOrigin + more })
      const second = await tenant.connection.groups.members({ link: first.next ?? '' }, never)
      expect(second).to.deep.equal({ entraObjectIds: [BEN], next: null })
    })
  })

  it('are people only, whatever else is in the group; what does not say what it is counts', async () => {
    const value = [
      { '@odata.type': '#microsoft.graph.group', id: STAFF },
      { '@odata.type': '#microsoft.graph.user', id: ANA },
      { '@odata.type': '#microsoft.graph.device', id: STAFF },
      { id: BEN },
    ]
    await withTenant({ answers: [{ body: { value } }] }, async (tenant) => {
      expect((await page(tenant)).entraObjectIds).to.deep.equal([ANA, BEN])
    })
  })

  it('that are said not to be there are believed only where the group says so, too', async () => {
    const there = ({ url }: Received): Answer =>
      url.includes('/transitiveMembers') ? NOT_FOUND : { body: { id: STAFF } }
    await withTenant({ graph: there }, async (tenant) => {
      await failureOf(page(tenant), 'graph.incomplete-answer')
    })
  })

  const INCOMPLETE: readonly (readonly [string, unknown])[] = [
    ['no value', {}],
    ['a value that is no list', { value: {} }],
    ['an entry without an id', { value: [{ id: ANA }, { displayName: 'x' }] }],
    ['an entry that is nothing', { value: [{ id: ANA }, null] }],
    ['an id that is no text', { value: [{ id: 7 }] }],
    ['a next link that is none', { value: [], '@odata.nextLink': 7 }],
    ['half a page', `{"value":[{"id":"${ANA}"},`],
  ]
  for (const [what, body] of INCOMPLETE) {
    it(`are never fewer than there are: ${what}`, async () => {
      await withTenant({ answers: [{ body }] }, async (tenant) => {
        await failureOf(page(tenant), 'graph.incomplete-answer')
      })
    })
  }

  it('of a group that is not there, or may not be read, are an error of their own', async () => {
    await withTenant({ answers: [NOT_FOUND] }, async (tenant) => {
      const error = await failureOf(page(tenant), 'graph.not-found')
      expect(error.message).to.equal('Microsoft Graph does not have the group we asked for')
    })
    await withTenant({ answers: [FORBIDDEN] }, async (tenant) => {
      const error = await failureOf(page(tenant), 'graph.denied')
      expect(error.message).to.equal('We are not allowed to read group members')
      expect(error.remedy).to.contain('GroupMember.Read.All')
    })
    await withTenant({ answers: [{ status: 404, body: '<html>gateway</html>' }] }, async (tenant) => {
      await failureOf(page(tenant), 'graph.refused')
    })
  })

  it('were not read to their end where a later page is said not to be there', async () => {
    const next = `/groups/${STAFF}/transitiveMembers?$skiptoken=x`
    const graph = ({ url, headers }: Received): Answer =>
      url.includes('$skiptoken')
        ? NOT_FOUND
        : { body: { value: [{ id: ANA }], '@odata.nextLink': `http://${headers.host}/v1.0${next}` } }
    await withTenant({ graph }, async (tenant) => {
      const { next: link } = await page(tenant)
      await failureOf(tenant.connection.groups.members({ link: link ?? '' }, never), 'graph.incomplete-answer')
    })
  })

  it('are not looked for elsewhere', async () => {
    const body = { value: [{ id: ANA }], '@odata.nextLink': 'https://evil.example/v1.0/groups?$skiptoken=x' }
    await withTenant({ answers: [{ body }] }, async (tenant) => {
      await failureOf(page(tenant), 'graph.foreign-link')
      await failureOf(tenant.connection.groups.members({ link: 'https://evil.example/x' }, never), 'graph.foreign-link')
      expect(tenant.graph()).to.have.length(1)
    })
  })
})

describe('the groups somebody is in', () => {
  const groupsOf = (tenant: Tenant) => tenant.connection.groups.groupsOf(ANA, true, never)
  const nth = ({ url }: Received): number => Number(new URL(url, 'http://x').searchParams.get('$skip') ?? 0)
  const aPage = ({ headers }: Received, id: string, skip: number | null): Answer => {
    const link = `http://${headers.host}/v1.0/users/${ANA}/transitiveMemberOf?$skip=${skip}`
    return { body: { value: [{ id }], ...(skip === null ? {} : { '@odata.nextLink': link }) } }
  }

  it('are read to the last page', async () => {
    const graph = (request: Received): Answer =>
      nth(request) === 0 ? aPage(request, STAFF, 1) : aPage(request, BEN.toUpperCase(), null)
    await withTenant({ graph }, async (tenant) => {
      expect([...(await groupsOf(tenant))]).to.deep.equal([STAFF, BEN])
    })
  })

  it('are not known where the pages lead in a circle', async () => {
    const graph = (request: Received): Answer => aPage(request, STAFF, nth(request) === 1 ? 2 : 1)
    await withTenant({ graph }, async (tenant) => {
      await failureOf(groupsOf(tenant), 'graph.incomplete-answer')
      expect(tenant.graph()).to.have.length(3)
    })
  })

  it('are not known where there is always one more page', async () => {
    const graph = (request: Received): Answer => aPage(request, STAFF, nth(request) + 1)
    await withTenant({ graph }, async (tenant) => {
      await failureOf(groupsOf(tenant), 'graph.incomplete-answer')
      expect(tenant.graph()).to.have.length(1000)
    })
  })
})

describe('the name of a group', () => {
  const name = (tenant: Tenant) => tenant.connection.groups.name(STAFF, never)

  it('is what Graph says, or null', async () => {
    for (const [displayName, expected] of [
      ['Führung & “Ops” 営業 🚀', 'Führung & “Ops” 営業 🚀'],
      [null, null],
      ['', null],
    ]) {
      await withTenant({ answers: [{ body: { id: STAFF.toUpperCase(), displayName } }] }, async (tenant) => {
        expect(await name(tenant)).to.equal(expected)
        expect(tenant.graph()[0]?.url).to.equal(`/v1.0/groups/${STAFF}?$select=id,displayName`)
      })
    }
  })

  it('is not that of another, and is given up soon', async () => {
    await withTenant({ answers: [{ body: { id: BEN, displayName: 'x' } }] }, async (tenant) => {
      await failureOf(name(tenant), 'graph.incomplete-answer')
      expect(tenant.graph()).to.have.length(3)
    })
    await withTenant({ answers: [NOT_FOUND] }, (tenant) =>
      failureOf(name(tenant), 'graph.not-found').then(() => undefined),
    )
  })
})

describe('the way into a group', () => {
  /** Who is directly in what: groups by name, `ana` is the person. A group's id is its name. */
  function tenantWith(isIn: Readonly<Record<string, readonly string[]>>, pageSize = 1000) {
    const parents = (one: string): readonly string[] => isIn[one] ?? []
    const all = (one: string, seen = new Set<string>()): Set<string> => {
      for (const parent of parents(one)) if (!seen.has(parent)) all(parent, seen.add(parent))
      return seen
    }
    const children = (group: string) => Object.keys(isIn).filter((one) => one !== ANA && parents(one).includes(group))
    return (request: Received): Answer => {
      const [, kind, id = '', relation] = pathOf(request).split('/')
      const list =
        kind === 'groups' ? children(id) : relation === 'memberOf' ? [...parents(ANA)] : [...all(ANA)].reverse()
      if (kind === 'users' && !(ANA in isIn)) return NOT_FOUND
      const from = Number(new URL(request.url, 'http://x').searchParams.get('$skip') ?? 0)
      const value = list.slice(from, from + pageSize).map((one) => ({ id: one.toUpperCase(), displayName: `“${one}”` }))
      const next =
        from + pageSize < list.length
          ? {
              '@odata.nextLink': `http://${request.headers.host}${pathOf({ ...request, url: `/v1.0${request.url}` })}?$skip=${from + pageSize}`,
            }
          : {}
      return { body: { value, ...next } }
    }
  }

  async function chain(isIn: Parameters<typeof tenantWith>[0], nested = true, pageSize?: number) {
    let requests = 0
    let found: readonly string[] | null = null
    await withTenant({ graph: tenantWith(isIn, pageSize) }, async (tenant) => {
      const groups = await tenant.connection.groups.chain(ANA, { id: 'staff', nested }, never)
      for (const { id, name } of groups ?? []) expect(name).to.equal(`“${id}”`)
      found = groups && groups.map(({ id }) => id)
      requests = tenant.graph().length
    })
    return { found: found as readonly string[] | null, requests }
  }

  it('is the group itself for those who are in it directly', async () => {
    expect(await chain({ [ANA]: ['other', 'staff'] })).to.deep.equal({ found: ['staff'], requests: 1 })
  })

  it('is nothing for those who are not in it, or not there', async () => {
    expect((await chain({ [ANA]: ['other'], other: ['else'] })).found).to.deep.equal([])
    expect((await chain({ [ANA]: [] })).found).to.deep.equal([])
    expect((await chain({})).found).to.deep.equal([])
    expect((await chain({ [ANA]: ['team'], team: ['staff'] }, false)).found).to.deep.equal([])
  })

  it('leads through nested groups, the shortest way, with few requests', async () => {
    const many = Array.from({ length: 300 }, (_, n) => `club-${n}`)
    const isIn = { [ANA]: [...many, 'team'], team: ['unit', 'branch'], branch: ['unit'], unit: ['staff'] }
    expect(await chain(isIn)).to.deep.equal({ found: ['team', 'unit', 'staff'], requests: 4 })
    expect((await chain({ [ANA]: ['a', 'b', 'c'], c: ['staff'] }, true, 1)).found).to.deep.equal(['c', 'staff'])
  })

  it('ends among groups that hold each other', async () => {
    const isIn = { [ANA]: ['a'], a: ['b'], b: ['c'], c: ['b', 'staff'], staff: ['c', 'staff'] }
    expect(await chain(isIn)).to.deep.equal({ found: ['a', 'b', 'c', 'staff'], requests: 5 })
  })

  it('is not known when it is too long, or has too many pages', async () => {
    const names = ['g0', 'g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7', 'g8', 'g9', 'g10', 'staff']
    const line = Object.fromEntries(names.map((one, index) => [one, names.slice(index + 1, index + 2)]))
    expect((await chain({ ...line, [ANA]: ['g0'] })).found).to.equal(null)
    expect((await chain({ ...line, [ANA]: ['g3'] })).found).to.have.length(9)
    const clubs = Array.from({ length: 50 }, (_, n) => `club-${n}`)
    expect(await chain({ [ANA]: [...clubs, 'staff'] }, true, 2)).to.deep.equal({ found: null, requests: 20 })
  })

  it('is refused where groups may not be read', async () => {
    await withTenant({ answers: [FORBIDDEN] }, async (tenant) => {
      const asked = tenant.connection.groups.chain(ANA, { id: STAFF, nested: true }, never)
      expect((await failureOf(asked, 'graph.denied')).message).to.contain('group members')
    })
  })
})

describe('the look at the scope', () => {
  const scope = { ...EVERYONE, groups: [STAFF, BEN] }
  const byName: Readonly<Record<string, string>> = { [STAFF]: 'Staff “CH”' }
  const graph = (request: Received): Answer => {
    const id = pathOf(request).split('/')[2] ?? ''
    return byName[id] ? { body: { id, displayName: byName[id] } } : NOT_FOUND
  }

  it('names the groups and counts the rules', async () => {
    await withTenant({ graph }, async ({ connection }) => {
      const rules = [{ property: 'mail', op: 'not-empty' }] as const
      const whole = { ...EVERYONE, groups: [STAFF], nested: false, userTypes: ['Guest'], rules } as const
      expect(await scopeChecks(whole, connection.groups, never)).to.deep.equal([
        {
          name: 'scope',
          status: 'ok',
          message: 'Narrowed by 1 group without nested ones, Guests only, 1 rule: “Staff “CH””',
          remedy: null,
        },
      ])
      const [only] = await scopeChecks({ ...EVERYONE, rules: [...rules, ...rules] }, connection.groups, never)
      expect(only?.message).to.equal('Narrowed by 2 rules')
    })
  })

  it('warns of a group that is not there', async () => {
    await withTenant({ graph }, async ({ connection }) => {
      const checks = await scopeChecks(scope, connection.groups, never)
      expect(checks.map(({ status, message }) => [status, message.slice(0, 40)])).to.deep.equal([
        ['warning', `There is no group ${BEN}`.slice(0, 40)],
        ['ok', 'Narrowed by 2 groups: “Staff “CH””'],
      ])
    })
  })

  it('fails where they may not be read', async () => {
    await withTenant({ answers: [FORBIDDEN] }, async ({ connection }) => {
      const error = await failureOf(scopeChecks(scope, connection.groups, never), 'graph.denied')
      expect(error.remedy).to.contain('GroupMember.Read.All')
    })
  })
})
