import { expect } from 'chai'
import fc from 'fast-check'
import { IdSet } from '../../src/domain/id-set.js'
import { membershipOf, type GroupReading } from '../../src/domain/membership.js'
import { holds, nameOfRule, sentenceOf } from '../../src/domain/rule.js'
import {
  aboutGroups,
  EVERYONE,
  isEveryone,
  scopeOf,
  type RuleOperator,
  type ScopeConfig,
  type ScopeFacts,
  type Verdict,
} from '../../src/domain/scope.js'

const ANA = 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101'
const BEN = 'b1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9102'
const STAFF = '11111111-2222-4333-8444-555555555555'
const SALES = '22222222-2222-4333-8444-555555555555'
const facts = (more: Partial<ScopeFacts> = {}): ScopeFacts => ({
  entraObjectId: ANA,
  userType: 'Member',
  source: {},
  through: null,
  ...more,
})
const group = (id: string, name: string | null, members: GroupReading['members'] | string[]): GroupReading => ({
  id,
  name,
  members: Array.isArray(members) ? new IdSet(members) : members,
})

function judge(config: Partial<ScopeConfig>, groups: readonly GroupReading[], about: ScopeFacts = facts()): Verdict {
  return scopeOf({ ...EVERYONE, ...config }, membershipOf(groups)).judge(about)
}

describe('a rule of the scope', () => {
  /** Operator, what it compares with, for which values it holds and for which not. */
  const TABLE: readonly (readonly [
    RuleOperator,
    string | string[] | undefined,
    (string | null)[],
    (string | null)[],
  ])[] = [
    ['equals', 'Sales', ['Sales', 'SALES', 'sales'], [null, '', ' ', 'Sale', 'Sales ', 'Sales & Co']],
    ['equals', 'Zoë', ['zoe\u0308', 'ZOË'], ['Zoe']],
    ['equals', '営業部', ['営業部'], ['営業', '営業部。']],
    ['equals', '👩‍💻', ['👩‍💻'], ['👩', '💻', '']],
    ['equals', 'IT', ['it', 'It'], ['ıt', 'İT']],
    ['equals', 'İzmir', ['İZMIR', 'i\u0307zmir'], ['izmir', 'ızmır', 'İZMİR']],
    ['not-equals', 'Robots', [null, '', 'Sales', 'Robot', 'robots!'], ['Robots', 'ROBOTS']],
    ['starts-with', 'ch-', ['CH-Zürich', 'ch-'], [null, '', 'CH', 'DE-CH-']],
    ['starts-with', 'מכיר', ['מכירות'], ['ירות']],
    [
      'ends-with',
      '@contoso.example',
      ['Ana.O’Brien@Contoso.Example'],
      [null, '', '@contoso.example.evil', 'contoso.example'],
    ],
    ['in', ['CH', 'de'], ['ch', 'DE'], [null, '', 'C', 'CH, de', 'AT']],
    ['empty', undefined, [null, '', ' ', '\t\u00a0'], ['x', '0', 'null']],
    ['not-empty', undefined, ['x', '0', 'false'], [null, '', ' \n']],
  ]
  for (const [op, value, yes, no] of TABLE) {
    it(`${op} ${JSON.stringify(value ?? '')}`, () => {
      const rule = { property: 'department', op, ...(value === undefined ? {} : { value }) }
      for (const given of yes) expect(holds(rule, given), String(given)).to.equal(true)
      for (const given of no) expect(holds(rule, given), String(given)).to.equal(false)
    })
  }

  it('has a name, and a sentence for people that stays short', () => {
    const rule = { property: 'department', op: 'equals', value: 'Sales' } as const
    expect([nameOfRule(rule), sentenceOf(rule)]).to.deep.equal([
      'rule:department equals Sales',
      'rule: department equals “Sales”',
    ])
    const many = { property: 'department', op: 'in', value: ['d', 'c', 'b', 'a', 'e'] } as const
    expect([nameOfRule(many), sentenceOf(many)]).to.deep.equal([
      'rule:department in a, b, c, d, e',
      'rule: department is one of “d”, “c”, “b” and 2 more',
    ])
    const empty = { property: 'mail', op: 'not-empty' } as const
    expect([nameOfRule(empty), sentenceOf(empty)]).to.deep.equal(['rule:mail not-empty', 'rule: mail is not empty'])
  })
})

