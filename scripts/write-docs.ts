import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'
import { envExample, SECTIONS, withSection } from './render-docs.js'

/* Writes what of the documents is made from the code. Run it after a change of settings or exit codes. */

const fromRoot = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const readme = fromRoot('README.md')

const SKELETON = `# entra-connector

## Settings

<!-- settings --><!-- /settings -->

## Exit codes

<!-- exit-codes --><!-- /exit-codes -->
`

let text = existsSync(readme) ? readFileSync(readme, 'utf8') : SKELETON
for (const [name, render] of Object.entries(SECTIONS)) {
  text = withSection(text, name, await prettier.format(render(), { parser: 'markdown', printWidth: 120 }))
}
writeFileSync(readme, text)
writeFileSync(fromRoot('.env.example'), envExample())
