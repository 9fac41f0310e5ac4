import { expect } from 'chai'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConnectorError } from '../../src/domain/errors.js'
import { createLogger } from '../../src/logging/logger.js'
import { memory, QUIET } from './capture.js'

const WRITER = fileURLToPath(new URL('./writer.js', import.meta.url))
const SECRET = 'hunter2-hunter2'

function numbers(text: string): number[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => (JSON.parse(line) as { line: number }).line)
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('a process that logs', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'connector-logs-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const files = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.log') && !lstatSync(join(folder, name)).isSymbolicLink())
      .sort((a, b) => a.length - b.length || a.localeCompare(b))

  it('loses no line when it exits right after closing the logger', () => {
    const ran = spawnSync(process.execPath, [WRITER, join(folder, 'a.log'), '5000', SECRET], { maxBuffer: 1e9 })
    expect(ran.status).to.equal(7)
    expect(numbers(ran.stderr.toString())).to.deep.equal(upTo(5000))
    expect(numbers(readFileSync(join(folder, 'a.log'), 'utf8'))).to.deep.equal(upTo(5000))
  })

  it('starts a new file at 10 MB, loses no line between two, and leaves a link to the newest', () => {
    const ran = spawnSync(process.execPath, [WRITER, join(folder, 'a.log'), '40000', SECRET], { maxBuffer: 1e9 })
    expect(ran.status).to.equal(7)
    const names = files()
    expect(names).to.have.length(2)
    expect(names[0]).to.match(/^a-\d{4}-\d\d-\d\d\.log$/)
    const texts = names.map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(numbers(texts.join(''))).to.deep.equal(upTo(40_000))
    for (const text of texts.slice(0, -1)) expect(text.length).to.be.within(10 * 1024 ** 2, 10 * 1024 ** 2 + 1000)
    expect(readFileSync(join(folder, 'a.log'), 'utf8')).to.equal(texts.at(-1))
  })

  it('goes on in the file of the start before, in a folder of any name', () => {
    const path = join(folder, 'ü (x) & [y]', 'a')
    for (let start = 0; start < 2; start++) {
      expect(spawnSync(process.execPath, [WRITER, path, '3', SECRET]).status).to.equal(7)
    }
    expect(numbers(readFileSync(path, 'utf8'))).to.deep.equal([1, 2, 3, 1, 2, 3])
  })

  it('writes a secret neither to standard error nor to any file', () => {
    const ran = spawnSync(process.execPath, [WRITER, join(folder, 'a.log'), '10', SECRET])
    const written = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(written.join('')).to.contain('[redacted]')
    for (const text of [ran.stdout.toString(), ran.stderr.toString(), ...written])
      expect(text).not.to.contain('hunter2')
  })

  it('ends as usual when the reader of standard error goes away', async () => {
    const child = spawn(process.execPath, [WRITER, join(folder, 'a.log'), '5000', SECRET], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr.once('data', () => child.stderr.destroy())
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).to.equal(7)
    expect(numbers(readFileSync(join(folder, 'a.log'), 'utf8'))).to.deep.equal(upTo(5000))
  })

  it('ends as usual when standard error was closed from the beginning', () => {
    const ran = spawnSync('/bin/sh', [
      '-c',
      `exec "$0" "$@" 2>&-`,
      process.execPath,
      WRITER,
      join(folder, 'a.log'),
      '100',
    ])
    expect(ran.status).to.equal(7)
  })

  it('refuses a log file that cannot be opened, with its path', () => {
    writeFileSync(join(folder, 'file'), '')
    for (const path of [join(folder, 'file', 'a.log'), join(folder, 'a*b.log'), '/proc/nowhere/a.log']) {
      expect(() => createLogger({ ...QUIET, file: path }, (text) => text, memory()))
        .to.throw(ConnectorError, `LOG_FILE names a file that cannot be written: ${path}: `)
        .with.property('code', 'settings.invalid')
    }
  })

  it('says once that the log file cannot be written any more, and goes on', async () => {
    const stream = memory()
    const log = createLogger({ ...QUIET, file: join(folder, 'sub', 'a.log') }, (text) => text, stream)
    // The file is opened later than the folder was looked at.
    rmSync(join(folder, 'sub'), { recursive: true })
    log.info('one')
    while (!stream.text().includes('any more')) await new Promise(setImmediate)
    log.info('two')
    await log.close()
    const messages = stream
      .text()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message)
    expect(messages).to.deep.equal(['one', 'The log file cannot be written any more; logs go on here only', 'two'])
  })
})
