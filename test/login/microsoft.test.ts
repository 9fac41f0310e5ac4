import { expect } from 'chai'
import { ConnectorError } from '../../src/domain/errors.js'
import { NO_AHEAD } from '../../src/domain/ahead.js'
import type { User } from '../../src/domain/user.js'
import { NOW } from '../support/people.js'
import { aCompany, comeBack, REDIRECT_URI, type Company, type CompanySetup } from './company.js'

/** Each test has a company of its own. */
function inCompany(setup: CompanySetup, test: (company: Company) => Promise<void>): () => Promise<void> {
  return async () => {
    const company = await aCompany(setup)
    try {
      await test(company)
    } finally {
      await company.close()
    }
  }
}

const now = async ({ store }: Company, { id }: User): Promise<User> => (await store.find(id))[0]!

describe('logging in with Microsoft', () => {
  it(
    'goes to the sign-in page of the tenant with a state, a nonce and a challenge of its own each time',
    inCompany({}, async ({ login, simulator }) => {
      const [one, other] = [await login.begin(), await login.begin()]
      const [first, second] = [new URL(one.url), new URL(other.url)]
      expect(first.origin + first.pathname).to.equal(`${simulator.url}/${simulator.tenantId}/oauth2/v2.0/authorize`)
      expect(Object.fromEntries(first.searchParams)).to.include({
        response_type: 'code',
        response_mode: 'query',
        redirect_uri: REDIRECT_URI,
        code_challenge_method: 'S256',
      })
      expect(first.searchParams.get('scope')?.split(' ')).to.include.members(['openid', 'profile'])
      for (const name of ['state', 'nonce', 'code_challenge'])
        expect(first.searchParams.get(name))
          .to.match(/^[\w-]{43}$/)
          .and.not.equal(second.searchParams.get(name))
      expect(one.browser)
        .to.match(/^[\w-]{43}$/)
        .and.not.equal(other.browser)
      expect(simulator.requests.total).to.equal(0)
    }),
  )

  it(
    'makes somebody who never logged in onboarded, with the evidence in their history',
    inCompany({}, async (company) => {
      const user = await company.employ(1)
      const result = await company.logIn(1)
      expect(result).to.have.property('kind', 'in')
      const after = await now(company, user)
      expect(after).to.include({
        status: 'onboarded',
        firstLoginAt: NOW,
        firstLoginSource: 'microsoft-login',
        lastLoginAt: NOW,
      })
      expect(result).to.have.deep.property('user', after)
      const last = (await company.store.history(user.id)).at(-1)
      expect(last).to.deep.include({ from: 'never-logged-in', to: 'onboarded', cause: 'sign-in' })
      expect(last?.evidence).to.include({ source: 'microsoft-login', at: NOW })
      expect(last?.evidence?.['correlationId']).to.match(/^[0-9a-f-]{36}$/)
    }),
  )

  it(
    'counts a second login, and writes no second history entry for it',
    inCompany({}, async (company) => {
      const user = await company.employ(1)
      await company.logIn(1)
      const entries = (await company.store.history(user.id)).length
      company.clock.advance(60_000)
      expect(await company.logIn(1)).to.have.property('kind', 'in')
      expect(await now(company, user)).to.include({ firstLoginAt: NOW, lastLoginAt: '2026-11-20T08:01:00.000Z' })
      expect(await company.store.history(user.id)).to.have.length(entries)
    }),
  )

  for (const [account, over] of [
    ['frozen', { account: 'frozen', accountReason: 'frozen-by-admin' }],
    ['inactive', { account: 'inactive', accountReason: 'deactivated-by-admin' }],
  ] as const)
    it(
      `refuses somebody ${account}, and counts the sign-in all the same`,
      inCompany({}, async (company) => {
        const user = await company.employ(1, over)
        expect(await company.logIn(1)).to.have.property('kind', 'paused')
        expect(await now(company, user)).to.include({ status: 'onboarded', firstLoginAt: NOW, account })
      }),
    )

  it(
    'shows people on ahead login another way, keeps their status and remembers the sign-in',
    inCompany({}, async (company) => {
      const user = await company.employ(1, { identity: 'ahead-id', status: 'pending', ahead: NO_AHEAD })
      expect(await company.logIn(1)).to.have.property('kind', 'ahead')
      const after = await now(company, user)
      expect(after).to.include({ status: 'pending', identity: 'ahead-id', lastLoginAt: NOW })
      expect(after.ahead?.microsoftLoginAt).to.equal(NOW)
    }),
  )

  it('creates somebody unknown through `admit`, and lets them in at once', async () => {
    const asked: string[] = []
    let company = null as Company | null
    const admit = async (objectId: string): Promise<User> => {
      asked.push(objectId)
      return company!.employ(2)
    }
    await inCompany({ login: { admit } }, async (opened) => {
      company = opened
      const result = await opened.logIn(2)
      expect(asked).to.deep.equal([opened.simulator.directory.byIndex(2).id])
      expect(result).to.have.property('kind', 'in')
      expect((await opened.store.find(asked[0]!))[0]).to.include({ status: 'onboarded', firstLoginAt: NOW })
    })()
  })

  it(
    'parks the sign-in of somebody out of scope, and turns them away',
    inCompany({}, async ({ store, simulator, logIn }) => {
      expect(await logIn(3)).to.deep.equal({ kind: 'stranger' })
      const { id } = simulator.directory.byIndex(3)
      const { parked, users } = await store.known([id])
      expect(users.size).to.equal(0)
      expect(parked.get(id)?.first).to.include({ at: NOW, source: 'microsoft-login' })
    }),
  )

  it('lets in somebody a run created meanwhile, and leaves nothing parked', async () => {
    let company = null as Company | null
    const admit = async (): Promise<null> => {
      await company!.employ(2)
      return null
    }
    await inCompany({ login: { admit } }, async (opened) => {
      company = opened
      expect(await opened.logIn(2)).to.have.property('kind', 'in')
      const { id } = opened.simulator.directory.byIndex(2)
      expect((await opened.store.known([id])).parked.size).to.equal(0)
    })()
  })

  for (const code of ['graph.unavailable', 'graph.denied'] as const)
    it(
      `is busy when the directory cannot be asked, and keeps the sign-in for when the person appears: ${code}`,
      inCompany(
        { login: { admit: () => Promise.reject(new ConnectorError(code, { message: 'No' })) } },
        async ({ logIn, store, simulator }) => {
          expect(await logIn(3)).to.deep.equal({ kind: 'busy' })
          const { id } = simulator.directory.byIndex(3)
          expect((await store.known([id])).parked.get(id)?.first).to.include({ at: NOW, source: 'microsoft-login' })
        },
      ),
    )

  it(
    'is busy when the look into the directory takes too long',
    inCompany({ login: { admit: () => new Promise(() => undefined), limitMs: 300 } }, async ({ logIn }) => {
      expect(await logIn(3)).to.deep.equal({ kind: 'busy' })
    }),
  )

  it(
    'says what Microsoft says: refused, or not to be had for the moment',
    inCompany({}, async ({ simulator, login, lines }) => {
      const outcomes = [
        [{ error: 'access_denied', description: 'AADSTS65004: User declined to consent.' }, 'refused'],
        [{ error: 'interaction_required', description: 'AADSTS50105: Not assigned to a role.' }, 'refused'],
        [{ error: 'temporarily_unavailable', description: 'AADSTS90033: A transient error.' }, 'busy'],
        [{ error: 'server_error' }, 'busy'],
      ] as const
      for (const [planned, kind] of outcomes) {
        simulator.logins.plan(planned)
        const { url, browser } = await login.begin()
        expect(await login.finish(await comeBack(url), browser), planned.error).to.deep.equal({ kind })
      }
      const declined = lines.find(({ fields }) => fields['code'] === 'AADSTS65004')
      expect(declined?.fields).to.include({ error: 'access_denied', remedy: 'Log in once more, from the beginning.' })
      const unassigned = lines.find(({ fields }) => fields['code'] === 'AADSTS50105')
      expect(unassigned?.message).to.match(/: This person is not assigned to the intranet application$/)
      expect(unassigned?.fields['remedy']).to.match(/Enterprise apps → .* → Users and groups → Add user\/group\.$/)
    }),
  )

  it(
    'says of an account or a password what is wrong with it, and where to look',
    inCompany({}, async ({ simulator, login, lines }) => {
      const wrong = [
        ['50057', 'the account is disabled'],
        ['50053', 'the account is locked'],
        ['50055', 'the password has expired'],
        ['50126', 'the password is wrong'],
      ] as const
      for (const [number, what] of wrong) {
        simulator.logins.plan({ error: 'access_denied', description: `AADSTS${number}: Microsoft's words.` })
        const { url, browser } = await login.begin()
        expect(await login.finish(await comeBack(url), browser), number).to.deep.equal({ kind: 'refused' })
        const line = lines.find(({ fields }) => fields['code'] === `AADSTS${number}`)
        expect(line?.message).to.match(new RegExp(`: Microsoft refused this login: ${what}$`))
        expect(line?.fields['remedy']).to.match(/Users → the person: Account status, or Reset password\.$/)
      }
    }),
  )

  it(
    'is busy, not refused, when it is our own credential that Microsoft refuses',
    inCompany({}, async ({ simulator, logIn, lines }) => {
      simulator.tokens.failNext(1, 'expired-secret')
      expect(await logIn(1)).to.deep.equal({ kind: 'busy' })
      const line = lines.find(({ level }) => level === 'error')
      expect(line?.fields).to.include({ reason: 'sign-in.refused', code: 'AADSTS7000222' })
      expect(line?.fields['remedy']).to.contain('AZURE_CLIENT_SECRET')
    }),
  )

  it(
    'tells the log neither state, code, nonce nor cookie',
    inCompany({}, async ({ simulator, login, lines }) => {
      const { url, browser } = await login.begin()
      const back = await comeBack(url, simulator.directory.byIndex(1).id)
      await login.finish(back, browser)
      await login.finish(back, browser)
      simulator.logins.spoilNext('wrong-nonce')
      const again = await login.begin()
      await login.finish(await comeBack(again.url, simulator.directory.byIndex(1).id), again.browser)
      expect(lines).to.have.length(3)
      const told = JSON.stringify(lines)
      const nonce = new URL(url).searchParams.get('nonce')
      for (const secret of [back.code, back.state, nonce, browser, again.browser]) expect(told).not.to.contain(secret)
    }),
  )
})
