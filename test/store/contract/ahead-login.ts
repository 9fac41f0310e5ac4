import { expect } from 'chai'
import { emailKey, linkKey, nameKey, NO_AHEAD, WAITS, type Email } from '../../../src/domain/ahead.js'
import type { User } from '../../../src/domain/user.js'
import {
  changed,
  created,
  eachOpened,
  eachWriting,
  entry,
  ids,
  objectId,
  parked,
  person,
  userId,
  type Open,
} from '../support.js'

const [MON, TUE, WED] = ['16', '17', '18'].map((day) => `2026-11-${day}T08:00:00.000Z`) as [string, string, string]

function email(n: number, over: Partial<Email> = {}): Email {
  const nothing = { sentAt: null, failedAt: null, openedAt: null, usedAt: null, replacedAt: null, cancelledAt: null }
  const start = { to: null, attempts: 0, firstTriedAt: null, nextTryAt: null, claim: null, problem: null, links: [] }
  return {
    ...nothing,
    ...start,
    id: userId(n),
    kind: 'invitation',
    requestedAt: MON,
    requestedBy: 'Mia',
    expiresAt: null,
    ...over,
  }
}

function onAhead(n: number, emails: Email[], over: Partial<User> = {}): User {
  return person(n, { identity: 'ahead-id', status: 'migrating', ahead: { ...NO_AHEAD, emails }, ...over })
}

