import { expect } from 'chai'
import { PROFILE_FIELDS } from '../../src/domain/user.js'
import { ConnectorError } from '../../src/domain/errors.js'
import { sourcePath } from '../../src/domain/properties.js'
import { directoryItem, directoryPage } from '../../src/graph/wire.js'
import type { AnswerFacts } from '../../src/graph/call.js'

const ID = 'A1D0E7C4-0b1f-4c55-8d0e-3f6b2a7c9101'
const facts: AnswerFacts = { details: { requestId: 'request-1' }, date: null }
const anywhere = (): void => undefined

/** As it arrives: what JSON cannot say cannot arrive. */
function item(json: string): ReturnType<typeof directoryItem> {
  return directoryItem(JSON.parse(json))
}

describe('an entry of the directory', () => {
  it('says only what it names: absent is not null', () => {
    expect(item(`{"id":"${ID}","jobTitle":null,"mail":"ana@contoso.example"}`)).to.deep.equal({
      kind: 'patch',
      entraObjectId: ID.toLowerCase(),
      profile: { jobTitle: null, mail: 'ana@contoso.example' },
    })
  })

  it('carries whether the account is enabled, and null when that is said', () => {
    for (const value of [true, false, null]) {
      expect(item(`{"id":"${ID}","accountEnabled":${value}}`)).to.have.property('accountEnabled', value)
    }
    expect(item(`{"id":"${ID}"}`)).not.to.have.property('accountEnabled')
  })

  it('takes an empty text for nothing', () => {
    expect(item(`{"id":"${ID}","department":""}`)).to.have.deep.property('profile', { department: null })
  })

  it('keeps names of every language as they are', () => {
    for (const name of [
      "Łukasz O'Connor",
      '李雷',
      'أحمد',
      'Zoë 👩🏽‍💻',
      'x'.repeat(100_000),
      '  spaced  ',
      '<b>&amp;</b>',
    ]) {
      const read = item(JSON.stringify({ id: ID, displayName: name }))
      expect(read).to.have.nested.property('profile.displayName', name)
    }
  })

  it('half a character becomes a replacement character', () => {
    const read = item(`{"id":"${ID}","displayName":"A\\ud83d!"}`)
    expect(read).to.have.nested.property('profile.displayName', 'A\uFFFD!')
  })

  it('leaves out what was not asked for, annotations too', () => {
    const read = item(
      `{"id":"${ID}","manager@delta":[{"id":"x"}],"otherMails":7,"@odata.type":"#microsoft.graph.user","constructor":1,"toString":2}`,
    )
    expect(read).to.deep.equal({ kind: 'patch', entraObjectId: ID.toLowerCase(), profile: {} })
  })

  it('that is removed can be restored, unless it is deleted for good; its other fields do not matter', () => {
    const removed = (annotation: string): unknown => item(`{"id":"${ID}","mail":7,"@removed":${annotation}}`)
    const tombstone = { kind: 'tombstone', entraObjectId: ID.toLowerCase() }
    expect(removed('{"reason":"deleted"}')).to.deep.equal({ ...tombstone, presence: 'gone' })
    for (const annotation of ['{"reason":"changed"}', '{}', '{"reason":"unheard of"}', '{"reason":null}']) {
      expect(removed(annotation)).to.deep.equal({ ...tombstone, presence: 'soft-deleted' })
    }
  })

  const unreadable: readonly (readonly [string, string, string | null])[] = [
    ['null', 'the entry is null', null],
    ['[]', 'the entry is a list', null],
    ['"text"', 'the entry is text', null],
    ['7', 'the entry is a number', null],
    ['{}', '"id" is missing', null],
    ['{"id":null}', '"id" is null', null],
    ['{"id":""}', '"id" is empty', null],
    ['{"id":7}', '"id" is a number', null],
    ['{"id":["x"]}', '"id" is a list', null],
    [`{"__proto__":{"id":"${ID}","displayName":"x"}}`, '"id" is missing', null],
    [`{"id":"${ID}","@removed":null}`, '"@removed" is null', ID.toLowerCase()],
    [`{"id":"${ID}","@removed":true}`, '"@removed" is true or false', ID.toLowerCase()],
    [`{"id":"${ID}","@removed":[]}`, '"@removed" is a list', ID.toLowerCase()],
    [`{"id":"${ID}","accountEnabled":"true"}`, '"accountEnabled" is text, not true or false', ID.toLowerCase()],
    [`{"id":"${ID}","accountEnabled":1}`, '"accountEnabled" is a number, not true or false', ID.toLowerCase()],
    ...PROFILE_FIELDS.map(
      (field) => [`{"id":"${ID}","${field}":{"a":1}}`, `"${field}" is an object, not text`, ID.toLowerCase()] as const,
    ),
  ]
  for (const [json, problem, entraObjectId] of unreadable) {
    it(`cannot be read, as a whole and with its reason: ${json.slice(0, 70)}`, () => {
      expect(item(json)).to.deep.equal({ kind: 'unreadable', entraObjectId, problem })
    })
  }
})

