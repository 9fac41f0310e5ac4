import { DatabaseSync } from '@photostructure/sqlite'
import { expect } from 'chai'
import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config/read.js'
import { secretValues } from '../../src/config/secrets.js'
import type { Run } from '../../src/domain/run.js'
import { createLogger } from '../../src/logging/logger.js'
import { createRedactor } from '../../src/logging/redact.js'
import { memory } from '../logging/capture.js'
import { aFolder, each, type Env, type Folder, type Result } from '../support/command.js'
import {
  ACCESS_TOKEN,
  anEcho,
  DELTA_TOKEN,
  refusal,
  SKIP_TOKEN,
  type Behaviour,
  type Echo,
  type Heard,
} from './support/echo.js'

const SECRET = 's3cret~Väl"ue+1/2&%='
const PROXY_PASSWORD = 'pr0xy-Passw0rd'
const MAIL_PASSWORD = 'ma1l-Passw0rd'
const KEY_PASSWORD = 'k3y-Passw0rd'

/** No part of the token that says anything of it: header, claims, signature. */
const TOKEN_PARTS = ACCESS_TOKEN.split('.')

const HIDDEN: readonly string[] = [
  SECRET,
  encodeURIComponent(SECRET),
  new URLSearchParams([['', SECRET]]).toString().slice(1),
  JSON.stringify(SECRET).slice(1, -1),
  Buffer.from(SECRET).toString('base64'),
  ...TOKEN_PARTS,
  PROXY_PASSWORD,
  MAIL_PASSWORD,
  KEY_PASSWORD,
]
const LINKS: readonly string[] = [SKIP_TOKEN, DELTA_TOKEN]

const refused =
  (status: number, headers = {}) =>
  (heard: Heard) => ({
    status,
    headers: { 'request-id': heard.token, ...headers },
    body: refusal(`Code_${heard.token}`, heard),
  })

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'a token endpoint that repeats the secret': {
    token: ({ all }) => ({
      status: 401,
      body: {
        error: 'invalid_client',
        error_description: `AADSTS7000215: Invalid client secret provided: ${all} (${SECRET})`,
        error_codes: [7000215],
        trace_id: SECRET,
        correlation_id: all,
      },
    }),
  },
  'a proxy before the token endpoint that repeats the secret': {
    token: ({ all }) => ({ status: 502, body: `<html>${all}` }),
  },
  'a Graph that denies and repeats the token': { first: refused(403) },
  'a Graph that does not accept the token and repeats it': { first: refused(401) },
  'a Graph that is busy and repeats the link': { second: refused(503, { 'retry-after': '900' }) },
  'a Graph that throttles and repeats the link': { second: refused(429, { 'retry-after': '900' }) },
  'a Graph that refuses the link and repeats it': { second: refused(400) },
  'a Graph whose link has died': {
    second: refused(410, { location: `https://evil.example/?$skiptoken=${SKIP_TOKEN}` }),
  },
  'a redirect that takes the token along': {
    second: ({ all, token }) => ({
      status: 302,
      headers: { location: `https://${token.slice(7, 20)}.example/?${encodeURIComponent(all)}` },
      body: all,
    }),
  },
  'a page that is none': { second: ({ all }) => ({ status: 200, body: `{"value": "${all}` }) },
  'a page that leads elsewhere': {
    second: () => ({
      status: 200,
      body: { value: [], '@odata.deltaLink': `https://evil.example/users/delta?$deltatoken=${DELTA_TOKEN}` },
    }),
  },
  'entries nobody can read': {
    second: ({ all, link }) => ({
      status: 200,
      body: {
        value: [{ id: 7, displayName: all }, { [all]: all }, all, { id: '', x: link }],
        '@odata.deltaLink': link.replace(/\$skiptoken=.*/, `$deltatoken=${DELTA_TOKEN}`),
      },
    }),
  },
  'a sign-in log that repeats the token': { signIns: refused(403) },
}

