import { expect } from 'chai'
import type { ReportResult } from '../../src/login/reported.js'
import { objectId, person, userId } from '../store/support.js'
import { anApi, expectProblem, json, type Api } from './support.js'

const AT = '2026-11-20T07:30:00Z'
const UPN = 'person1@contoso.example'

describe('POST /api/v1/logins', () => {
  let api: Api
  beforeEach(async () => {
    api = await anApi()
    await api.add(person(1), person(2))
  })
  afterEach(() => api.close())

  const post = (body: unknown, scope = 'intranet'): Promise<Response> => api.call('/api/v1/logins', scope, json(body))
  const report = async (...logins: unknown[]): Promise<ReportResult[]> => {
    const response = await post({ logins })
    expect(response.status).to.equal(200)
    return ((await response.json()) as { results: ReportResult[] }).results
  }

  it('answers in the order given, each with its four properties, also when some failed', async () => {
    const results = await report(
      { user: 'nobody@contoso.example', at: AT },
      { user: UPN, at: AT, correlationId: 'c-1' },
      { user: objectId(77), at: AT },
      { user: userId(2), at: 'yesterday' },
    )
    expect(results).to.deep.equal([
      {
        user: 'nobody@contoso.example',
        ok: false,
        parked: false,
        error: { code: 'user.unknown', message: 'Nobody is called nobody@contoso.example' },
      },
      { user: UPN, ok: true, parked: false, error: null },
      { user: objectId(77), ok: true, parked: true, error: null },
      {
        user: userId(2),
        ok: false,
        parked: false,
        error: { code: 'login.unreadable-time', message: 'at is not a time with Z or an offset: yesterday' },
      },
    ])
    const [entry] = (await api.store.history(userId(1))).slice(1)
    expect(entry?.evidence).to.deep.equal({ source: 'api', at: '2026-11-20T07:30:00.000Z', correlationId: 'c-1' })
    expect(await api.get(userId(1))).to.include({ status: 'onboarded', firstLoginSource: 'api' })
  })

  it('takes up to 1,000, and none at all', async () => {
    const many = (n: number) => ({ logins: Array.from({ length: n }, () => ({ user: UPN, at: AT })) })
    expect((await post(many(1000))).status).to.equal(200)
    await expectProblem(await post(many(1001)), 413, 'request.too-large')
    await expectProblem(await post(many(200_000)), 413, 'request.too-large')
    expect(await report()).to.deep.equal([])
    expect(await api.store.history(userId(1))).to.have.length(2)
  })

  it('refuses a body that is not that, names the place, and records nothing of it', async () => {
    const bodies: readonly (readonly [unknown, string])[] = [
      [[], 'There is no list called logins.'],
      [{}, 'There is no list called logins.'],
      [null, 'There is no list called logins.'],
      [{ logins: {} }, 'There is no list called logins.'],
      [{ logins: [{ user: UPN, at: AT }, null] }, 'logins[1] is not an object.'],
      [{ logins: [{ user: UPN, at: AT }, []] }, 'logins[1] is not an object.'],
      [{ logins: [{ at: AT }] }, 'logins[0].user is not a text.'],
      [{ logins: [{ user: 7, at: AT }] }, 'logins[0].user is not a text.'],
      [{ logins: [{ user: UPN }] }, 'logins[0].at is not a text.'],
      [{ logins: [{ user: UPN, at: 1763625600 }] }, 'logins[0].at is not a text.'],
      [{ logins: [{ user: UPN, at: AT, correlationId: 7 }] }, 'logins[0].correlationId is not a text.'],
    ]
    for (const [body, detail] of bodies) {
      const problem = await expectProblem(await post(body), 400, 'usage.invalid')
      expect(problem['detail'], JSON.stringify(body)).to.equal(detail)
    }
    for (const text of ['', '{"logins": [', 'logins', '{"__proto__":{"logins":[]}}'])
      await expectProblem(await post(text), 400, 'request.invalid')
    const typed = { method: 'POST', body: '<logins/>', headers: { 'content-type': 'text/xml' } }
    await expectProblem(await api.call('/api/v1/logins', 'intranet', typed), 415, 'request.wrong-type')
    expect(await api.get(userId(1))).to.include({ status: 'never-logged-in', firstLoginAt: null })
  })
})
