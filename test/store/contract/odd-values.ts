import { expect } from 'chai'
import fc from 'fast-check'
import type { User } from '../../../src/domain/user.js'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import { NOW } from '../../support/people.js'
import { all, created, eachOpened, eachWriting, entry, objectId, parked, person, type Open } from '../support.js'

const TEXTS: Record<string, string> = {
  empty: '',
  blank: ' ',
  emoji: '👩🏽‍🚀 Zoë 🏳️‍🌈',
  'NUL characters': 'a\u0000b\u0000',
  'control characters': '\u0001\u001f\u007f\t\r\n',
  'quotes and backslashes': `"'\\"'' \\u0000 \\x`,
  'line separators': 'a\u2028b\u2029c',
  'a replaced surrogate': 'a\ufffdb',
  'right to left': 'محمد \u202eabc\u202c עברית',
  'looks like JSON': '["a",{"b":null}]',
  'looks like null': 'null',
  'looks like a number': '007',
  'looks like SQL': "'; DROP TABLE users; --",
  decomposed: 'Ju\u0308rgen',
  '100,000 characters': 'ü王a'.repeat(33_333),
}

export function oddValues(open: Open): void {
  describe('odd values', () => {
    const writing = eachWriting(eachOpened(open))

    for (const [name, text] of Object.entries(TEXTS))
      it(`come back unchanged: ${name}`, async () => {
        const user = person(1, {
          displayName: text,
          userPrincipalName: text,
          mail: text,
          jobTitle: text,
          employeeId: text,
        })
        const told = entry(text, { from: { displayName: text }, cause: text, evidence: { text } })
        const line = { at: NOW, level: 'info' as const, message: text, about: text, details: { text } }
        const directory = { ...NEW_FEEDS.directory, deltaLink: text }
        await writing.commit({ users: [created(user, told)], log: [line], feeds: { directory } })
        const { store } = writing
        expect((await store.known([objectId(1)])).users.get(objectId(1))).to.deep.equal(user)
        expect(await store.history(user.id)).to.deep.equal([told])
        expect(await all(store.runs.log('run-1'))).to.deep.equal([line])
        expect((await store.feed('directory')).deltaLink).to.equal(text)
        expect((await store.list({ limit: 5, search: text })).users).to.deep.equal([user])
        expect(await store.find(text)).to.deep.equal([user])
      })

    it('null and empty are two values', async () => {
      await writing.create(person(1, { mail: null, jobTitle: '' }), person(2, { mail: '', jobTitle: null }))
      const { users } = await writing.store.list({ limit: 5 })
      expect(users.map(({ mail, jobTitle }) => [mail, jobTitle])).to.deep.equal([
        [null, ''],
        ['', null],
      ])
    })

    it('times keep their milliseconds, the first and the last of a calendar too', async () => {
      const times = { createdAt: '1970-01-01T00:00:00.000Z', updatedAt: '2024-02-29T23:59:59.999Z' }
      const user = person(1, { ...times, statusSince: '9999-12-31T23:59:59.999Z', lastLoginAt: NOW })
      await writing.create(user)
      expect(await writing.store.find(user.id)).to.deep.equal([user])
    })

    it('object ids and ids that are no GUIDs work as well', async () => {
      const names = [
        'x',
        '0000000g-0b1f-4c55-8d0e-3f6b2a7c9101',
        'a1d0e7c40b1f4c558d0e3f6b2a7c9101',
        '12',
        '{1}',
        'ü 王',
      ]
      const users = names.map((name, i) => person(i, { id: `id ${name}`, entraObjectId: name }))
      await writing.create(...users)
      const { users: known } = await writing.store.known(names)
      expect([...known.keys()].sort()).to.deep.equal([...names].sort())
      await writing.commit({ seen: { pass: 1, page: 1, entraObjectIds: names.slice(1) }, sweep: { pass: 1 } })
      expect(await writing.store.candidates({ limit: 9 })).to.deep.equal([users[0]])
      await writing.commit({ park: [{ ...parked(1, NOW), entraObjectId: 'x' }] })
      expect([...(await writing.store.known(names)).parked.keys()]).to.deep.equal(['x'])
    })

    it('any text in any field comes back unchanged', async () => {
      let n = 0
      const text = fc.option(fc.string({ unit: 'binary', maxLength: 40 }))
      const some = fc.record({
        displayName: text,
        mail: text,
        userPrincipalName: text,
        employeeId: text,
        surname: text,
      })
      await fc.assert(
        fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 20 }), async (fields) => {
          const users = fields.map((over): User => person((n += 1), over))
          await writing.create(...users)
          const { users: known } = await writing.store.known(users.map((user) => user.entraObjectId!))
          expect([...known.values()]).to.have.deep.members(users)
          const found = users.find(({ displayName }) => displayName)
          if (!found) return
          const search = found.displayName!.slice(0, 20)
          const { users: same } = await writing.store.list({ limit: 100_000, search })
          expect(same).to.deep.include(found)
        }),
        { numRuns: 20 },
      )
    })
  })
}
