import { expect } from 'chai'
import type { ApiToken } from '../../../src/store/port.js'
import { NOW } from '../../support/people.js'
import { eachOpened, type Open } from '../support.js'

const LATER = '2026-11-20T08:10:00.000Z'
const AFTER = '2026-11-20T08:10:00.001Z'

/** Tickets and API tokens. */
export function keepsakes(open: Open): void {
  describe('tickets and tokens', () => {
    const opened = eachOpened(open)

    const own = () => opened.store.of('default')
    const token = (n: number, over: Partial<ApiToken> = {}): ApiToken => ({
      id: `token-${n}`,
      name: `Nº ${n}`,
      scope: 'intranet',
      createdAt: NOW,
      revokedAt: null,
      ...over,
    })

    it('give a ticket to one caller only', async () => {
      await own().tickets.put('a', { nonce: 'ü' }, LATER)
      const taken = await Promise.all([own().tickets.take('a', NOW), own().tickets.take('a', NOW)])
      expect(taken.filter((value) => value !== null)).to.deep.equal([{ nonce: 'ü' }])
    })

    it('give it to nobody when it is too late, or another connection’s', async () => {
      await own().tickets.put('a', 1, LATER)
      await own().tickets.put('b', 1, LATER)
      expect(await own().tickets.take('a', AFTER)).to.equal(null)
      expect(await opened.store.of('other').tickets.take('b', NOW)).to.equal(null)
      expect(await own().tickets.take('c', NOW)).to.equal(null)
      expect(await own().tickets.take('b', NOW)).to.equal(1)
    })

    it('let one caller claim a key, until it runs out or is taken', async () => {
      const other = (await opened.again()).of('default')
      const claims = await Promise.all(
        [own(), other, own(), other].map(({ tickets }) => tickets.claim('a', NOW, LATER)),
      )
      expect(claims.filter(Boolean)).to.have.length(1)
      expect(await other.tickets.claim('a', '2026-11-20T08:09:59.999Z', AFTER)).to.equal(false)
      expect(await opened.store.of('other').tickets.claim('a', NOW, LATER)).to.equal(true)
      const again = await Promise.all([own(), other].map(({ tickets }) => tickets.claim('a', LATER, AFTER)))
      expect(again.filter(Boolean), 'when it has run out').to.have.length(1)
      await own().tickets.take('a', NOW)
      expect(await other.tickets.claim('a', NOW, LATER), 'when it was taken').to.equal(true)
    })

    it('find a token by its hash until it is revoked, in every process', async () => {
      const other = (await opened.again()).of('default')
      await own().tokens.create(token(1), 'hash 1')
      expect(await other.tokens.find('hash 1')).to.deep.equal(token(1))
      expect(await other.tokens.find('hash 2')).to.equal(null)
      expect(await opened.store.of('other').tokens.find('hash 1')).to.equal(null)
      expect(await other.tokens.revoke('token-1', LATER)).to.equal(true)
      expect(await own().tokens.find('hash 1')).to.equal(null)
      expect(await own().tokens.revoke('token-1', AFTER)).to.equal(false)
      expect(await own().tokens.revoke('token-9', AFTER)).to.equal(false)
    })

    it('list tokens, revoked ones too, never their hash', async () => {
      await own().tokens.create(token(1), 'hash 1')
      await own().tokens.create(token(2, { scope: 'admin' }), 'hash 2')
      await own().tokens.revoke('token-1', LATER)
      expect(await own().tokens.list()).to.deep.equal([token(1, { revokedAt: LATER }), token(2, { scope: 'admin' })])
      expect(await opened.store.of('other').tokens.list()).to.deep.equal([])
    })
  })
}
