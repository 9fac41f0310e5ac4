import { expect } from 'chai'
import { EMPTY_PROFILE } from '../../src/domain/user.js'
import { errorBody, failureOf, never, withTenant, type Tenant } from './support/microsoft.js'
import type { Answer, Received } from './support/server.js'

const ID = 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101'
const NOT_FOUND: Answer = {
  status: 404,
  body: errorBody('Request_ResourceNotFound', `Resource '${ID}' does not exist`),
}
const ANA = { '@odata.context': 'x', id: ID.toUpperCase(), displayName: 'Ana Novak', accountEnabled: true }

/** Answers by path, without the version. */
function byPath(answers: Readonly<Record<string, Answer>>): (request: Received) => Answer {
  return ({ url }) => answers[url.replace('/v1.0', '').split('?')[0] ?? ''] ?? { status: 500 }
}

function lookUp(tenant: Tenant, asked: string): Promise<unknown> {
  return tenant.connection.directory.lookUp(asked, never)
}

describe('reading people', () => {
  it('the first link names every property that is tracked, in one order', async () => {
    await withTenant({}, (tenant) => {
      const { directory } = tenant.connection
      expect(directory.firstLink()).to.equal(tenant.link(`/users/delta?$select=${directory.select}`))
      expect(directory.select).to.equal(
        'id,userPrincipalName,displayName,givenName,surname,mail,jobTitle,department,companyName,officeLocation,mobilePhone,preferredLanguage,employeeId,userType,accountEnabled',
      )
      return Promise.resolve()
    })
  })

  it('the link names what scope and mapping read besides, once, in an order of its own', async () => {
    const paths = ['otherMails[1]', 'department', 'onPremisesExtensionAttributes.extensionAttribute3', 'otherMails[0]']
    const selects: string[] = []
    for (const inOrder of [paths, [...paths].reverse()]) {
      await withTenant({ options: { paths: inOrder } }, ({ connection: { directory }, link }) => {
        expect(directory.firstLink()).to.equal(link(`/users/delta?$select=${directory.select}`))
        selects.push(directory.select)
        return Promise.resolve()
      })
    }
    const [first = '', second] = selects
    expect(first).to.match(/^id,userPrincipalName,.*,accountEnabled,onPremisesExtensionAttributes,otherMails$/)
    expect(second).to.equal(first)
  })

  it('a person looked up has a value or null at every path', async () => {
    const paths = ['otherMails[0]', 'employeeType', 'onPremisesSyncEnabled']
    const body = { ...ANA, otherMails: ['ana@home.example'], onPremisesSyncEnabled: false }
    await withTenant({ answers: [{ body }], options: { paths } }, async (tenant) => {
      const found = (await lookUp(tenant, ID)) as { item: { source: unknown } }
      expect(found.item.source).to.deep.equal({
        'otherMails[0]': 'ana@home.example',
        employeeType: null,
        onPremisesSyncEnabled: 'false',
      })
      expect(tenant.graph()[0]?.url).to.match(/,employeeType,onPremisesSyncEnabled,otherMails$/)
    })
  })

  it('a page whose next link leads elsewhere stops, and nothing is asked there', async () => {
    for (const link of ['@odata.nextLink', '@odata.deltaLink']) {
      const body = { value: [{ id: ID }], [link]: 'https://evil.example/v1.0/users/delta?$skiptoken=x' }
      await withTenant({ answers: [{ body }] }, async (tenant) => {
        const error = await failureOf(tenant.connection.directory.page(tenant.link('/users/delta'), never))
        expect(error.code).to.equal('graph.foreign-link')
        expect(error.message).to.contain('evil.example').and.not.to.contain('skiptoken')
        expect(tenant.graph()).to.have.length(1)
      })
    }
  })

  it('how many there are is asked once, and not knowing is no failure', async () => {
    await withTenant({ answers: [{ body: '\uFEFF48112' }] }, async (tenant) => {
      expect(await tenant.connection.directory.count(never)).to.equal(48_112)
      expect(tenant.graph()[0]?.url).to.equal('/v1.0/users/$count')
      expect(tenant.graph()[0]?.headers['consistencylevel']).to.equal('eventual')
    })
    const unknown: Answer[] = [{ status: 403, body: errorBody('x') }, { status: 503 }, { body: '{}' }, { body: 'many' }]
    for (const answer of unknown) {
      await withTenant({ answers: [answer] }, async (tenant) => {
        expect(await tenant.connection.directory.count(never)).to.equal(null)
        expect(tenant.graph()).to.have.length(1)
      })
    }
  })

  it('a count that is stopped is stopped', async () => {
    await withTenant({}, async (tenant) => {
      await failureOf(tenant.connection.directory.count(AbortSignal.abort()), 'run.interrupted')
    })
  })
})

