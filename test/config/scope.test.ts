import { expect } from 'chai'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConnectionConfig, SettingsProblem } from '../../src/config/config.js'
import { readConfig, type ConfigResult } from '../../src/config/read.js'
import { EVERYONE } from '../../src/domain/scope.js'
import { tempFolder } from '../store/support.js'
import { CLIENT, ENOUGH, TENANT } from './settings-of.js'

const GROUP = '11111111-2222-4333-8444-5555555555AB'
const root = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

describe('scope and mapping', () => {
  let folder: ReturnType<typeof tempFolder>
  beforeEach(() => {
    folder = tempFolder()
    mkdirSync(join(folder.path, 'config'))
  })
  afterEach(() => folder.remove())

  type Files = Readonly<Record<string, unknown>>

  function read(files: Files, more: { environmentOnly?: boolean } = {}): ConfigResult {
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      writeFileSync(join(folder.path, 'config', `${name}.json`), text)
    }
    return readConfig({ env: ENOUGH, cwd: folder.path, tty: false, needs: 'microsoft', ...more })
  }
  function good(files: Files): readonly ConnectionConfig[] {
    const result = read(files)
    if (!result.ok) expect.fail(result.problems.map(({ message }) => message).join('\n'))
    return result.connections.map(({ config }) => config.connection)
  }
  const problems = (files: Files): readonly SettingsProblem[] => {
    const result = read(files)
    return result.ok ? [] : result.problems
  }
  const told = (files: Files): string[] => problems(files).map(({ message }) => message)

  it('are everybody, field by field, without the files', () => {
    expect(good({})[0]).to.deep.include({ scope: EVERYONE, mapping: {} })
    expect(good({ scope: {}, mapping: {} })[0]).to.deep.include({ scope: EVERYONE, mapping: {} })
  })

  it('have examples that are in order', () => {
    const example = (name: string) => readFileSync(root(`config/${name}.example.json`), 'utf8')
    const [connection] = good({ scope: example('scope'), mapping: example('mapping') })
    expect(connection?.scope.rules).not.to.deep.equal([])
    expect(connection?.mapping.mail?.from).to.deep.equal(['mail', 'otherMails[0]'])
  })

  it('take what is written, in whatever letter case ids and user types are', () => {
    const rules = [
      { property: 'department', op: 'in', value: ['Zoë’s 部門', 'O’Brien'] },
      { property: 'onPremisesExtensionAttributes.extensionAttribute3', op: 'not-empty' },
      { property: 'extension_0123456789abcdef0123456789abcdef_costCentre', op: 'starts-with', value: ' 4' },
    ]
    const scope = { groups: [GROUP, GROUP.toLowerCase()], nested: false, userTypes: ['member', 'GUEST'], rules }
    const mapping = {
      mail: ['mail', 'otherMails[0]'],
      employeeId: { from: ['employeeOrgData.costCenter'], trim: true, case: 'upper' },
    }
    expect(good({ scope: { ...scope, neverRemove: ['Ana@contoso.example'] }, mapping })[0]).to.deep.include({
      scope: {
        ...scope,
        groups: [GROUP.toLowerCase()],
        userTypes: ['Member', 'Guest'],
        neverRemove: ['Ana@contoso.example'],
      },
      mapping: {
        mail: { from: ['mail', 'otherMails[0]'], trim: false, case: null },
        employeeId: { from: ['employeeOrgData.costCenter'], trim: true, case: 'upper' },
      },
    })
  })

  const rule = (given: object): object => ({
    rules: [{ property: 'department', op: 'equals', value: 'Sales', ...given }],
  })
  const source = (path: string): object => ({ rules: [{ property: path, op: 'not-empty' }] })

  /** Content of scope.json, the start of the only problem, and what its remedy names. */
  const SCOPES: readonly (readonly [unknown, string, string])[] = [
    ['', 'config/scope.json is not JSON: ', 'Correct'],
    ['{"groups":', 'config/scope.json is not JSON: ', 'Correct'],
    [[], 'config/scope.json must be an object', '{"groups"'],
    ['null', 'config/scope.json must be an object', '{"groups"'],
    [{ group: [GROUP] }, 'config/scope.json: group is not known', 'Did you mean groups?'],
    [{ everyone: true }, 'config/scope.json: everyone is not known', 'groups, nested, userTypes, rules, neverRemove'],
    ['{"__proto__":{"groups":[]}}', 'config/scope.json: __proto__ is not known', 'Use groups'],
    [{ groups: [] }, 'config/scope.json: groups names no group', 'that is everybody'],
    [{ groups: GROUP }, 'config/scope.json: groups must be a list', 'Write ["'],
    [{ groups: null }, 'config/scope.json: groups must be a list', 'Write ["'],
    [
      { groups: [GROUP, 'Staff-CH'] },
      'config/scope.json: groups[1] is “Staff-CH”, which is not the object',
      'Overview',
    ],
    [{ groups: [7] }, 'config/scope.json: groups[0] is something that is not the object id', 'Object ID'],
    [{ nested: 'yes' }, 'config/scope.json: nested must be true or false', 'true or false'],
    [{ userTypes: [] }, 'config/scope.json: userTypes names no user type', 'everybody'],
    [{ userTypes: ['Members'] }, 'config/scope.json: userTypes[0] is not a user type', '"Member" or "Guest"'],
    [{ rules: {} }, 'config/scope.json: rules must be a list', '"property"'],
    [{ rules: ['Sales'] }, 'config/scope.json: rules[0] must be an object', '"property"'],
    [rule({ operator: 'equals' }), 'config/scope.json: rules[0].operator is not known', 'property, op, value'],
    [rule({ op: 'equal' }), 'config/scope.json: rules[0].op is “equal”, which is not an operator', 'mean equals?'],
    [rule({ op: 'like' }), 'config/scope.json: rules[0].op is “like”, which is not an operator', 'starts-with'],
    [rule({ op: 3 }), 'config/scope.json: rules[0].op is not an operator', 'starts-with'],
    [{ rules: [{ property: 'mail' }] }, 'config/scope.json: rules[0].op is missing', 'not-empty'],
    [{ rules: [{ op: 'empty' }] }, 'config/scope.json: rules[0].property is missing', 'department'],
    [rule({ op: 'empty' }), 'config/scope.json: rules[0].value has no place with the operator “empty”', 'Take it out'],
    [
      { rules: [{ property: 'mail', op: 'ends-with' }] },
      'config/scope.json: rules[0].value is missing: the operator “ends-with”',
      '"…"',
    ],
    [rule({ value: ['a'] }), 'config/scope.json: rules[0].value is a list, but', 'Use "op": "in"'],
    [rule({ value: '' }), 'config/scope.json: rules[0].value is empty', '"op": "empty"'],
    [rule({ value: 42 }), 'config/scope.json: rules[0].value must be a text', '"42"'],
    [rule({ op: 'in' }), 'config/scope.json: rules[0].value must be a list', '["…", "…"]'],
    [rule({ op: 'in', value: [] }), 'config/scope.json: rules[0].value names nothing', 'compare'],
    [rule({ op: 'in', value: ['a', ' '] }), 'config/scope.json: rules[0].value[1] is empty', 'take it out'],
    [{ neverRemove: ['a', ''] }, 'config/scope.json: neverRemove[1] is empty', 'take it out'],
    [{ neverRemove: 'a' }, 'config/scope.json: neverRemove must be a list', 'Write'],
    [
      source('signInActivity'),
      'config/scope.json: rules[0].property is “signInActivity”, which is kept outside',
      'README',
    ],
    [
      source('mailboxSettings.timeZone'),
      'config/scope.json: rules[0].property is “mailboxSettings.timeZone”, which is kept outside',
      'README',
    ],
    [
      source('licenseAssignmentStates'),
      'config/scope.json: rules[0].property is “licenseAssignmentStates”, which is kept outside',
      'README',
    ],
    [source('manager'), 'config/scope.json: rules[0].property is “manager”, which leads to other objects', 'README'],
    [
      source('assignedLicenses'),
      'config/scope.json: rules[0].property is “assignedLicenses”, which holds objects',
      'README',
    ],
    [
      source('onPremisesLastSyncDateTime'),
      'config/scope.json: rules[0].property is “onPremisesLastSyncDateTime”, which changes with every',
      'README',
    ],
    [
      source('Department'),
      'config/scope.json: rules[0].property is “Department”, which is no property',
      'mean department?',
    ],
    [source('otherMail[0]'), 'config/scope.json: rules[0].property is “otherMail[0]”, which is no', 'mean otherMails?'],
    [source('constructor'), 'config/scope.json: rules[0].property is “constructor”, which is no property', 'README'],
    [
      source('extensionAttribute3'),
      'config/scope.json: rules[0].property is “extensionAttribute3”, which is no property',
      'onPremisesExtensionAttributes.extensionAttribute3?',
    ],
    [source('otherMails'), 'config/scope.json: rules[0].property is “otherMails”, which is a list', 'otherMails[0]'],
    [source('mail[0]'), 'config/scope.json: rules[0].property is “mail[0]”, which is no list', 'Write mail'],
    [source('mail.domain'), 'config/scope.json: rules[0].property is “mail.domain”, which has no parts', 'Write mail'],
    [
      source('employeeOrgData'),
      'config/scope.json: rules[0].property is “employeeOrgData”, which has parts',
      'costCenter',
    ],
    [
      source('onPremisesExtensionAttributes.extensionAttribute16'),
      'config/scope.json: rules[0].property is “onPremisesExtensionAttributes.extensionAttribute16”, which names a part',
      'extensionAttribute15',
    ],
    [source('otherMails[-1]'), 'config/scope.json: rules[0].property is “otherMails[-1]”, which is no source', 'Graph'],
  ]

  for (const [content, problem, remedy] of SCOPES) {
    it(`scope.json: ${typeof content === 'string' ? content : JSON.stringify(content)}`, () => {
      const [only, ...others] = problems({ scope: content })
      expect(others).to.deep.equal([])
      expect(only?.message.slice(0, problem.length)).to.equal(problem)
      expect(only).to.include({ name: 'config/scope.json' })
      expect(only?.remedy).to.contain(remedy)
    })
  }

  const MAPPINGS: readonly (readonly [unknown, string, string])[] = [
    ['[1', 'config/mapping.json is not JSON: ', 'Correct'],
    [[], 'config/mapping.json must be an object', 'otherMails[0]'],
    [{ userPrincipalName: ['mail'] }, 'config/mapping.json: userPrincipalName cannot be mapped: logins', 'Take it out'],
    [{ email: ['mail'] }, 'config/mapping.json: email is not a field of people', 'Did you mean mail?'],
    [{ shoeSize: ['mail'] }, 'config/mapping.json: shoeSize is not a field of people', 'displayName'],
    [{ mail: 'mail' }, 'config/mapping.json: mail must be a list of sources', '["mail'],
    [{ mail: null }, 'config/mapping.json: mail must be a list of sources', '["mail'],
    [{ mail: [] }, 'config/mapping.json: mail names no source', 'its own name'],
    [
      { mail: ['mail', 'otherMails'] },
      'config/mapping.json: mail[1] is “otherMails”, which is a list',
      'otherMails[0]',
    ],
    [{ mail: ['mail', 3] }, 'config/mapping.json: mail[1] must be a text', '"3"'],
    [{ mail: { trim: true } }, 'config/mapping.json: mail.from is missing', '["mail"'],
    [{ mail: { from: 'mail' } }, 'config/mapping.json: mail.from must be a list', '["mail"'],
    [{ mail: { from: ['skills'] } }, 'config/mapping.json: mail.from[0] is “skills”, which is kept outside', 'README'],
    [{ mail: { from: ['mail'], trim: 1 } }, 'config/mapping.json: mail.trim must be true or false', 'true'],
    [{ mail: { from: ['mail'], case: 'title' } }, 'config/mapping.json: mail.case is not a way', '"lower" or "upper"'],
    [
      { mail: { from: ['mail'], cases: 'lower' } },
      'config/mapping.json: mail.cases is not known',
      'Did you mean case?',
    ],
  ]

  for (const [content, problem, remedy] of MAPPINGS) {
    it(`mapping.json: ${typeof content === 'string' ? content : JSON.stringify(content)}`, () => {
      const [only, ...others] = problems({ mapping: content })
      expect(others).to.deep.equal([])
      expect(only?.message.slice(0, problem.length)).to.equal(problem)
      expect(only?.remedy).to.contain(remedy)
    })
  }

  it('tell every problem of both files at once', () => {
    const scope = { nope: 1, groups: ['x'], rules: [{ property: 'skills', op: 'is', extra: 1 }], neverRemove: [''] }
    const found = told({ scope, mapping: { nope: [], mail: ['nope'] } }).map((message) => message.split(' ')[1])
    expect(found).to.have.members([
      ...['nope', 'groups[0]', 'rules[0].extra', 'rules[0].property', 'rules[0].op', 'neverRemove[0]'],
      ...['nope', 'mail[0]'],
    ])
  })

  it('refuse a mapped user type where the scope names user types', () => {
    const mapping = { userType: ['employeeType'] }
    expect(good({ mapping })[0]?.mapping).to.have.property('userType')
    const [message] = told({ scope: { userTypes: ['Member'] }, mapping })
    expect(message).to.match(/^config\/mapping\.json: userType cannot be mapped where the scope names user types/)
  })

  it('are those of the files for connections without their own', () => {
    const connection = { tenantId: TENANT, clientId: CLIENT, clientSecret: { env: 'AZURE_CLIENT_SECRET' } }
    const own = { userTypes: ['Guest'] }
    const connections = good({
      scope: { groups: [GROUP] },
      mapping: { mail: ['otherMails[0]'] },
      connections: [
        { ...connection, name: 'a' },
        { ...connection, name: 'b', scope: own, mapping: { jobTitle: ['employeeType'] } },
        { ...connection, name: 'c', scope: null, mapping: null },
      ],
    })
    expect(connections.map(({ scope }) => [scope.groups.length, scope.userTypes])).to.deep.equal([
      [1, []],
      [0, ['Guest']],
      [0, []],
    ])
    expect(connections.map(({ mapping }) => Object.keys(mapping))).to.deep.equal([['mail'], ['jobTitle'], []])
  })

  it('name the place of a problem in connections.json', () => {
    const entry = { ...ENTRY, scope: { rules: [{ property: 'skills', op: 'empty' }] }, mapping: [] }
    expect(told({ connections: [ENTRY, { ...entry, name: 'b', scopes: {} }] })).to.have.members([
      'config/connections.json: [1].scope.rules[0].property is “skills”, which is kept outside the directory: Entra never reports that it has changed.',
      'config/connections.json: [1].mapping must be an object, written in braces.',
      'config/connections.json: [1].scopes is not a setting of a connection.',
    ])
    const mapped = { ...ENTRY, scope: { userTypes: ['Guest'] }, mapping: { userType: ['employeeType'] } }
    expect(told({ connections: [mapped] })[0]).to.match(/^config\/connections\.json: \[0\]\.mapping\.userType cannot/)
  })

  it('of a folder are not those of the demo', () => {
    const result = read({ scope: { groups: [GROUP] } }, { environmentOnly: true })
    expect(result.ok && result.config.connection.scope).to.deep.equal(EVERYONE)
  })
})

const ENTRY = { name: 'a', tenantId: TENANT, clientId: CLIENT, clientSecret: { env: 'AZURE_CLIENT_SECRET' } }
