import { expect } from 'chai'
import type { User } from '../../../src/domain/user.js'
import type { ConnectionStore, UserQuery } from '../../../src/store/port.js'
import { NOW } from '../../support/people.js'
import { changed, eachOpened, eachWriting, ids, people, person, refusal, userId, type Open } from '../support.js'

export function lists(open: Open): void {
  describe('a list of people', () => {
    const writing = eachWriting(eachOpened(open))

    const find = async (query: Partial<UserQuery>) =>
      ids((await writing.store.list({ limit: 100, ...query })).users).map((id) => Number(id.slice(-12)))

    it('is in order of our id, page by page', async () => {
      await writing.create(...people(1, 7).reverse())
      const pages = await pagesOf(writing.store, { limit: 3 })
      expect(pages.map(ids)).to.deep.equal([people(1, 3), people(4, 6), people(7, 7)].map(ids))
    })

    it('has no cursor when everybody was given', async () => {
      await writing.create(...people(1, 3))
      expect((await writing.store.list({ limit: 3 })).nextCursor).to.equal(null)
      expect((await writing.store.list({ limit: 2 })).nextCursor).to.be.a('string')
    })

    it('neither repeats nor leaves out anybody while people arrive and change', async () => {
      await writing.create(...people(1, 40).filter((_, i) => i % 2 === 0))
      const seen: string[] = []
      let next = 2
      await pagesOf(writing.store, { limit: 5 }, async (page) => {
        seen.push(...ids(page))
        await writing.create(person(next), person(100 + next))
        const [first] = await writing.store.find(page[0]!.id)
        await writing.commit({ users: [changed(first!, { displayName: 'moved', account: 'frozen' })] })
        next += 10
      })
      expect(new Set(seen).size).to.equal(seen.length)
      expect(seen).to.deep.equal([...seen].sort())
      for (let n = 1; n < 40; n += 2) expect(seen).to.include(userId(n))
    })

    it('is narrowed by status, account state, its reason and first login, alone and together', async () => {
      await writing.create(
        person(1),
        person(2, { status: 'onboarded', firstLoginAt: NOW }),
        person(3, { account: 'frozen', accountReason: 'disabled-in-entra' }),
        person(4, { account: 'inactive', accountReason: 'no-seat' }),
        person(5, { status: 'onboarded', firstLoginAt: NOW, account: 'inactive', accountReason: 'deleted-in-entra' }),
        person(6, { status: 'migrating', firstLoginAt: NOW }),
      )
      expect(await find({ status: 'onboarded' })).to.deep.equal([2, 5])
      expect(await find({ account: 'inactive' })).to.deep.equal([4, 5])
      expect(await find({ accountReason: 'no-seat' })).to.deep.equal([4])
      expect(await find({ firstLogin: 'completed' })).to.deep.equal([2, 5, 6])
      expect(await find({ firstLogin: 'pending' })).to.deep.equal([1, 3, 4])
      expect(await find({ status: 'onboarded', account: 'active' })).to.deep.equal([2])
      expect(await find({ status: 'pending' })).to.deep.equal([])
      expect(await find({ account: 'frozen', search: 'person' })).to.deep.equal([3])
      expect(await find({ account: 'inactive', limit: 1 })).to.deep.equal([4])
    })

    it('follows a change of what it is narrowed by', async () => {
      await writing.create(person(1))
      await writing.commit({
        users: [changed(person(1), { account: 'inactive', accountReason: 'no-seat', displayName: 'Zoë' })],
      })
      expect(await find({ accountReason: 'no-seat', search: 'zoë' })).to.deep.equal([1])
      expect(await find({ search: 'person 1' })).to.deep.equal([])
    })

    it('is searched by part of the display name, user principal name, mail and employee id', async () => {
      await writing.create(
        person(1, { displayName: 'Ana Weber' }),
        person(2, { userPrincipalName: 'weber@contoso.example' }),
        person(3, { mail: 'anaweber@x.example' }),
        person(4, { employeeId: 'WEBER-4' }),
        person(5, { surname: 'Weber', department: 'Weber', companyName: 'Weber' }),
      )
      expect(await find({ search: 'WEBER' })).to.deep.equal([1, 2, 3, 4])
      expect(await find({ search: 'a web' })).to.deep.equal([1])
      expect(await find({ search: 'webers' })).to.deep.equal([])
    })

    it('is searched in any letter case, umlauts and accents in either notation included', async () => {
      await writing.create(
        person(1, { displayName: 'Jürgen Öztürk' }),
        person(2, { displayName: 'JU\u0308RGEN' }),
        person(3, { displayName: 'Мария Иванова' }),
        person(4, { displayName: '王 小明' }),
        person(5, { displayName: 'Ωδή Σοφία' }),
        person(6, { displayName: 'Jurgen' }),
      )
      expect(await find({ search: 'jürgen' })).to.deep.equal([1, 2])
      expect(await find({ search: 'JU\u0308RG' })).to.deep.equal([1, 2])
      expect(await find({ search: 'ÖZTÜRK' })).to.deep.equal([1])
      expect(await find({ search: 'мАРИЯ' })).to.deep.equal([3])
      expect(await find({ search: '小' })).to.deep.equal([4])
      expect(await find({ search: 'σοφία' })).to.deep.equal([5])
      expect(await find({ search: 'jurgen' })).to.deep.equal([6])
    })

    it('takes what stands in a search literally', async () => {
      await writing.create(
        person(1, { displayName: '100% "sure" \\o/ O\'Neil_' }),
        person(2, { displayName: '100 sure' }),
        person(3, { displayName: 'tab\there' }),
      )
      for (const search of ['100%', '%', '"sure"', '\\o', "o'neil", 'neil_', '"'])
        expect(await find({ search }), search).to.deep.equal([1])
      expect(await find({ search: '\t' })).to.deep.equal([3])
      for (const search of ['","', '[', '1_0', 'null', 'default', '.*', "' OR 1=1 --"])
        expect(await find({ search }), search).to.deep.equal([])
    })

    it('of a search goes on where the page before ended', async () => {
      await writing.create(...people(1, 30).map((user, i) => (i % 3 === 0 ? { ...user, displayName: 'Ülkü' } : user)))
      const pages = await pagesOf(writing.store, { limit: 4, search: 'ÜLKÜ' })
      expect(pages.map((page) => page.length)).to.deep.equal([4, 4, 2])
      expect(pages.flat().every(({ displayName }) => displayName === 'Ülkü')).to.equal(true)
    })

    it('refuses a cursor it did not give', async () => {
      await writing.create(...people(1, 3))
      const { nextCursor } = await writing.store.list({ limit: 2 })
      const ofRuns = Buffer.from('["runs","a","b"]').toString('base64url')
      for (const cursor of ['', 'x', 'not a cursor', `${nextCursor!}A`, nextCursor!.slice(3), ofRuns, userId(2)])
        expect((await refusal(writing.store.list({ limit: 2, cursor }))).code, cursor).to.equal('usage.invalid')
      expect((await refusal(writing.store.runs.list({ limit: 2, cursor: nextCursor! }))).code).to.equal('usage.invalid')
    })
  })
}

async function pagesOf(
  store: ConnectionStore,
  query: UserQuery,
  between: (page: User[]) => Promise<void> = () => Promise.resolve(),
): Promise<User[][]> {
  const pages: User[][] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { users, nextCursor } = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    pages.push(users)
    await between(users)
    cursor = nextCursor
  }
  return pages
}