describe('looking somebody up', () => {
  it('who is there comes with every property: what is absent is empty', async () => {
    await withTenant({ graph: byPath({ [`/users/${ID}`]: { body: ANA } }) }, async (tenant) => {
      expect(await lookUp(tenant, ID)).to.deep.equal({
        found: 'live',
        item: {
          kind: 'patch',
          entraObjectId: ID,
          profile: { ...EMPTY_PROFILE, displayName: 'Ana Novak' },
          accountEnabled: true,
        },
      })
    })
  })

  it('who is not there may be deleted, or nowhere', async () => {
    const deleted = `/directory/deletedItems/${ID}`
    await withTenant(
      { graph: byPath({ [`/users/${ID}`]: NOT_FOUND, [deleted]: { body: { id: ID } } }) },
      async (tenant) => {
        expect(await lookUp(tenant, ID)).to.deep.equal({ found: 'soft-deleted' })
      },
    )
    await withTenant({ graph: byPath({ [`/users/${ID}`]: NOT_FOUND, [deleted]: NOT_FOUND }) }, async (tenant) => {
      expect(await lookUp(tenant, ID)).to.deep.equal({ found: 'nowhere' })
    })
  })

  it('every code of Graph for "not found" is understood', async () => {
    for (const code of [
      'Directory_ObjectNotFound',
      'request_resourcenotfound',
      'ResourceNotFound',
      'ErrorItemNotFound',
    ]) {
      await withTenant({ answers: [{ status: 404, body: errorBody(code) }] }, async (tenant) => {
        expect(await lookUp(tenant, ID)).to.deep.equal({ found: 'nowhere' })
      })
    }
  })

  it('deleted people have another name: a name that is not there is nowhere', async () => {
    await withTenant({ answers: [NOT_FOUND] }, async (tenant) => {
      expect(await lookUp(tenant, 'ana@contoso.example')).to.deep.equal({ found: 'nowhere' })
      expect(tenant.graph()).to.have.length(1)
    })
  })

  it('names reach Graph whole', async () => {
    const names: Readonly<Record<string, string>> = {
      "o'brien@contoso.example": 'o%27brien%40contoso.example',
      'cleo_fabrikam.example#EXT#@contoso.example': 'cleo_fabrikam.example%23EXT%23%40contoso.example',
      '100%@contoso.example': '100%25%40contoso.example',
      'a/../b@contoso.example': 'a%2F..%2Fb%40contoso.example',
      '$cash@contoso.example': '%24cash%40contoso.example',
      'ünal?x=1&y@contoso.example': '%C3%BCnal%3Fx%3D1%26y%40contoso.example',
    }
    for (const [name, encoded] of Object.entries(names)) {
      await withTenant({ answers: [{ body: ANA }] }, async (tenant) => {
        await lookUp(tenant, name)
        expect(tenant.graph()[0]?.url)
          .to.match(/^\/v1\.0\/users\/[^/?]+\?\$select=id,/)
          .and.contain(`/users/${encoded}?`)
      })
    }
  })

  it('what can be nobody’s name is refused, and Graph is not asked: that is no answer', async () => {
    await withTenant({}, async (tenant) => {
      for (const name of ['', '.', '..', 'delta', '$count']) {
        await failureOf(lookUp(tenant, name), 'graph.not-found')
      }
      expect(tenant.server.received).to.deep.equal([])
    })
  })

  it('only an id is looked for among the deleted: of anything else Graph would say that it is no id', async () => {
    await withTenant(
      { answers: [NOT_FOUND, { status: 400, body: errorBody('Request_BadRequest') }] },
      async (tenant) => {
        expect(await lookUp(tenant, 'person-17')).to.deep.equal({ found: 'nowhere' })
        expect(tenant.graph()).to.have.length(1)
      },
    )
  })

  it('somebody who cannot be read is there', async () => {
    await withTenant({ answers: [{ body: { ...ANA, mail: 7 } }] }, async (tenant) => {
      expect(await lookUp(tenant, ID)).to.deep.equal({
        found: 'live',
        item: { kind: 'unreadable', entraObjectId: ID, problem: '"mail" is a number, not text' },
      })
    })
  })

  const noAnswer: readonly (readonly [string, Answer, string])[] = [
    ['a gateway’s 404', { status: 404, body: '<html>Not found</html>' }, 'graph.refused'],
    ['an empty 404', { status: 404 }, 'graph.refused'],
    [
      'a 404 about the address',
      { status: 404, body: errorBody('ResourceNotFound', "Resource not found for the segment 'userz'.") },
      'graph.refused',
    ],
    ['a 404 with another code', { status: 404, body: errorBody('UnknownError') }, 'graph.refused'],
    ['a 403', { status: 403, body: errorBody('Authorization_RequestDenied') }, 'graph.denied'],
    ['a 400', { status: 400, body: errorBody('Request_BadRequest') }, 'graph.refused'],
    ['an outage', { status: 503 }, 'graph.unavailable'],
    [
      'an answer about somebody else',
      { body: { ...ANA, id: 'b2c1f8d5-1c2a-4d66-9e1f-4a7c3b8d0202' } },
      'graph.incomplete-answer',
    ],
    ['an answer about nobody', { body: {} }, 'graph.incomplete-answer'],
  ]
  for (const [name, answer, code] of noAnswer) {
    it(`${name} says nothing about a person`, async () => {
      await withTenant({ answers: [answer] }, async (tenant) => {
        expect((await failureOf(lookUp(tenant, ID))).code).to.equal(code)
      })
      await withTenant({ answers: [NOT_FOUND, answer] }, async (tenant) => {
        expect((await failureOf(lookUp(tenant, ID))).code).to.equal(code)
      })
    })
  }
})
