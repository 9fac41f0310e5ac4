import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

/**
 * Measures the connector beside a floor: the same pages fetched and parsed, nothing stored. Every measurement is a
 * process of its own against a simulator whose pages are ready-made; within one run the ratios can be compared.
 * `npm run bench -- --users 100000 --small 20000`
 */

const { values } = parseArgs({
  options: { users: { type: 'string', default: '100000' }, small: { type: 'string', default: '20000' } },
})
const PAGE_SIZES = [999, 200]
const HELP_RUNS = 9

type Settings = Readonly<Record<string, string>>

interface Measured {
  readonly ms: number
  readonly peakMb: number
  readonly people: number
  readonly requests: number
}

async function withTenant<T>(users: number, pageSize: number, job: (tenant: Tenant) => Promise<T>): Promise<T> {
  const shape = ['--users', String(users), '--page-size', String(pageSize), '--seed', '7', '--prebuilt']
  const args = [...shape, '--roles', 'User.Read.All,GroupMember.Read.All']
  const child = spawn(process.execPath, [script('../src/simulator/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const settings = await firstLine(child)
    return await job({ folder, settings: { ...settings, STORE_URL: 'sqlite:bench.db' } })
  } finally {
    child.kill('SIGTERM')
    await rm(folder, { recursive: true, force: true })
  }
}

/** `folder` is the working directory of what is measured. */
interface Tenant {
  readonly folder: string
  readonly settings: Settings
}

function script(path: string): string {
  return new URL(path, import.meta.url).pathname
}

async function firstLine(child: ChildProcess): Promise<Settings> {
  if (!child.stdout) throw new Error('the simulator has no output')
  for await (const line of createInterface({ input: child.stdout }))
    return (JSON.parse(line) as { readonly settings: Settings }).settings
  throw new Error('the simulator did not start')
}

async function measure(mode: string, { settings, folder }: Tenant): Promise<Measured> {
  const child = spawn(process.execPath, [script('./bench-run.js'), mode], {
    env: { ...process.env, ...settings },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${mode} ended with ${code}`)
  return JSON.parse(output) as Measured
}

async function control(tenant: Tenant, command: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { settings } = tenant
  const url = `${settings['GRAPH_BASE_URL'] ?? ''}/_control`
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(command),
    headers: { 'content-type': 'application/json' },
  })
  if (!answer.ok) throw new Error(`the simulator refused ${JSON.stringify(command)}: ${await answer.text()}`)
  return ((await answer.json()) as { readonly result: unknown }).result
}

async function round(users: number, pageSize: number): Promise<void> {
  await withTenant(users, pageSize, async (tenant) => {
    await measure('floor', tenant)
    const floor = await measure('floor', tenant)
    const initial = await measure('sync', tenant)
    const resync = await measure('full', tenant)
    await control(tenant, { op: 'churn', percent: 1, seed: 3 })
    const incremental = await measure('sync', tenant)
    const again = await measure('floor', tenant)
    const best = Math.min(floor.ms, again.ms)
    const say = (name: string, measured: Measured, ratio?: number): void => {
      const figures = [
        `${Math.round(measured.ms)} ms`,
        `${Math.round(measured.people / (measured.ms / 1000)).toLocaleString('en')} people/s`,
      ]
      line(name, [
        ...figures,
        ratio === undefined ? '' : `${ratio.toFixed(2)} of the floor`,
        `peak ${Math.round(measured.peakMb)} MB`,
      ])
    }
    line(`\n${users.toLocaleString('en')} people, ${pageSize} a page`, [])
    say('floor: fetch and parse', { ...floor, ms: best })
    say('first run', initial, best / initial.ms)
    say('unchanged resync', resync, best / resync.ms)
    say('1 % changed', incremental)
  })
}

const SLOW_PEOPLE = 10_000
const SLOW_PAGE_MS = 150

/** Over a network the waiting counts: the next page is asked for while this one is stored. */
async function overANetwork(): Promise<void> {
  await withTenant(SLOW_PEOPLE, 200, async (tenant) => {
    await control(tenant, { op: 'latency', latencyMs: SLOW_PAGE_MS })
    const floor = await measure('floor', tenant)
    const initial = await measure('sync', tenant)
    line(`\n${SLOW_PEOPLE.toLocaleString('en')} people, ${SLOW_PAGE_MS} ms a page`, [
      `first run ${Math.round(initial.ms)} ms`,
      `sequential paging ${Math.round(floor.ms)} ms`,
      `${Math.round((floor.ms / initial.ms) * 100)} % of it`,
    ])
  })
}

const GROUPS = 300
const IN_GROUPS_PERCENT = 40
const ALL_AT_ONCE = 999

/** The same tenant twice: everybody, and only those in nested groups, assigned by the one on top. */
async function scope(users: number): Promise<void> {
  await withTenant(users, ALL_AT_ONCE, async (everyone) => {
    const grown = await control(everyone, { op: 'growGroups', groups: GROUPS, percent: IN_GROUPS_PERCENT })
    const { root, users: members } = grown as { readonly root: string; readonly users: number }
    const scoped: Tenant = { ...everyone, folder: join(everyone.folder, 'scoped') }
    await mkdir(join(scoped.folder, 'config'), { recursive: true })
    await writeFile(join(scoped.folder, 'config', 'scope.json'), JSON.stringify({ groups: [root] }))
    const percent = `${IN_GROUPS_PERCENT} % in ${GROUPS} nested groups`
    line(`\n${users.toLocaleString('en')} people, ${percent}`, ['everyone against the groups (goal: 1.50 at most)'])
    const compare = async (name: string, mode: string): Promise<void> => {
      const all = await measure(mode, everyone)
      const some = await measure(mode, scoped)
      line(name, [
        `${Math.round(all.ms)} → ${Math.round(some.ms)} ms`,
        (some.ms / all.ms).toFixed(2),
        `${all.requests} → ${some.requests} requests`,
      ])
      const most = all.requests + Math.ceil(members / ALL_AT_ONCE) + GROUPS
      if (some.requests > most) throw new Error(`${name}: ${some.requests} requests, more than ${most}`)
    }
    await compare('first run', 'sync')
    await compare('unchanged resync', 'full')
    await control(everyone, { op: 'churn', percent: 1, seed: 3 })
    await compare('1 % changed', 'sync')
  })
}

async function memory(small: number, large: number): Promise<void> {
  const peak = async (users: number): Promise<number> =>
    withTenant(users, 999, async (tenant) => (await measure('sync', tenant)).peakMb)
  const [low, high] = [await peak(small), await peak(large)]
  line('\nPeak memory of a first run', [
    `${Math.round(low)} MB at ${small.toLocaleString('en')} people`,
    `${Math.round(high)} MB at ${large.toLocaleString('en')}`,
    `${high - low >= 0 ? '+' : ''}${Math.round(high - low)} MB`,
  ])
}

async function help(): Promise<void> {
  const times: number[] = []
  for (let run = 0; run < HELP_RUNS; run += 1) {
    const start = performance.now()
    const child = spawn(process.execPath, [script('../src/cli/main.js'), '--help'], { stdio: 'ignore' })
    await once(child, 'close')
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  line('\nentra-connector --help', [`${Math.round(times[Math.floor(HELP_RUNS / 2)] ?? 0)} ms (median of ${HELP_RUNS})`])
}

function line(name: string, figures: readonly string[]): void {
  process.stdout.write(`${name.padEnd(28)} ${figures.filter((figure) => figure !== '').join('   ')}\n`)
}

for (const pageSize of PAGE_SIZES) await round(Number(values.users), pageSize)
await overANetwork()
await scope(Number(values.users))
await memory(Number(values.small), Number(values.users))
await help()
