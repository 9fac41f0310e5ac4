import { expect } from 'chai'
import type { Claims, IdTokenFlaw } from '../../src/simulator/id-tokens.js'
import { KEYS, withLogins } from './support/logins.js'
import { failureOf, NOW } from './support/microsoft.js'

const seconds = NOW.getTime() / 1000

describe('an id token', () => {
  const flaws: Readonly<Record<IdTokenFlaw, string>> = {
    'wrong-nonce': 'id-token-nonce_mismatch',
    'no-nonce': 'id-token-nonce_mismatch',
    'alg-none': 'id-token-ERR_JOSE_ALG_NOT_ALLOWED',
    hs256: 'id-token-ERR_JOSE_ALG_NOT_ALLOWED',
    'foreign-key': 'id-token-ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    'unknown-kid': 'id-token-ERR_JWKS_NO_MATCHING_KEY',
    'foreign-tenant': 'id-token-iss',
    'foreign-issuer': 'id-token-iss',
    'foreign-tid': 'id-token-tid',
    'wrong-audience': 'id-token-aud',
    expired: 'id-token-exp',
    'not-yet-valid': 'id-token-nbf',
    'no-oid': 'id-token-oid',
  }
  for (const [flaw, code] of Object.entries(flaws))
    it(`is refused for what is wrong with it: ${flaw}`, () =>
      withLogins({}, async ({ logIn, simulator }) => {
        simulator.logins.spoilNext(flaw as IdTokenFlaw)
        const error = await failureOf(logIn(), 'login.refused')
        expect(error.details.code).to.equal(code)
      }))

  const bad: readonly (readonly [string, (claims: Claims) => void, string])[] = [
    ['for several audiences', (claims) => void (claims['aud'] = [claims['aud'], 'x']), 'aud'],
    ['without an end', (claims) => delete claims['exp'], 'exp'],
    ['without a beginning', (claims) => delete claims['nbf'], 'nbf'],
    ['without the time of issue', (claims) => delete claims['iat'], 'iat'],
    ['issued in the future', (claims) => void (claims['iat'] = seconds + 301), 'iat'],
    ['without a tenant', (claims) => delete claims['tid'], 'tid'],
    ['about no GUID', (claims) => void (claims['oid'] = 'ada@contoso.example'), 'oid'],
    ['ended five minutes ago', (claims) => void (claims['exp'] = seconds - 300), 'exp'],
    ['good in over five minutes', (claims) => void (claims['nbf'] = seconds + 301), 'nbf'],
  ]
  for (const [name, edit, claim] of bad)
    it(`is refused ${name}`, () =>
      withLogins({}, async ({ logIn, simulator }) => {
        simulator.logins.spoilNext(edit)
        const error = await failureOf(logIn(), 'login.refused')
        expect(error.details.code).to.equal(`id-token-${claim}`)
      }))

  it('is good within five minutes of its times', () =>
    withLogins({}, async ({ logIn, simulator }) => {
      simulator.logins.spoilNext((claims) => void (claims['exp'] = seconds - 299))
      await logIn()
      simulator.logins.spoilNext((claims) => void Object.assign(claims, { nbf: seconds + 299, iat: seconds + 299 }))
      await logIn()
    }))
})

describe('the keys of id tokens', () => {
  it('a new one is followed at once, and again half a minute later', () =>
    withLogins({}, async ({ logIn, simulator, clock, asked }) => {
      await logIn()
      simulator.keys.rollOver()
      await logIn()
      expect(asked(KEYS)).to.equal(2)
      simulator.keys.rollOver({ withdrawn: true })
      clock.pass(30_000)
      await logIn()
      expect(asked(KEYS)).to.equal(3)
    }))

  it('unknown ones cause one request in half a minute, and bother nobody with a known key', () =>
    withLogins({}, async ({ logIn, simulator, clock, asked }) => {
      await logIn()
      simulator.logins.spoilNext('unknown-kid', 9)
      for (let times = 0; times < 3; times += 1) await failureOf(logIn(), 'login.refused')
      await Promise.all(Array.from({ length: 3 }, () => failureOf(logIn(), 'login.refused')))
      expect(asked(KEYS)).to.equal(2)
      clock.pass(29_999)
      await failureOf(logIn(), 'login.refused')
      expect(asked(KEYS)).to.equal(2)
      clock.pass(1)
      for (let times = 0; times < 2; times += 1) await failureOf(logIn(), 'login.refused')
      expect(asked(KEYS)).to.equal(3)
      await logIn()
      expect(asked(KEYS)).to.equal(3)
    }))

  it('of an unknown one that comes first the keys are asked for once', () =>
    withLogins({}, async ({ logIn, simulator, asked }) => {
      simulator.logins.spoilNext('unknown-kid', 3)
      for (let times = 0; times < 3; times += 1) await failureOf(logIn(), 'login.refused')
      expect(asked(KEYS)).to.equal(1)
      await logIn()
      expect(asked(KEYS)).to.equal(1)
    }))

  it('when many log in at the moment of a change, one request serves them all', () =>
    withLogins({}, async ({ logIn, simulator, asked }) => {
      await logIn()
      simulator.keys.rollOver()
      await Promise.all([1, 2, 1, 2].map((index) => logIn(index)))
      expect(asked(KEYS)).to.equal(2)
    }))

  it('a request for an unknown one that fails is not repeated at once either', () =>
    withLogins({}, async ({ logIn, simulator, asked }) => {
      await logIn()
      simulator.faults.add({ match: { path: '/keys' }, times: 9, do: { status: 503, body: '' } })
      simulator.logins.spoilNext('unknown-kid', 3)
      await failureOf(logIn(), 'graph.unavailable')
      for (let times = 0; times < 2; times += 1) await failureOf(logIn(), 'login.refused')
      expect(asked(KEYS)).to.equal(2)
    }))

  it('one that was withdrawn is good for an hour at most', () =>
    withLogins({}, async ({ logIn, clock, asked }) => {
      await logIn()
      clock.pass(60 * 60_000 - 1)
      await logIn()
      expect(asked(KEYS)).to.equal(1)
      clock.pass(1)
      await logIn()
      expect(asked(KEYS)).to.equal(2)
    }))

  it('one that serves another tenant opens nothing here', () =>
    withLogins({}, async ({ logIn, simulator }) => {
      const edit = (body: Record<string, unknown>): void => {
        for (const key of body['keys'] as Record<string, unknown>[])
          key['issuer'] = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'
      }
      simulator.faults.add({ match: { path: '/keys' }, do: { kind: 'edit', edit } })
      await failureOf(logIn(), 'login.refused')
    }))
})
