import { expect } from 'chai'
import { NEW_FEEDS } from '../../../src/domain/feed.js'
import { NOW } from '../../support/people.js'
import {
  aRemoval,
  begin,
  changed,
  created,
  eachOpened,
  entry,
  ids,
  objectId,
  people,
  person,
  userId,
  type Open,
} from '../support.js'

export function basics(open: Open): void {
  describe('reading and writing people', () => {
    const opened = eachOpened(open)

    it('an empty store knows nobody', async () => {
      const store = opened.store.of('default')
      expect((await store.known([objectId(1)])).users.size).to.equal(0)
      expect(await store.find(objectId(1))).to.deep.equal([])
      expect(await store.list({ limit: 10 })).to.deep.equal({ users: [], nextCursor: null })
      expect(await store.history(userId(1))).to.deep.equal([])
      expect(await store.tally()).to.deep.equal([])
      expect(await store.candidates({ limit: 10 })).to.deep.equal([])
      expect(await store.runs.list({ limit: 10 })).to.deep.equal({ runs: [], nextCursor: null })
    })

    it('a person comes back as committed, with every property', async () => {
      const { store, create } = await begin(opened.store)
      const plain = person(1)
      const full = person(2, {
        givenName: 'Zoë',
        surname: "O'Neil",
        jobTitle: 'Lead',
        department: '研究',
        companyName: 'Contoso "AG"',
        officeLocation: 'Zürich',
        mobilePhone: '+41 79 000 00 00',
        preferredLanguage: 'de-CH',
        employeeId: '0042',
        userType: 'Guest',
        identity: 'ahead-id',
        status: 'failed',
        statusSince: '2026-11-20T09:00:00.001Z',
        statusReason: { code: 'address-rejected', message: 'no such user' },
        presence: 'disabled',
        decision: { state: 'inactive', by: 'Ada', at: NOW },
        removal: aRemoval({ state: 'held', hold: 'hold 1', cause: { about: 'rule', text: 'Øst', ask: true } }),
        source: { 'otherMails[0]': 'zoë@x.example', 'manager.displayName': null, $x: '' },
        through: 'group 1',
        seat: false,
        account: 'inactive',
        accountReason: 'no-seat',
        firstLoginAt: '2026-01-01T00:00:00.000Z',
        firstLoginSource: 'api',
        lastLoginAt: '2026-02-01T00:00:00.000Z',
        updatedAt: '2026-11-20T10:00:00.000Z',
        revision: 7,
      })
      await create(plain, full)
      const { users } = await store.known([objectId(1), objectId(2)])
      expect(users.get(objectId(1))).to.deep.equal(plain)
      expect(users.get(objectId(2))).to.deep.equal(full)
      expect(Object.keys(users.get(objectId(1))!).sort()).to.deep.equal(Object.keys(plain).sort())
      expect(await store.find(userId(2))).to.deep.equal([full])
      expect((await store.list({ limit: 10 })).users).to.deep.equal([plain, full])
    })

    it('what was read is a value of its own', async () => {
      const { store, create } = await begin(opened.store)
      await create(person(1))
      const [first] = await store.find(userId(1))
      Object.assign(first!, { displayName: 'somebody else' })
      Object.assign(await store.feed('directory'), { deltaLink: 'another' })
      expect(await store.find(userId(1))).to.deep.equal([person(1)])
      expect(await store.feed('directory')).to.deep.equal(NEW_FEEDS.directory)
    })

    it('a feed of an older version has what is new as in a new feed', async () => {
      const { store, commit } = await begin(opened.store)
      const { settling, removed, drift, everyone, paths, members, strangers, ...old } = NEW_FEEDS.directory
      const added = { settling, removed, drift, everyone, paths, members, strangers }
      expect(added).to.deep.equal({
        settling: null,
        removed: [],
        drift: null,
        everyone: true,
        paths: [],
        members: null,
        strangers: null,
      })
      const kept = { ...old, deltaLink: 'link', passes: 3 }
      await commit({ feeds: { directory: kept as never } })
      expect(await store.feed('directory')).to.deep.equal({ ...kept, ...added })
      const full = {
        ...kept,
        settling: { hold: 'hold 1', all: true },
        removed: [{ at: NOW, count: 2 }],
        drift: { at: NOW, count: 0 },
        everyone: false,
        paths: ['a.b', '$c'],
        members: 'fingerprint',
        strangers: 'another',
        neverRemoved: [{ name: 'p1@contoso.example', ids: ['u-1'] }],
      }
      await commit({ feeds: { directory: full } })
      expect(await store.feed('directory')).to.deep.equal(full)
    })

    it('known gives those asked for that there are, once each', async () => {
      const { store, create } = await begin(opened.store)
      await create(...people(1, 5))
      const { users } = await store.known([objectId(4), objectId(2), objectId(4), objectId(99)])
      expect([...users.keys()].sort()).to.deep.equal([objectId(2), objectId(4)])
    })

    it('known takes a page of 999', async () => {
      const { store, create } = await begin(opened.store)
      await create(...people(1, 999))
      expect((await store.known(people(1, 999).map((user) => user.entraObjectId!))).users.size).to.equal(999)
    })

    it('a change replaces the record', async () => {
      const { store, create, commit } = await begin(opened.store)
      await create(person(1))
      const change = changed(person(1), { displayName: 'Ada', account: 'frozen', accountReason: 'disabled-in-entra' })
      expect(await commit({ users: [change] })).to.deep.equal({ lost: [] })
      expect(await store.find(userId(1))).to.deep.equal([change.after])
    })

    it('somebody is found by id, object id and user principal name in any letter case', async () => {
      const { store, create } = await begin(opened.store)
      const ada = person(1, { userPrincipalName: 'Jürgen.Øst@Contoso.example' })
      await create(ada, person(2))
      for (const who of [ada.id, ada.id.toUpperCase(), objectId(1), objectId(1).toUpperCase()])
        expect(ids(await store.find(who)), who).to.deep.equal([ada.id])
      for (const who of [
        'jürgen.øst@contoso.example',
        'JÜRGEN.ØST@CONTOSO.EXAMPLE',
        'JU\u0308RGEN.Øst@contoso.example',
      ])
        expect(ids(await store.find(who)), who).to.deep.equal([ada.id])
      for (const who of ['jürgen.øst@contoso.exampl', 'ürgen.øst@contoso.example', '', '%', '*'])
        expect(await store.find(who), who).to.deep.equal([])
    })

    it('everybody who holds a user principal name is found', async () => {
      const { store, create } = await begin(opened.store)
      const upn = { userPrincipalName: 'ada@contoso.example' }
      await create(person(1, { ...upn, presence: 'gone' }), person(2), person(3, upn))
      expect(ids(await store.find('ADA@contoso.example'))).to.deep.equal([userId(1), userId(3)])
    })

    it('history is told oldest first, the creation included', async () => {
      const { store, commit } = await begin(opened.store)
      const [one, two, three, four] = ['1', '2', '3', '4'].map((to) => entry(to)) as [never, never, never, never]
      await commit({ users: [created(person(1), one), created(person(2), one), created(person(3))] })
      const first = changed(person(1), { jobTitle: 'a' }, two, three)
      await commit({ users: [first] })
      await commit({ users: [changed(first.after, { jobTitle: 'b' }, four)] })
      expect(await store.history(userId(1))).to.deep.equal([one, two, three, four])
      expect(await store.history(userId(2))).to.deep.equal([one])
      expect(await store.history(userId(3))).to.deep.equal([])
    })

    it('everybody has the history entries they came with, however much they look alike', async () => {
      const { store, commit } = await begin(opened.store)
      const came = entry('made', { evidence: { runId: 'run-1', reason: null } })
      const histories = [
        [came],
        [came],
        [entry('made', { evidence: { runId: 'run-2', reason: null } })],
        [entry('made', { evidence: { runId: 'run-1', rule: null } })],
        [entry('made', { evidence: { runId: 'run-1' } })],
        [entry('made', { evidence: null })],
        [came],
        [entry('made', { from: { mail: 'a' }, evidence: null })],
        [entry('made', { from: { mail: 'b' }, evidence: null })],
        [came, entry('onboarded', { cause: 'sign-in' })],
        [came, entry('onboarded', { cause: 'sign-in', at: '2026-11-20T08:00:00.001Z' })],
      ]
      await commit({ users: histories.map((entries, n) => created(person(n), ...entries)) })
      for (const [n, entries] of histories.entries()) expect(await store.history(userId(n))).to.deep.equal(entries)
    })

    it('people are counted by status, account state and first login', async () => {
      const { store, create, commit } = await begin(opened.store)
      const onboarded = { status: 'onboarded', firstLoginAt: NOW } as const
      await create(person(1), person(2), person(3, onboarded))
      await commit({ users: [changed(person(2), { account: 'frozen' }), changed(person(1), onboarded)] })
      expect(await store.tally()).to.have.deep.members([
        { status: 'never-logged-in', account: 'frozen', firstLogin: 'pending', count: 1 },
        { status: 'onboarded', account: 'active', firstLogin: 'completed', count: 2 },
      ])
    })

    it('a feed that was never written is new, and a written one comes back verbatim', async () => {
      const { store, commit } = await begin(opened.store)
      expect(await store.feed('directory')).to.deep.equal(NEW_FEEDS.directory)
      expect(await store.feed('sign-ins')).to.deep.equal(NEW_FEEDS['sign-ins'])
      const directory = { ...NEW_FEEDS.directory, deltaLink: 'https://x/?$deltatoken=A%2f+b"\\\u2028', passes: 3 }
      await commit({ feeds: { directory } })
      expect(await store.feed('directory')).to.deep.equal(directory)
      expect(await store.feed('sign-ins')).to.deep.equal(NEW_FEEDS['sign-ins'])
    })
  })
}
