import { expect } from 'chai'
import type { User } from '../../src/domain/user.js'
import { Shared } from '../../src/holds/shared.js'
import { aUser } from '../support/people.js'

const AT = '2026-11-20T06:58:00.000Z'

function leaver(n: number, over: Partial<User> = {}, at = AT): User {
  const cause = { about: 'deleted', text: n === 0 ? 'deleted in Entra' : 'left group “Staff-CH”' }
  return aUser({
    userPrincipalName: `person${n}@${n % 2 === 0 ? 'FABRIKAM.example' : 'fabrikam.example'}`,
    removal: { presence: 'out-of-scope', state: 'held', cause, proof: 'page', at, hold: 'h' },
    ...over,
  })
}

/** The run before ended a quarter of an hour earlier. */
const BEFORE = '2026-11-20T06:43:00.000Z'

function textsOf(people: readonly User[], before: string | null = BEFORE): string[] {
  const shared = new Shared()
  shared.add(people.slice(0, 3))
  shared.add(people.slice(3))
  return shared.texts(before)
}

const TWENTY = Array.from({ length: 20 }, (_, n) => n)

describe('what people who wait have in common', () => {
  it('is told as shares, rounded down, and as all of them', () => {
    const people = TWENTY.map((n) => leaver(n, { department: n < 17 ? 'Einkauf' : null, userType: 'Guest' }))
    expect(textsOf(people)).to.deep.equal([
      '95 %: left group “Staff-CH”',
      'All of them have a user name at fabrikam.example',
      '85 % are in department Einkauf',
      'All of them are guests',
      'All of them were noted within 15 minutes: the run that ended 2026-11-20 06:43 UTC had noted none',
    ])
  })

  it('is nothing where they are different, were noted over a longer time, or are a handful', () => {
    const different = TWENTY.map((n) =>
      leaver(
        n % 2,
        { userPrincipalName: `a@domain${n}.example`, department: `D${n}` },
        `2026-11-20T06:${10 + n}:00.000Z`,
      ),
    )
    expect(textsOf(different)).to.deep.equal([])
    expect(textsOf(TWENTY.slice(0, 4).map((n) => leaver(n)))).to.deep.equal([])
    expect(textsOf([])).to.deep.equal([])
  })

  it('is no time where the run before was long ago, is not known, or had noted some of them', () => {
    const people = TWENTY.map((n) => leaver(n))
    for (const before of ['2026-11-20T05:57:59.000Z', '2026-11-20T06:58:00.001Z', null])
      expect(textsOf(people, before).join(), String(before)).not.to.include('noted')
    expect(textsOf(people, '2026-11-20T05:58:00.000Z').join()).to.include('within 60 minutes')
  })

  it('does without user names', () => {
    expect(textsOf(TWENTY.map((n) => leaver(n, { userPrincipalName: null }))).join()).not.to.include('user name')
  })
})
