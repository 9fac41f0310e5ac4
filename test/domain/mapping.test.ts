import { expect } from 'chai'
import { mappingOf, ONE_TO_ONE, type FieldMapping, type MappingConfig } from '../../src/domain/mapping.js'
import { EVERYONE, type ScopeConfig } from '../../src/domain/scope.js'
import { fingerprintOf, pathsOf } from '../../src/domain/selection.js'

const from = (...paths: string[]): FieldMapping => ({ from: paths, trim: false, case: null })

describe('a mapping', () => {
  it('of nothing reads nothing and fills nothing', () => {
    expect(mappingOf({})).to.equal(ONE_TO_ONE)
  })

  it('fills a field from the first source that has a value', () => {
    const { paths, fill } = mappingOf({ mail: from('mail', 'otherMails[0]'), jobTitle: from('otherMails[0]') })
    expect(paths).to.deep.equal(['mail', 'otherMails[0]'])
    const filled = (mail: string | null, other: string | null) => fill({ mail, 'otherMails[0]': other }).mail
    expect(filled('a@x.example', 'b@x.example')).to.equal('a@x.example')
    for (const nothing of [null, '', ' \t']) expect(filled(nothing, 'b@x.example')).to.equal('b@x.example')
    expect(filled(null, ' ')).to.equal(null)
    expect(fill({ mail: null, 'otherMails[0]': null })).to.deep.equal({ mail: null, jobTitle: null })
  })

  it('says nothing of a field that something nobody has read may fill', () => {
    const { fill } = mappingOf({ mail: from('mail', 'otherMails[0]'), jobTitle: from('otherMails[0]') })
    expect(fill({})).to.deep.equal({})
    expect(fill({ mail: 'a@x.example' })).to.deep.equal({ mail: 'a@x.example' })
    expect(fill({ mail: null })).to.deep.equal({})
    expect(fill({ 'otherMails[0]': 'b@x.example' })).to.deep.equal({ jobTitle: 'b@x.example' })
  })

  it('leaves values as they are unless it is told to trim them or to change their letters', () => {
    const filled = (mapping: Partial<FieldMapping>, value: string) =>
      mappingOf({ city: { ...from('city'), ...mapping } } as MappingConfig).fill({ city: value }) as { city: string }
    expect(filled({}, ' Zürich ').city).to.equal(' Zürich ')
    expect(filled({ trim: true }, '\u00a0Zürich\u3000').city).to.equal('Zürich')
    expect(filled({ case: 'upper' }, 'straße ıi 営業 😀').city).to.equal('STRASSE II 営業 😀')
    expect(filled({ case: 'lower' }, 'IT İ ΟΔΟΣ').city).to.equal('it i\u0307 οδος')
    expect(filled({ trim: true, case: 'upper' }, ' ab ').city).to.equal('AB')
  })
})

describe('the fingerprint of scope and mapping', () => {
  const scope: ScopeConfig = {
    groups: ['a', 'b'],
    nested: true,
    userTypes: ['Member'],
    rules: [
      { property: 'department', op: 'in', value: ['Sales', 'HR'] },
      { property: 'mail', op: 'not-empty' },
    ],
    neverRemove: [],
  }
  const mapping: MappingConfig = { mail: from('mail', 'otherMails[0]'), jobTitle: from('employeeType') }
  const before = fingerprintOf(scope, mapping)
  const [inList, notEmpty] = scope.rules as [ScopeConfig['rules'][number], ScopeConfig['rules'][number]]

  it('stays the same where the meaning does', () => {
    const same: readonly Partial<ScopeConfig>[] = [
      { groups: ['b', 'a', 'B'] },
      { rules: [notEmpty, { ...inList, value: ['hr', 'SALES', 'hr'] }, notEmpty] },
      { neverRemove: ['ceo@contoso.example'] },
    ]
    for (const change of same) expect(fingerprintOf({ ...scope, ...change }, mapping)).to.equal(before)
    const turned = { jobTitle: from('employeeType'), mail: from('mail', 'otherMails[0]') }
    expect(fingerprintOf(scope, turned)).to.equal(before)
    const everyone = fingerprintOf(EVERYONE, {})
    for (const change of [{ nested: false }, { userTypes: ['Guest', 'Member'] }] as Partial<ScopeConfig>[])
      expect(fingerprintOf({ ...EVERYONE, ...change }, {})).to.equal(everyone)
    const one = (rule: object) => fingerprintOf({ ...EVERYONE, rules: [rule as ScopeConfig['rules'][number]] }, {})
    expect(one({ property: 'city', op: 'in', value: ['Bern'] })).to.equal(
      one({ property: 'city', op: 'equals', value: 'bern' }),
    )
  })

  it('changes where the meaning does', () => {
    const other: readonly Partial<ScopeConfig>[] = [
      { groups: ['a'] },
      { nested: false },
      { userTypes: ['Guest'] },
      { userTypes: [] },
      { rules: [inList] },
      { rules: [notEmpty, { ...inList, value: ['Sales, HR'] }] },
      { rules: [notEmpty, { ...inList, property: 'city' }] },
    ]
    const fingerprints = other.map((change) => fingerprintOf({ ...scope, ...change }, mapping))
    const mappings: readonly MappingConfig[] = [
      {},
      { ...mapping, mail: from('otherMails[0]', 'mail') },
      { ...mapping, mail: { ...from('mail', 'otherMails[0]'), trim: true } },
      { ...mapping, mail: { ...from('mail', 'otherMails[0]'), case: 'lower' } },
      { mail: from('employeeType'), jobTitle: from('mail', 'otherMails[0]') },
    ]
    fingerprints.push(...mappings.map((one) => fingerprintOf(scope, one)))
    expect(new Set([before, ...fingerprints]).size).to.equal(fingerprints.length + 1)
  })

  it('goes with the paths that are read, each once', () => {
    expect(pathsOf({ scope: EVERYONE, mapping: {} })).to.deep.equal([])
    expect(pathsOf({ scope, mapping })).to.deep.equal(['department', 'employeeType', 'mail', 'otherMails[0]'])
  })
})
