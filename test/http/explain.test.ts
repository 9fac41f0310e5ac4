import { expect } from 'chai'
import { isSecretName } from '../../src/logging/redact.js'
import { EXPLAINED_AT_ONCE } from '../../src/http/explain.js'
import { anApi, expectProblem, type Api } from './support.js'

describe('GET /api/v1/explain', () => {
  let api: Api
  beforeEach(async () => void (api = await anApi()))
  afterEach(() => api.close())

  const ask = (query: string, token = 'support'): Promise<Response> => api.call(`/api/v1/explain${query}`, token)

  it('gives answer and steps to support and admin, and nothing more', async () => {
    for (const token of ['support', 'admin']) {
      const response = await ask(`?person=${encodeURIComponent("Siobhan.O'Brien#EXT#@contoso.example")}`, token)
      expect([response.status, response.headers.get('cache-control')]).to.deep.equal([200, 'no-store'])
      expect(await response.json()).to.deep.equal({
        answer: 'Nothing stands in the way.',
        steps: [{ step: 'found', outcome: 'yes', detail: "siobhan.o'brien#ext#@contoso.example" }],
      })
    }
  })

  it('is not for the intranet, and not for nobody', async () => {
    await expectProblem(await ask('?person=ana', 'intranet'), 403, 'forbidden')
    await expectProblem(await ask('?person=ana', 'ect_x'), 401, 'unauthorized')
    expect(api.explained).to.deep.equal([])
  })

  it('refuses what is not one person', async () => {
    for (const query of [
      '',
      '?person=',
      '?person=%20',
      '?person=a&person=b',
      `?person=${'x'.repeat(400)}`,
      '?who=a',
      '?person=a&b=c',
    ])
      await expectProblem(await ask(query), 400, 'usage.invalid')
    expect(api.explained).to.deep.equal([])
  })

  it('is told in the log: who asked about whom', async () => {
    await ask('?person=ana@contoso.example')
    const [line] = api.logged
    expect(line?.message).to.equal('Somebody was looked up in Entra over the API')
    expect(line?.fields).to.include({ person: 'ana@contoso.example', by: 'support', scope: 'support' })
    expect(line?.fields?.['tokenId']).to.be.a('string').and.not.equal('')
    // What is called like a secret is not written down.
    expect(Object.keys(line?.fields ?? {}).filter(isSecretName)).to.deep.equal([])
  })

  it('is limited for each token by itself, and free again after a while', async () => {
    for (let n = 0; n < EXPLAINED_AT_ONCE; n += 1) expect((await ask('?person=ana')).status).to.equal(200)
    const refused = await ask('?person=ana')
    expect(refused.headers.get('retry-after')).to.equal('3')
    await expectProblem(refused, 429, 'request.too-many')
    expect((await ask('?person=ana', 'admin')).status).to.equal(200)
    api.clock.advance(3_000)
    expect((await ask('?person=ana')).status).to.equal(200)
    expect((await ask('?person=ana')).status).to.equal(429)
    expect(api.explained).to.have.length(EXPLAINED_AT_ONCE + 2)
  })
})