describe('what is read besides the profile', () => {
  const paths = ['department', 'otherMails[0]', 'otherMails[1]', 'employeeOrgData.division', 'accountEnabled'].map(
    (text) => sourcePath(text) ?? expect.fail(text),
  )
  const read = (more: object) => directoryItem({ id: ID, ...more }, paths)
  const sourceOf = (more: object): unknown => {
    const item = read(more)
    return item.kind === 'patch' ? item.source : item
  }

  it('is only what the entry makes a statement about', () => {
    expect(sourceOf({})).to.deep.equal({})
    expect(sourceOf({ department: 'Sales \ud83d' })).to.deep.equal({ department: 'Sales \ufffd' })
    expect(sourceOf({ department: '', accountEnabled: false })).to.deep.equal({
      department: null,
      accountEnabled: 'false',
    })
    expect(sourceOf({ otherMails: [] })).to.deep.equal({ 'otherMails[0]': null, 'otherMails[1]': null })
    expect(sourceOf({ otherMails: [null, 7] })).to.deep.equal({ 'otherMails[0]': null, 'otherMails[1]': '7' })
    expect(sourceOf({ otherMails: null })).to.deep.equal({ 'otherMails[0]': null, 'otherMails[1]': null })
    for (const none of [null, {}, { division: null }, { division: '', costCenter: 'x' }])
      expect(sourceOf({ employeeOrgData: none })).to.deep.equal({ 'employeeOrgData.division': null })
  })

  it('makes the entry unreadable where it has another form', () => {
    const wrong: readonly (readonly [object, string])[] = [
      [{ otherMails: 'a@b.example' }, '"otherMails" is text, not a list'],
      [{ otherMails: {} }, '"otherMails" is an object, not a list'],
      [{ otherMails: [['a']] }, '"otherMails[0]" is a list, not text'],
      [{ employeeOrgData: [] }, '"employeeOrgData" is a list, not an object'],
      [{ employeeOrgData: 'x' }, '"employeeOrgData" is text, not an object'],
      [{ employeeOrgData: { division: {} } }, '"employeeOrgData.division" is an object, not text'],
    ]
    for (const [entry, problem] of wrong)
      expect(read(entry)).to.deep.equal({ kind: 'unreadable', entraObjectId: ID.toLowerCase(), problem })
  })

  it('leaves removed entries alone', () => {
    expect(read({ '@removed': { reason: 'changed' }, otherMails: 'x' }).kind).to.equal('tombstone')
  })
})

describe('a page of the directory', () => {
  const next = 'https://graph.example/v1.0/users/delta?$skiptoken=x'
  const read = (body: unknown): unknown => directoryPage(body, facts, anywhere)

  it('goes on with a nextLink, also when it is empty, and ends with a deltaLink', () => {
    expect(read({ value: [], '@odata.nextLink': next })).to.deep.equal({
      items: [],
      cursor: { kind: 'next', link: next },
    })
    expect(read({ value: [], '@odata.deltaLink': next, '@odata.nextLink': null })).to.deep.equal({
      items: [],
      cursor: { kind: 'delta', link: next },
    })
  })

  it('one bad entry does not spoil the others', () => {
    const page = directoryPage({ value: [{ id: 'a' }, null, { id: 'b' }], '@odata.deltaLink': next }, facts, anywhere)
    expect(page.items.map(({ kind }) => kind)).to.deep.equal(['patch', 'unreadable', 'patch'])
  })

  for (const body of [
    null,
    [],
    'text',
    {},
    { '@odata.deltaLink': next },
    { value: null, '@odata.deltaLink': next },
    { value: {}, '@odata.deltaLink': next },
    { value: [] },
    { value: [], '@odata.deltaLink': next, '@odata.nextLink': next },
    { value: [], '@odata.deltaLink': 7 },
    { value: [], '@odata.deltaLink': '' },
    { value: [], '@odata.nextLink': { a: 1 } },
  ]) {
    it(`is incomplete, never empty: ${JSON.stringify(body)}`, () => {
      expect(() => read(body)).to.throw(ConnectorError, 'An answer from Microsoft was incomplete')
    })
  }

  it('whose link leads elsewhere is not used at all', () => {
    const refuse = (): void => {
      throw new ConnectorError('graph.foreign-link', { message: 'elsewhere' })
    }
    expect(() => directoryPage({ value: [{ id: 'a' }], '@odata.nextLink': next }, facts, refuse)).to.throw('elsewhere')
  })
})
