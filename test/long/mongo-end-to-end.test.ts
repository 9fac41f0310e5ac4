import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TEST_MONGO_URL, WITHOUT_SERVER } from '../support/mongo.js'

const MOCHA = fileURLToPath(new URL('../../../node_modules/mocha/bin/mocha.js', import.meta.url))
const TESTS = ['../e2e/*.test.js', '../notices/tell.test.js'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/** All of `test/e2e` and notices once more, in a process of its own, with people kept in MongoDB. */
if (TEST_MONGO_URL === null) describe(`MongoDB, end to end (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB, end to end', () => {
    it('keeps every promise of the end-to-end tests', async () => {
      const args = ['--no-config', '--exit', '--timeout', '120000', '--reporter', 'min', ...TESTS]
      const { code, said } = await run([MOCHA, ...args], { TEST_STORE: 'mongodb' })
      expect(code, said.slice(-5000)).to.equal(0)
      expect(said).to.match(/[1-9]\d+ passing/)
      expect(said, 'the store that was used').to.match(/in MongoDB: [1-9]\d* databases/)
    }).timeout(1_200_000)
  })

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env } })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, said }))
  })
}