export function aheadLogin(open: Open): void {
  describe('ahead login', () => {
    const opened = eachOpened(open)
    const writing = eachWriting(opened)

    const byKey = async (key: string) => ids(await writing.store.byKey(key))
    const due = async (now: string, limit = 10) => ids(await writing.store.due(now, limit))

    it('is part of the person, word for word', async () => {
      const ahead = {
        emails: [
          email(1, { links: ['a', 'b'], claim: { by: 'x', until: TUE }, problem: { code: 'c', message: 'ü"' } }),
        ],
        password: { hash: '$argon2id$…', setAt: TUE },
        passwordSession: { key: 'k', emailId: userId(1), until: WED },
        sessions: [{ key: 's', since: MON, until: WED }],
        microsoftLoginAt: MON,
      }
      const ana = person(1, { ahead })
      await writing.create(ana)
      expect(await writing.store.find(ana.id)).to.deep.equal([ana])
      expect((await writing.store.known([objectId(1)])).users.get(objectId(1))).to.deep.equal(ana)
    })

    it('finds people by link, email and name while they have it', async () => {
      const ana = onAhead(1, [email(1, { links: ['hash'] })], { userPrincipalName: 'Änn@Contoso.example' })
      await writing.create(ana, person(2))
      const keys = [linkKey('hash'), emailKey(userId(1)), nameKey('änn@contoso.EXAMPLE'), nameKey(ana.mail ?? '')]
      for (const key of keys) expect(await byKey(key), key).to.deep.equal([ana.id])
      expect(await byKey(nameKey('person2@contoso.example')), 'nobody on Microsoft login').to.deep.equal([])

      const back = changed(ana, { identity: 'entra-id', status: 'onboarded', ahead: NO_AHEAD, mail: null })
      await writing.commit({ users: [back] })
      for (const key of keys) expect(await byKey(key), key).to.deep.equal([])
    })

    it('finds several people of one name', async () => {
      const twins = [1, 2].map((n) => onAhead(n, [], { mail: 'team@contoso.example' }))
      await writing.create(...twins)
      expect(await byKey(nameKey('team@contoso.example'))).to.deep.equal(ids(twins))
    })

    it('tells who is owed an email and may have it now, the longest due first', async () => {
      await writing.create(
        onAhead(1, [email(1, { requestedAt: TUE })]),
        onAhead(2, [email(2, { requestedAt: MON })]),
        onAhead(3, [email(3, { sentAt: MON })]),
        onAhead(4, [email(4, { nextTryAt: WED })]),
        onAhead(5, [email(5)], { account: 'frozen', accountReason: 'frozen-by-admin' }),
        onAhead(6, [email(6, { claim: { by: 'x', until: WED } })]),
        person(7),
      )
      expect(await due(MON)).to.deep.equal([userId(2)])
      expect(await due(TUE)).to.deep.equal([userId(2), userId(1)])
      expect(await due(TUE, 1)).to.deep.equal([userId(2)])
      expect(await due(WED)).to.deep.equal([2, 1, 4, 6].map(userId))
      expect(await due(WAITS)).to.have.length(5)
      expect(await writing.store.owed()).to.equal(5)
    })

    it('is written outside of runs, each person alone', async () => {
      const [ana, ben] = [person(1), person(2)]
      await writing.create(ana, ben)
      await writing.commit({ users: [changed(ana, { jobTitle: 'faster' })] })
      const late = changed(ana, { displayName: 'late' }, entry('migrating', { from: 'never-logged-in' }))
      const asked = changed(ben, { status: 'migrating' }, entry('migrating', { from: 'never-logged-in', cause: 'Mia' }))
      expect(await writing.store.write({ users: [late, asked] })).to.deep.equal({ lost: [ana.id] })
      const [nowAna, nowBen] = [...(await writing.store.find(ana.id)), ...(await writing.store.find(ben.id))]
      expect([nowAna?.displayName, nowAna?.jobTitle, nowBen?.status]).to.deep.equal([
        ana.displayName,
        'faster',
        'migrating',
      ])
      expect(await writing.store.history(ana.id)).to.have.length(1)
      expect((await writing.store.history(ben.id)).at(-1)?.cause).to.equal('Mia')
      const tally = await writing.store.tally()
      expect(tally.reduce((sum, { count }) => sum + count, 0)).to.equal(2)
      expect(tally.find(({ status }) => status === 'migrating')?.count).to.equal(1)
    })

    it('needs no lease to be written, and no run', async () => {
      const other = opened.store.of('other')
      await other.write({ users: [created({ ...person(1), connection: 'other' })] })
      expect(await other.find(userId(1))).to.have.length(1)
      expect(await writing.store.find(userId(1))).to.have.length(0)
    })

    it('parks sign-ins outside of runs, and lists for whom', async () => {
      await writing.store.write({ park: [parked(3, MON), parked(1, TUE), parked(2, MON)] })
      expect(await writing.store.parked({ limit: 2 })).to.deep.equal([objectId(1), objectId(2)])
      expect(await writing.store.parked({ limit: 2, after: objectId(2) })).to.deep.equal([objectId(3)])
      await writing.store.write({ unpark: [parked(1, TUE), parked(2, MON)] })
      expect(await writing.store.parked({ limit: 9 })).to.deep.equal([objectId(3)])
    })

    it('remembers how far delivery reports were read', async () => {
      const feed = { ...(await writing.store.feed('bounces')), mailbox: 'imap:x', validity: '7', highestUid: 42 }
      await writing.store.write({ feeds: { bounces: feed } })
      expect(await writing.store.feed('bounces')).to.deep.equal(feed)
    })

    it('finds many people by whatever name each is given', async () => {
      await writing.create(person(1), person(2), person(3, { userPrincipalName: 'Zoë@contoso.example' }))
      const names = [userId(1), objectId(2).toUpperCase(), 'ZOË@contoso.example', 'nobody@contoso.example']
      const found = await writing.store.findAll(names)
      expect(names.map((name) => ids(found.get(name) ?? []))).to.deep.equal([[userId(1)], [userId(2)], [userId(3)], []])
    })

    it('finds active people who have been in a status too long', async () => {
      await writing.create(
        person(1, { status: 'pending', statusSince: MON }),
        person(2, { status: 'pending', statusSince: WED }),
        person(3, { status: 'failed', statusSince: MON }),
        person(4, { status: 'pending', statusSince: MON, account: 'frozen', accountReason: 'disabled-in-entra' }),
        person(5, { status: 'migrating', createdAt: MON, statusSince: MON }),
      )
      const stuck = async (stuckSince: Record<string, string>) =>
        ids((await writing.store.list({ limit: 10, stuckSince })).users)
      expect(await stuck({ pending: TUE })).to.deep.equal([userId(1)])
      expect(await stuck({ pending: TUE, failed: TUE, migrating: TUE })).to.deep.equal([1, 3, 5].map(userId))
      expect(await stuck({ migrating: MON })).to.deep.equal([])
      expect(await stuck({})).to.deep.equal([])
    })
  })
}
