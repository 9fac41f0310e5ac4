import { expect } from 'chai'
import { mkdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MAPPING_FILE, readFolder } from '../../src/config/folder.js'
import { EVERYONE } from '../../src/domain/scope.js'
import { readTexts } from '../../src/texts/own-texts.js'
import { tempFolder } from '../store/support.js'
import { ENOUGH, read } from './settings-of.js'

const EXAMPLE = fileURLToPath(new URL('../../../config/texts.example.json', import.meta.url))

describe('the folder config', () => {
  let folder: ReturnType<typeof tempFolder>
  beforeEach(() => {
    folder = tempFolder()
    mkdirSync(join(folder.path, 'config'))
  })
  afterEach(() => folder.remove())

  const put = (name: string, content: string | Buffer): void =>
    writeFileSync(join(folder.path, 'config', name), content)
  const problems = () => readFolder(folder.path).problems.map(({ name, message }) => [name, message])

  it('need not be there', () => {
    expect(readFolder(join(folder.path, 'nowhere'))).to.deep.equal({
      texts: null,
      logo: null,
      scope: EVERYONE,
      mapping: {},
      problems: [],
    })
  })

  it('holds an example that is in order', () => {
    expect(readTexts(JSON.parse(readFileSync(EXAMPLE, 'utf8'))).problems).to.deep.equal([])
  })

  it('gives own texts, also with a byte order mark', () => {
    put('texts.json', '\uFEFF{"de":{"pages":{"welcomeButton":"Los"}}}')
    expect(readFolder(folder.path)).to.deep.include({
      texts: { de: { pages: { welcomeButton: 'Los' } } },
      problems: [],
    })
  })

  it('names every mistake by its place', () => {
    put('texts.json', '{"de":{"pages":{"nothing":"x","welcomeButton":7}},"es":{}}')
    const found = problems()
    expect(found.map(([name]) => name)).to.deep.equal(Array(3).fill('config/texts.json'))
    const messages = found.map(([, message]) => message).join('\n')
    for (const place of ['de.pages.nothing', 'de.pages.welcomeButton', 'es']) expect(messages).to.contain(place)
  })

  it('says what is no JSON', () => {
    put('texts.json', '{"de":')
    expect(problems()[0]?.[1]).to.match(/^config\/texts\.json is not JSON: /)
  })

  it('says in each file which key stands there twice, also in another spelling', () => {
    const id = '"11111111-2222-4333-8444-555555555555"'
    put(
      'scope.json',
      `{"groups":[${id}], "nested": true, "rules":[{"property":"a","op":"empty"}], "gr\\u006fups":[${id}]}`,
    )
    put('mapping.json', '{"mail":{"from":["mail"],"from":["mail"]}, "upn\\":": ["mail"]}')
    put('texts.json', '{"de":{"pages":{"welcomeButton":"Los","welcomeButton":"Auf"}}}')
    put('connections.json', '[{"name":"a"},{"name":"b, {","scope":{"rules":[{},{"op":"in","op":"in"}]}}]')
    const result = read(ENOUGH, { cwd: folder.path })
    const messages = result.ok ? [] : result.problems.map(({ message }) => message)
    expect(messages.filter((message) => message.endsWith('stands there twice.'))).to.have.members([
      'config/scope.json: groups stands there twice.',
      'config/mapping.json: mail.from stands there twice.',
      'config/texts.json: de.pages.welcomeButton stands there twice.',
      'config/connections.json: [1].scope.rules[1].op stands there twice.',
    ])
  })

  it('is not taken for absent where a file, or all of it, cannot be read', () => {
    const at = (name: string): string => join(folder.path, 'config', name)
    symlinkSync(at('scope.json'), at('scope.json'))
    symlinkSync(at('nowhere'), at('connections.json'))
    mkdirSync(at('logo.svg'))
    expect(problems()).to.deep.equal([
      ['config/logo.svg', 'config/logo.svg cannot be read: it is a folder.'],
      ['config/scope.json', 'config/scope.json cannot be read: the system says ELOOP.'],
    ])
    const result = read(ENOUGH, { cwd: folder.path })
    expect(result.ok ? [] : result.problems.map(({ name }) => name)).to.include('config/connections.json')
  })

  it('is not taken for absent where nobody can look into it', () => {
    rmdirSync(join(folder.path, 'config'))
    symlinkSync(join(folder.path, 'config'), join(folder.path, 'config'))
    const files = ['config/texts.json', 'config/logo.svg', 'config/logo.png', 'config/scope.json', MAPPING_FILE]
    expect(problems().map(([name]) => name)).to.deep.equal(files)
  })

  it('gives a logo, and refuses one that is too large', () => {
    put('logo.png', Buffer.alloc(500_001))
    expect(problems()).to.deep.equal([['config/logo.png', 'config/logo.png is larger than 500 kB.']])
    put('logo.png', Buffer.alloc(10))
    const path = join(folder.path, 'config', 'logo.png')
    expect(readFolder(folder.path).logo).to.deep.equal({ type: 'image/png', path })
    put('logo.svg', '<svg/>')
    expect(readFolder(folder.path).logo?.type).to.equal('image/svg+xml')
  })

  it('is read with the settings: its problems stop a command', () => {
    put('texts.json', '[]')
    const result = read(ENOUGH, { cwd: folder.path })
    expect(result.ok).to.equal(false)
    if (!result.ok) expect(result.problems.map(({ name }) => name)).to.deep.equal(['config/texts.json'])
  })
})
