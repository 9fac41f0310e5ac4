import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'
import { envExample, SECTIONS, sectionOf, withSection } from '../scripts/render-docs.js'
import { SETTINGS } from '../src/config/settings.js'
import { ERROR_KINDS } from '../src/domain/errors.js'

const root = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const readme = readFileSync(root('README.md'), 'utf8')
const STALE = 'Build, then run `node dist/scripts/write-docs.js`.'

/** What stands in backticks, without the blocks of code between three of them. */
function quotedIn(text: string): string[] {
  return [...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word)
}

describe('the documents', () => {
  it('.env.example is what the list of settings says', () => {
    expect(readFileSync(root('.env.example'), 'utf8'), STALE).to.equal(envExample())
  })

  for (const [name, render] of Object.entries(SECTIONS)) {
    it(`README: the table of ${name} is what the code says`, async () => {
      const body = await prettier.format(render(), { parser: 'markdown', printWidth: 120 })
      expect(sectionOf(readme, name)?.trim(), STALE).to.equal(body.trim())
    })
  }

  it('README: every error code that is named exists', () => {
    const areas = [...new Set(Object.keys(ERROR_KINDS).map((code) => code.split('.')[0]))].join('|')
    const codes = quotedIn(readme).filter((word) =>
      new RegExp(`^(${areas})\\.(?!(?:ts|js|json|db|log)$)[a-z-]+$`).test(word),
    )
    expect(codes.filter((code) => !(code in ERROR_KINDS))).to.deep.equal([])
  })

  it('README: every file and folder of ours that is named exists', () => {
    const paths = quotedIn(readme).filter((word) => /^(src|test|scripts|config|\.ci)\/[\w./-]*$/.test(word))
    expect(paths.filter((path) => !existsSync(root(path)))).to.deep.equal([])
  })

  it('README: every setting that is named exists', () => {
    const prefixes = [...new Set(Object.keys(SETTINGS).map((name) => name.split('_')[0]))].join('|')
    const names = quotedIn(readme).flatMap(
      (word) => new RegExp(`^((?:${prefixes})_[A-Z_]+)(=|$)`).exec(word)?.[1] ?? [],
    )
    const foreign = ['IDENTITY_ENDPOINT', 'NODE_OPTIONS', 'NO_COLOR']
    expect(names.filter((name) => !(name in SETTINGS) && !foreign.includes(name))).to.deep.equal([])
  })

  it('a section is replaced as a whole, and missing marks are an error', () => {
    const document = 'a\n<!-- x -->old $& <!-- /x -->\nb'
    const once = withSection(document, 'x', '$& new\n')
    expect(once).to.equal('a\n<!-- x -->\n\n$& new\n\n<!-- /x -->\nb')
    expect(withSection(once, 'x', '$& new')).to.equal(once)
    expect(() => withSection('no marks', 'x', '')).to.throw('no marks <!-- x -->')
    expect(() => withSection('<!-- /x --> <!-- x -->', 'x', '')).to.throw('no marks <!-- x -->')
  })
})