describe('secrets, tokens and links', () => {
  const envOf = ({ url }: Echo): Env => ({
    AZURE_TENANT_ID: '7d1f0c52-3b8e-4a61-9c0d-5e2a4f7b9c11',
    AZURE_CLIENT_ID: '2b9c6e70-51d4-4f38-a7e2-0c8d1b3f6a95',
    AZURE_CLIENT_SECRET: SECRET,
    AZURE_AUTHORITY_HOST: url,
    GRAPH_BASE_URL: url,
    AHEAD_APP_ID: '4345a7b9-9a63-4910-a426-35363201d503',
    STORE_URL: 'sqlite:store/connector.db',
    GIVE_UP_AFTER: '1s',
    LOG_LEVEL: 'debug',
    LOG_FILE: 'logs/connector.log',
  })

  async function answering(
    behaviour: Behaviour,
    test: (folder: Folder) => Promise<void>,
    more: Env = {},
  ): Promise<void> {
    const echo = await anEcho(behaviour)
    const folder = await aFolder({ ...envOf(echo), ...more })
    try {
      await test(folder)
    } finally {
      await folder.remove()
      echo.close()
    }
  }

  function expectNothing(text: string, where: string, hidden = [...HIDDEN, ...LINKS]): void {
    for (const secret of hidden) expect(text.includes(secret), `${secret} in ${where}`).to.equal(false)
  }

  function expectClean(results: readonly Result[], folder: Folder): void {
    for (const { stdout, stderr } of results) {
      expectNothing(stdout, `standard output: ${stdout}`)
      expectNothing(stderr, `standard error: ${stderr}`)
    }
    for (const file of filesIn(folder, 'logs')) expectNothing(readFileSync(file, 'utf8'), file)
    for (const file of filesIn(folder, 'store')) {
      // Byte by byte, so that pages given back to SQLite count too. Links live in the feeds, and nowhere else.
      const bytes = readFileSync(file)
      for (const secret of HIDDEN) expect(bytes.includes(secret), `${secret} in ${file}`).to.equal(false)
    }
    expectNothing(tablesOf(join(folder.path, 'store', 'connector.db')), 'the tables of the store')
  }

  function filesIn({ path }: Folder, name: string): string[] {
    const entries = readdirSync(join(path, name), { withFileTypes: true })
    expect(entries).not.to.have.length(0)
    return entries.filter((entry) => entry.isFile()).map((entry) => join(path, name, entry.name))
  }

  /** Everything but the bookmarks: half-read pass and delta link. */
  function tablesOf(path: string): string {
    const db = new DatabaseSync(path)
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[]
    const text = tables.map(({ name }) => {
      const rows = db.prepare(`SELECT * FROM "${name}"`).all() as Record<string, unknown>[]
      return JSON.stringify(name === 'feeds' ? rows.map(({ data }) => withoutLinks(String(data))) : rows)
    })
    db.close()
    return text.join('\n')
  }

  function withoutLinks(data: string): unknown {
    const { deltaLink: _, pass, ...rest } = JSON.parse(data) as { deltaLink?: unknown; pass?: object | null }
    return { ...rest, pass: pass && { ...pass, link: null } }
  }

  /** A run in this process, with the command's own logger: what it returns, and what it logs. */
  async function syncHere({ path, env }: Folder): Promise<Result> {
    const read = readConfig({ env, cwd: path, tty: false, needs: 'microsoft' })
    if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join(' '))
    const { config, secrets } = read
    const stderr = memory()
    const log = createLogger(config.log, createRedactor(secretValues(secrets), config.log), stderr)
    const app = await openApp({ config, secrets, log })
    const { signal } = new AbortController()
    const { run, error } = await app.sync({ trigger: 'manual', dryRun: false, full: false, signal })
    await app.close()
    await log.close()
    const stdout = JSON.stringify([run, error, error?.message, error?.details])
    return { code: 0, signal: null, stdout, stderr: stderr.text(), json: {} }
  }

  it('are in no result, log or table of a run, whatever Microsoft says back', async () => {
    let said = ''
    await each(Object.values(BEHAVIOURS), 4, (behaviour) =>
      answering(behaviour, async (folder) => {
        const pretty = { ...folder, env: { ...folder.env, LOG_FORMAT: 'pretty' } }
        const results = [await syncHere(folder), await syncHere(pretty)]
        expectClean(results, folder)
        said += results.map(({ stdout, stderr }) => stdout + stderr).join('')
      }),
    )
    // What was taken out has left its mark, so it had been there.
    expect(said.match(/\(hidden\)|\[redacted\]/g)).to.have.length.greaterThan(20)
  })

  it('are in nothing that sync and runs print', async () => {
    const some = ['a token endpoint that repeats the secret', 'entries nobody can read']
    await each(some, 3, (name) =>
      answering(BEHAVIOURS[name] ?? {}, async (folder) => {
        const json = await folder.run(['sync', '--json'])
        const human = await folder.run(['sync', '--full'], { LOG_FORMAT: 'pretty', LOG_LEVEL: 'info' })
        const { runId } = json.json as unknown as Run
        const log = await folder.run(['runs', 'log', runId])
        expect(log.stdout, name).to.include('Run finished')
        expectClean([json, human, log], folder)
      }),
    )
  })

  it('are not told by check and serve either', () =>
    answering(
      { ...BEHAVIOURS['a token endpoint that repeats the secret'] },
      async (folder) => {
        const serve = folder.start(['serve'])
        const url = (await serve.says(/^Listening on (\S+)$/m))[1] ?? ''
        await serve.says(/Run finished/)
        const pages = await each(['/readyz', '/metrics', '/nothing'], 3, async (path) =>
          (await fetch(url + path)).text(),
        )
        for (const page of pages) expectNothing(page, page)
        serve.send('SIGTERM')
        expectClean(await Promise.all([serve.ended, folder.run(['check', '--json'])]), folder)
      },
      { SYNC_SCHEDULE: '* * * * * *', PORT: '0' },
    ))

  it('are not told when a setting cannot be used', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'another one' })
    const echo = await anEcho({})
    const folder = await aFolder(envOf(echo))
    await folder.write('key.pem', String(pem))
    const wrong: Env[] = [
      {
        AZURE_CLIENT_SECRET: '',
        AZURE_CLIENT_CERTIFICATE_PATH: 'key.pem',
        AZURE_CLIENT_CERTIFICATE_PASSWORD: KEY_PASSWORD,
      },
      {
        GRAPH_BASE_URL: 'https://graph.microsoft.com',
        NO_PROXY: '127.0.0.1',
        HTTPS_PROXY: `http://ana:${PROXY_PASSWORD}@127.0.0.1:9`,
      },
      { HTTPS_PROXY: `ana:${PROXY_PASSWORD}@proxy`, MAIL_URL: `smtp//ana:${MAIL_PASSWORD}@mail` },
      { MAIL_URL: `smtp://ana:${MAIL_PASSWORD}@127.0.0.1:9`, MAIL_FROM: 'hr@contoso.example' },
    ]
    const results = await each([...wrong.entries()], 4, ([index, more]) =>
      folder.run([index % 2 === 0 ? 'sync' : 'check', '--json'], { ...more, STORE_URL: `sqlite:${index}.db` }),
    )
    expect(results.map(({ code }) => code)).to.deep.equal([2, 5, 2, 5])
    for (const { stdout, stderr } of results) expectNothing(stdout + stderr, stdout + stderr)
    await folder.remove()
    echo.close()
  })

  it('are not told when the process ends in a way nobody thought of', async () => {
    const folder = await aFolder({ AZURE_CLIENT_SECRET: SECRET, PORT: '0', LOG_LEVEL: 'debug' })
    // As soon as the command stands on its feet.
    const crash = `const waiting = setInterval(() => {
      if (process.listenerCount('uncaughtException') === 0) return
      clearInterval(waiting)
      throw new Error('no: ' + process.env.AZURE_CLIENT_SECRET + ' Bearer ${ACCESS_TOKEN}')
    }, 20)`
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(crash)}`
    const [json, human] = await Promise.all([
      folder.run(['serve', '--no-schedule', '--json'], { NODE_OPTIONS }),
      folder.run(['serve', '--no-schedule'], { NODE_OPTIONS }),
    ])
    expect(json.code).to.equal(1)
    expect(json.json['error']).to.include({ code: 'bug' })
    expect(human.code).to.equal(1)
    expect(human.stderr).to.match(/^Something unexpected happened while running the command: no: /m)
    for (const { stdout, stderr } of [json, human]) expectNothing(stdout + stderr, stdout + stderr)
    await folder.remove()
  })
})
