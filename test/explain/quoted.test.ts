import { expect } from 'chai'
import { NO_AHEAD, type Email } from '../../src/domain/ahead.js'
import type { HistoryEntry } from '../../src/domain/user.js'
import { entryQuotingSafely, quoted, quotingSafely } from '../../src/explain/quoted.js'
import { hashOf } from '../../src/secret.js'
import { aTenant, type Tenant } from '../support/tenant.js'
import { aUser } from '../support/people.js'

const SAID = 'refused: Bearer abc.def-ghi for jane@contoso.example'
const SAFE = 'refused: Bearer [redacted] for jane@contoso.example'

describe('what an explanation quotes', () => {
  it('is safe where a server said it, wherever it is kept', () => {
    const reason = { code: 'mail-system', message: SAID }
    const emails = [{ id: 'a', problem: reason } as Email, { id: 'b', problem: null } as Email]
    const ahead = { ...NO_AHEAD, emails }
    const user = quotingSafely(aUser({ displayName: 'Jane Bearer disabled', statusReason: reason, ahead }))
    expect(user.displayName).to.equal('Jane Bearer disabled')
    expect(user.statusReason).to.deep.equal({ code: 'mail-system', message: SAFE })
    expect(user.ahead?.emails.map(({ problem }) => problem?.message ?? null)).to.deep.equal([SAFE, null])
    const entry: HistoryEntry = { at: '', from: 'pending', to: 'failed', cause: 'email', evidence: { reason, to: 'a' } }
    const evidence = { reason: { ...reason, message: SAFE }, to: 'a' }
    expect(entryQuotingSafely(entry)).to.deep.equal({ ...entry, evidence })
    const word = { ...entry, evidence: { reason: 'Cookie: x' } }
    expect(entryQuotingSafely(word)).to.equal(word)
    expect(quoted(SAID)).to.equal(SAFE)
  })
})

describe('explain', () => {
  let tenant: Tenant
  beforeEach(async () => void (tenant = await aTenant({ users: 1 })))
  afterEach(() => tenant.close())

  it('keeps names that look like a secret, and shows no secret of the settings', async () => {
    const secret = tenant.env['AZURE_CLIENT_SECRET'] ?? ''
    expect(secret).not.to.equal('')
    const { directory } = tenant.simulator
    const { id } = directory.create({ displayName: 'Jane Bearer', department: `Cookie: ${secret}` })
    await tenant.sync()
    directory.disable(id)
    await tenant.sync()
    directory.update(id, { department: 'Authorization: all' })
    await tenant.sync()
    const told = await tenant.app.explain(id, { connections: ['default'], signal: new AbortController().signal })
    expect(told.answer).to.match(/^The account of Jane Bearer is disabled in Entra\./)
    const last = told.steps.find(({ step }) => step === 'last-change')?.detail
    expect(last).to.include('department: Cookie: [redacted] → Authorization: all')
    expect(JSON.stringify(told)).not.to.include(secret)

    const { url } = await tenant.serve()
    const createdAt = new Date().toISOString()
    const token = { id: 'a', name: 'a', scope: 'support', createdAt, revokedAt: null } as const
    await tenant.app.store.tokens.create(token, hashOf('ect_support'))
    const headers = { authorization: 'Bearer ect_support' }
    const response = await fetch(`${url}/api/v1/explain?person=${id}`, { headers })
    expect((await response.json()) as object, 'the API says the same').to.deep.include({ answer: told.answer })
  })
})
