import { expect } from 'chai'
import { Directory } from '../../src/simulator/directory.js'
import type { Person } from '../../src/simulator/person.js'

const now = (): Date => new Date('2026-11-20T08:00:00Z')

function company(users: number, seed = 1): Person[] {
  return [...new Directory({ users, seed, domain: 'contoso.example', now }).all()]
}

describe('the people of a simulated tenant', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(company(200, 5)).to.deep.equal(company(200, 5))
    expect(company(1, 5)[0]?.id).not.to.equal(company(1, 6)[0]?.id)
  })

  it('begin with the same people whatever the size of the company', () => {
    expect(company(300).slice(0, 50)).to.deep.equal(company(50))
  })

  it('have ids of their own, well formed, and user principal names of their own in the letters Entra allows', () => {
    const people = company(20_000)
    expect(new Set(people.map(({ id }) => id)).size).to.equal(20_000)
    expect(new Set(people.map(({ userPrincipalName }) => userPrincipalName.toLowerCase())).size).to.equal(20_000)
    for (const { id, userPrincipalName } of people) {
      expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(userPrincipalName).to.match(/^[A-Za-z0-9'._!#^~-]+@contoso\.example$/)
    }
  })

  it('include what real tenants have, from the 30th on at the latest', () => {
    const people = company(30)
    const names = people.map(({ displayName }) => displayName ?? '')
    const mails = people.map(({ mail }) => mail)
    expect(names.filter((name) => name === 'Anna Schmidt')).to.have.length(2)
    expect(mails.filter((mail) => mail === 'reception@contoso.example')).to.have.length(2)
    expect(mails).to.include(undefined)
    expect(names.some((name) => name.length > 200 && name.length <= 256)).to.be.true
    for (const script of [
      /'/,
      /ü/,
      /\p{sc=Han}/u,
      /\p{sc=Arabic}/u,
      /\p{sc=Hebrew}/u,
      /\p{sc=Deva}/u,
      /\p{Extended_Pictographic}/u,
    ])
      expect(
        names.some((name) => script.test(name)),
        String(script),
      ).to.be.true
    expect(names.some((name) => name !== name.normalize('NFC'))).to.be.true
    expect(people.some(({ surname, givenName }) => surname === undefined && givenName === undefined)).to.be.true
    expect(people.some(({ userPrincipalName }) => userPrincipalName.includes('#EXT#'))).to.be.true
    expect(people.some(({ accountEnabled }) => accountEnabled === false)).to.be.true
    expect(people.some(({ userType }) => userType === undefined)).to.be.true
  })
})

describe('the simulated directory', () => {
  const open = (): Directory => new Directory({ users: 5, seed: 1, domain: 'contoso.example', now })

  it('gives a deleted person a name with the id in front, so that the name is free again', () => {
    const directory = open()
    const { id, userPrincipalName } = directory.byIndex(0)
    expect(directory.softDelete(id).userPrincipalName).to.equal(id.replaceAll('-', '') + userPrincipalName)
    expect(directory.create({ userPrincipalName }).id).not.to.equal(id)
    expect(() => directory.restore(id)).to.throw('is taken')
  })

  it('refuses a second person of the same name in any letter case', () => {
    const directory = open()
    const { userPrincipalName } = directory.byIndex(0)
    expect(() => directory.create({ userPrincipalName: userPrincipalName.toUpperCase() })).to.throw('is taken')
    expect(() => directory.update(directory.byIndex(1).id, { userPrincipalName })).to.throw('is taken')
  })

  it('makes up names that are free', () => {
    const directory = open()
    directory.create({ userPrincipalName: 'somebody@contoso.example' })
    const twin = new Directory({ users: 7, seed: 1, domain: 'contoso.example', now }).byIndex(6).userPrincipalName
    directory.update(directory.byIndex(5).id, { userPrincipalName: twin })
    expect(directory.create().userPrincipalName).not.to.equal(twin)
    const names = ['Zoë Müller', 'Zoë Müller'].map((displayName) => directory.create({ displayName }).userPrincipalName)
    expect(names).to.deep.equal(['zoe.muller@contoso.example', 'zoe.muller2@contoso.example'])
  })

  it('finds people by id and name in any letter case, by the old name no more once it changed', () => {
    const directory = open()
    const { id, userPrincipalName } = directory.byIndex(0)
    directory.update(id, { userPrincipalName: 'new@contoso.example' })
    expect(directory.find(id.toUpperCase())?.id).to.equal(id)
    expect(directory.find('NEW@contoso.example')?.id).to.equal(id)
    expect(directory.find(userPrincipalName)).to.be.undefined
  })

  it('notes no change where nothing changes', () => {
    const directory = open()
    const { id, jobTitle } = directory.byIndex(0)
    directory.update(id, { jobTitle, otherMails: undefined })
    expect(directory.journal).to.be.empty
  })

  it('purges the deleted after 30 days by its own clock', () => {
    let today = new Date('2026-11-20T08:00:00Z')
    const directory = new Directory({ users: 2, seed: 1, domain: 'contoso.example', now: () => today })
    const { id } = directory.softDelete(directory.byIndex(0).id)
    today = new Date('2026-12-20T07:00:00Z')
    directory.purgeExpired()
    expect(directory.find(id)?.standing).to.equal('soft-deleted')
    today = new Date('2026-12-21T08:00:00Z')
    directory.purgeExpired()
    expect(directory.find(id)?.standing).to.equal('purged')
    expect(() => directory.restore(id)).to.throw('Nobody')
  })

  it('counts the living', () => {
    const directory = open()
    directory.softDelete(directory.byIndex(0).id)
    directory.purge(directory.byIndex(1).id)
    directory.create({ displayName: "Zoë O'Hara" })
    expect(directory.size).to.equal(4)
    directory.restore(directory.byIndex(0).id)
    expect([...directory.all()]).to.have.length(directory.size)
    expect(directory.find("zoe.o'hara@contoso.example")?.displayName).to.equal("Zoë O'Hara")
  })

  it('changes about the share of people that is asked for', () => {
    const directory = new Directory({ users: 10_000, seed: 1, domain: 'contoso.example', now })
    expect(directory.churn(1, 3)).to.be.within(60, 140)
    expect(directory.churn(100, 4)).to.equal(10_000)
  })
})