describe('the scope', () => {
  it('of everybody lets everybody in', () => {
    expect(judge({}, [], facts({ userType: 'Guest' }))).to.deep.equal({ in: true, through: null })
    expect(judge({ userTypes: ['Member', 'Guest'] }, [], facts({ userType: 'Else' })).in).to.equal(true)
    expect(isEveryone({ ...EVERYONE, neverRemove: ['x'], userTypes: ['Guest', 'Member'] })).to.equal(true)
    for (const narrow of [
      { groups: [STAFF] },
      { userTypes: ['Guest'] },
      { rules: [{ property: 'mail', op: 'empty' }] },
    ])
      expect(isEveryone({ ...EVERYONE, ...(narrow as Partial<ScopeConfig>) })).to.equal(false)
  })

  it('counts people without a user type as members, and takes any letter case', () => {
    expect(judge({ userTypes: ['Member'] }, [], facts({ userType: null })).in).to.equal(true)
    expect(judge({ userTypes: ['Guest'] }, [], facts({ userType: 'GUEST' })).in).to.equal(true)
    const out = (userType: string | null, only: 'Member' | 'Guest') =>
      judge({ userTypes: [only] }, [], facts({ userType }))
    expect(out('Guest', 'Member')).to.deep.equal({
      in: false,
      cause: { about: 'user-type', text: 'user type is Guest' },
    })
    expect(out(null, 'Guest')).to.deep.equal({ in: false, cause: { about: 'user-type', text: 'user type is Member' } })
  })

  it('takes members of any group, and says through which', () => {
    const config = { groups: [SALES, STAFF] }
    const groups = [group(SALES, 'Sales', [BEN]), group(STAFF, 'Staff', [ANA, BEN])]
    expect(judge(config, groups)).to.deep.equal({ in: true, through: STAFF })
    const both = facts({ entraObjectId: BEN })
    expect(judge(config, groups, both)).to.deep.equal({ in: true, through: STAFF })
    expect(judge(config, [...groups].reverse(), both), 'in any order').to.deep.equal({ in: true, through: STAFF })
  })

  const leaving: readonly (readonly [string, readonly GroupReading[], string | null, object])[] = [
    ['left', [group(STAFF, 'Staff-CH', [BEN])], STAFF, { about: `group:${STAFF}`, text: 'left group “Staff-CH”' }],
    [
      'left one without a name',
      [group(STAFF, null, [])],
      STAFF,
      { about: `group:${STAFF}`, text: `left group ${STAFF}` },
    ],
    [
      'lost a deleted one',
      [group(STAFF, 'Staff', 'deleted')],
      STAFF,
      { about: `group-deleted:${STAFF}`, text: 'group “Staff” was deleted', ask: true },
    ],
    [
      'were never in one',
      [group(STAFF, 'Staff', [])],
      null,
      { about: aboutGroups([STAFF]), text: 'not in an assigned group' },
    ],
    [
      'were never in one that is not there',
      [group(STAFF, null, 'deleted')],
      null,
      { about: aboutGroups([STAFF]), text: 'not in an assigned group', ask: true },
    ],
    [
      'were in one that counts no more',
      [group(STAFF, 'Staff', [])],
      SALES,
      { about: `group:${SALES}`, text: `group ${SALES} is no longer assigned` },
    ],
  ]
  it('to be in none of some groups is another cause than to be in none of others, in whatever order', () => {
    expect(aboutGroups([STAFF, SALES])).to.equal(aboutGroups([SALES, STAFF.toUpperCase()]))
    expect(new Set([[STAFF], [SALES], [STAFF, SALES]].map(aboutGroups)).size).to.equal(3)
  })

  for (const [what, groups, through, cause] of leaving) {
    it(`names the group people ${what}`, () => {
      expect(judge({ groups: [STAFF] }, groups, facts({ through }))).to.deep.equal({ in: false, cause })
    })
  }

  it('decides nothing over somebody who may be in a group that could not be read', () => {
    const groups = [group(STAFF, 'Staff', 'unreadable'), group(SALES, 'Sales', [BEN])]
    const config = { groups: [STAFF, SALES], rules: [{ property: 'mail', op: 'empty' }] } as const
    expect(judge(config, groups, facts({ through: STAFF }))).to.deep.equal({ in: 'unknown' })
    expect(judge(config, groups, facts({ source: { mail: 'a@b.example' } }))).to.deep.equal({ in: 'unknown' })
    const source = { mail: null }
    expect(judge(config, groups, facts({ entraObjectId: BEN, source }))).to.deep.equal({ in: true, through: SALES })
  })

  it('decides nothing by what nobody has read: only an empty value is empty', () => {
    const rules = [
      { property: 'department', op: 'equals', value: 'Sales' },
      { property: 'mail', op: 'empty' },
    ] as const
    const inBy = (source: ScopeFacts['source']): unknown => judge({ rules }, [], facts({ source })).in
    expect(inBy({})).to.equal('unknown')
    expect(inBy({ department: 'Sales' })).to.equal('unknown')
    expect(inBy({ department: 'Sales', mail: null })).to.equal(true)
    expect(inBy({ mail: 'a@b.example' })).to.equal(false)
    expect(inBy({ department: null })).to.equal(false)
  })

  it('needs all that is given, and names the group before the user type before the rules, in their order', () => {
    const rules = [
      { property: 'department', op: 'equals', value: 'Sales' },
      { property: 'usageLocation', op: 'in', value: ['CH'] },
    ] as const
    const config: Partial<ScopeConfig> = { groups: [STAFF], userTypes: ['Member'], rules }
    const about = (more: Partial<ScopeFacts>, members: string[] = [ANA]): unknown => {
      const verdict = judge(config, [group(STAFF, 'Staff', members)], facts(more))
      return verdict.in === false ? verdict.cause.about : verdict.in
    }
    const fits = { department: 'SALES', usageLocation: 'ch' }
    expect(about({ source: fits })).to.equal(true)
    expect(about({ source: { department: null, usageLocation: null } })).to.equal('rule:department equals Sales')
    expect(about({ source: { ...fits, usageLocation: null } })).to.equal('rule:usageLocation in CH')
    expect(about({ source: {}, userType: 'Guest' })).to.equal('user-type')
    expect(about({ source: {}, userType: 'Guest', through: STAFF }, [])).to.equal(`group:${STAFF}`)
  })

  it('rules people out by what is known of them, and only by that', () => {
    const config: ScopeConfig = {
      ...EVERYONE,
      groups: [STAFF],
      userTypes: ['Member'],
      rules: [{ property: 'department', op: 'not-empty' }],
    }
    const known = (members: string[] | 'unreadable') => scopeOf(config, membershipOf([group(STAFF, null, members)]))
    const scope = known([ANA])
    expect(scope.paths).to.deep.equal(['department'])
    expect(scope.rulesOut({ entraObjectId: ANA })).to.equal(false)
    expect(scope.rulesOut({ entraObjectId: BEN })).to.equal(true)
    expect(scope.rulesOut({ entraObjectId: ANA, userType: 'Guest' })).to.equal(true)
    expect(scope.rulesOut({ entraObjectId: ANA, userType: null, source: {} })).to.equal(false)
    expect(scope.rulesOut({ entraObjectId: ANA, source: { department: null } })).to.equal(true)
    expect(known('unreadable').rulesOut({ entraObjectId: ANA })).to.equal(false)
    expect(known('unreadable').rulesOut({ entraObjectId: ANA, userType: 'Guest' })).to.equal(true)
  })

  it('never rules out whom it would let in', () => {
    const text = fc.constantFrom(null, '', 'Sales', 'sales', 'HR', 'ß', 'İ')
    const rule = fc.record({
      property: fc.constantFrom('department', 'city'),
      op: fc.constantFrom('equals', 'not-equals', 'starts-with', 'ends-with'),
      value: fc.constantFrom('s', 'SALES', 'hr', 'ß'),
    })
    fc.assert(
      fc.property(fc.array(rule), fc.record({ department: text, city: text }), (rules, source) => {
        const scope = scopeOf({ ...EVERYONE, rules }, membershipOf([]))
        const verdict = scope.judge(facts({ source }))
        expect(scope.rulesOut({ entraObjectId: ANA, source })).to.equal(verdict.in === false)
        if (scope.rulesOut({ entraObjectId: ANA, source: { city: source.city } })) expect(verdict.in).to.equal(false)
      }),
    )
  })

  it('protects by our id, object id or user principal name, in any letter case', () => {
    const scope = scopeOf(
      { ...EVERYONE, neverRemove: [ANA.toUpperCase(), ' Zoë@Contoso.example', 'our-ID'] },
      membershipOf([]),
    )
    const nobody = { id: 'x', entraObjectId: null, userPrincipalName: null }
    expect(scope.protects(nobody)).to.equal(false)
    expect(scope.protects({ ...nobody, entraObjectId: ANA })).to.equal(true)
    expect(scope.protects({ ...nobody, userPrincipalName: 'ZOE\u0308@CONTOSO.EXAMPLE' })).to.equal(true)
    expect(scope.protects({ ...nobody, id: 'OUR-id' })).to.equal(true)
    expect(scope.protects({ ...nobody, id: 'our-id2', userPrincipalName: 'zoe@contoso.example' })).to.equal(false)
  })
})
