import { expect } from 'chai'
import { inspect, isDeepStrictEqual } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { openApp, type App } from '../../src/app.js'
import { readConfig } from '../../src/config/read.js'
import { randomFrom, type Random } from '../../src/simulator/random.js'
import type { User } from '../../src/domain/user.js'
import { aFolder, type Folder } from '../support/command.js'
import { silent } from '../support/log.js'
import { quickUpdates, TEST_MONGO_URL, testDatabase, WITHOUT_SERVER, type TestDatabase } from '../support/mongo.js'
import { startSimulatorProcess, type SimulatorProcess } from './support/simulator-process.js'
import { smtpSink, type SmtpSink } from './support/smtp-sink.js'
import { storeOutcome, type StoreOutcome } from './support/store-outcome.js'

/*
 * Processes that share a store, killed and suspended at random while the tenant changes and people are moved to ahead
 * login. Beside them one process that nobody disturbs keeps a store of its own of the same tenant.
 */

const LONG_MS = 60_000
const PEOPLE = 100
/** Those after them are never disabled or deleted, so that what is asked for them is never refused. */
const COME_AND_GO = 40
/** Suspended for longer than a lease lasts, a process wakes up when somebody else has taken over. */
const NAP_MS = [20, 1_500] as const
const SLEEP_MS = [16_000, 18_000] as const
/** One tenant, with what the processes and the undisturbed one make of it. */
interface Company {
  readonly sink: SmtpSink
  readonly simulator: SimulatorProcess
  readonly database: TestDatabase
  readonly folder: Folder
  /** Whoever asks for something in the shared store; sends no emails. */
  readonly desk: App
  readonly undisturbed: App
  /** Object ids of people who can be moved to ahead login. */
  readonly movable: readonly string[]
  close(): Promise<void>
}

interface Told {
  said: string
  kills: number
  wakes: number
}

if (TEST_MONGO_URL === null)
  describe(`MongoDB: processes that share a store (${WITHOUT_SERVER})`, () => it('needs a server'))
else
  describe('MongoDB: processes that share a store', () => {
    const companies: Company[] = []
    after(() => Promise.all(companies.map((company) => company.close())))

    it('end where one that nobody disturbs does: two of them, and four, killed and suspended at random', async () => {
      await Promise.all([endure(2, 1), endure(4, 2)])
    })

    async function endure(count: number, seed: number): Promise<void> {
      const company = await openCompany()
      companies.push(company)
      const told: Told = { said: '', kills: 0, wakes: 0 }
      const over = new AbortController()
      const lives = Array.from({ length: count }, (_, n) =>
        live(company, told, randomFrom(seed * 100 + n), over.signal),
      )
      await changing(company, randomFrom(seed)).finally(() => {
        over.abort()
      })
      await Promise.all(lives)
      expect(Math.min(told.kills, told.wakes), 'they were killed and suspended').to.be.greaterThan(0)
      await atRest(company, told)
      await expectAsUndisturbed(company, told)
    }
  })

async function openCompany(): Promise<Company> {
  const sink = await smtpSink(300)
  const simulator = await startSimulatorProcess({ users: PEOPLE, pageSize: 10, seed: 5 })
  await simulator.order({ op: 'latency', latencyMs: 100 })
  const database = await testDatabase()
  const settings = { ...simulator.settings, STORE_URL: database.url, ONBOARDING_SEND: 'on-enable', GIVE_UP_AFTER: '5s' }
  const mail = { MAIL_URL: `smtp://127.0.0.1:${sink.port}`, MAIL_FROM: 'intranet@contoso.example' }
  const folder = await aFolder({ ...settings, ...mail, PORT: '0', LOG_FORMAT: 'json', SYNC_SCHEDULE: '* * * * * *' })
  const desk = await open({ ...settings, EMAIL_ENABLED: 'false' }, folder.path)
  const undisturbed = await open(
    { ...settings, STORE_URL: 'sqlite:undisturbed.db', MAIL_URL: 'file:outbox' },
    folder.path,
  )
  await syncWell(undisturbed)
  await syncWell(desk)
  await quickUpdates(database)
  const movable: string[] = []
  for (let index = COME_AND_GO; index < PEOPLE; index += 1) {
    const { id } = (await simulator.order({ op: 'person', id: index })) as { id: string }
    const [user] = await desk.store.find(id)
    if (user?.account === 'active' && user.mail !== null) movable.push(id)
  }
  return {
    sink,
    simulator,
    database,
    folder,
    desk,
    undisturbed,
    movable,
    async close() {
      await desk.close()
      await undisturbed.close()
      await folder.remove()
      await simulator.close()
      await database.drop()
      await sink.close()
    },
  }
}

function open(env: Readonly<Record<string, string>>, cwd: string): Promise<App> {
  const read = readConfig({ env, cwd, tty: false, needs: 'microsoft' })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  return openApp({ ...read, log: silent })
}

const never = new AbortController().signal

async function syncWell(app: App): Promise<void> {
  const { error } = await app.sync({ trigger: 'manual', dryRun: false, full: false, signal: never })
  if (error) throw error
}

/** One place where a process is always started anew, until it is over. */
async function live({ folder, database }: Company, told: Told, random: Random, over: AbortSignal): Promise<void> {
  const isOver = (): boolean => over.aborted
  const pause = (between: readonly [number, number]): Promise<void> =>
    sleep(between[0] + random.below(between[1] - between[0]), undefined, { signal: over }).catch(() => undefined)
  while (!isOver()) {
    const serve = folder.start(['serve', '--json'])
    await Promise.race([serve.says(/Listening/), serve.ended])
    for (let left = random.below(4); left > 0 && !isOver(); left -= 1) {
      await pause([300, 3_000])
      const isLong = random.below(3) === 0
      if (isLong) await inRun(database, serve.pid)
      serve.send('SIGSTOP')
      await pause(isLong ? SLEEP_MS : NAP_MS)
      serve.send('SIGCONT')
      told.wakes += 1
    }
    await pause([100, 2_000])
    serve.send('SIGKILL')
    told.kills += 1
    const ended = await serve.ended
    told.said += ended.stderr
    if (ended.signal === null)
      throw new Error(`A process ended by itself (${ended.code ?? ''}): ${ended.stderr.slice(-2000)}`)
  }
}

/** Waits until that process holds the lease, and then no longer; not for ever, because another one may get there first. */
async function inRun({ db }: TestDatabase, pid: number): Promise<void> {
  for (let look = 0; look < 300; look += 1) {
    const document = await db.collection('connections').findOne({}, { projection: { lease: 1 } })
    const lease = document?.['lease'] as { readonly holder: string | null } | null | undefined
    if (lease?.holder?.includes(`:${pid}:`)) return
    await sleep(10)
  }
}

/** Somebody is hired, promoted, disabled, deleted, restored, signs in; somebody is moved to ahead login. */
async function changing({ simulator: { order }, desk, undisturbed, movable }: Company, random: Random): Promise<void> {
  const until = performance.now() + LONG_MS
  const deleted = new Set<number>()
  const asked: Promise<unknown>[] = []
  const waiting = [...movable]
  const somebody = (): number => {
    const index = random.below(COME_AND_GO)
    return deleted.has(index) ? somebody() : index
  }
  for (let round = 0; performance.now() < until; round += 1) {
    await order({
      op: 'update',
      id: random.below(2) ? somebody() : COME_AND_GO + 1,
      patch: { jobTitle: `Job ${round}` },
    })
    await order({ op: 'signIn', id: random.below(2) ? somebody() : COME_AND_GO + random.below(10) })
    await order({ op: random.below(2) === 0 ? 'disable' : 'enable', id: somebody() })
    if (random.below(3) === 0) await order({ op: 'create', person: { displayName: `Newcomer ${round}` } })
    const [back] = deleted
    if (back !== undefined && random.below(2) === 0) {
      await order({ op: 'restore', id: back })
      deleted.delete(back)
    } else if (deleted.size < 4) {
      const gone = somebody()
      await order({ op: 'softDelete', id: gone })
      deleted.add(gone)
    }
    for (const id of waiting.splice(0, round % 8 === 1 ? 5 : 0))
      for (const app of [desk, undisturbed]) asked.push(move(app, id))
    if (round % 6 === 5) await order({ op: 'expireAll', variant: '410' })
    await syncWell(undisturbed)
    await sleep(400)
  }
  await Promise.all(asked)
  await syncWell(undisturbed)
}

async function move(app: App, id: string): Promise<void> {
  const { results } = await app.ask('enable-ahead-login', [id], { dryRun: false, by: 'Mia', signal: never })
  expect(results.map(({ error }) => error)).to.deep.equal([null])
}

/**
 * One undisturbed process: it ends the pass that was interrupted, which shows the tenant as it was when the pass began,
 * then reads what has happened since, and sends what is still owed.
 */
async function atRest({ folder, desk }: Company, told: Told): Promise<void> {
  for (let runs = 1; ; runs += 1) {
    const { code, stderr, stdout } = await folder.start(['sync', '--json']).ended
    told.said += stderr
    expect(code, `${stdout}\n${stderr.slice(-2000)}`).to.equal(0)
    if (runs > 1 && (await desk.store.owed()) === 0) return
    await sleep(1000)
  }
}

async function expectAsUndisturbed({ desk, undisturbed, sink }: Company, { said }: Told): Promise<void> {
  const [actual, expected] = [await storeOutcome(desk.store), await storeOutcome(undisturbed.store)]
  expect(actual.broken, 'histories go on where they ended').to.deep.equal([])
  expect(different(records(actual), records(expected)), 'people').to.deep.equal([])
  expect(actual.parked).to.deep.equal(expected.parked)
  expect([actual.unfinishedRuns, actual.candidates]).to.deep.equal([0, 0])
  expect(actual.counts, 'each change counted once').to.deep.include(written(actual))

  const times = [...sink.byMessageId().values()]
  const moved = Object.values(records(actual)).filter(({ identity }) => identity === 'ahead-id')
  expect(moved.length).to.be.greaterThan(0)
  expect(moved.map(({ status }) => status)).to.deep.equal(moved.map(() => 'pending'))
  expect(times, 'an email for each who was moved').to.have.length(moved.length)
  const doubles = times.reduce((sum, sent) => sum + sent - 1, 0)
  expect(doubles, 'emails sent again').to.be.at.most(said.split('may go out a second time').length - 1)
}

type Records = Readonly<Record<string, Partial<User>>>

/** People without what differs between two stores that went there in other steps. */
function records({ people }: StoreOutcome): Records {
  return Object.fromEntries(Object.entries(people).map(([id, [{ ahead: _ahead, ...user }]]) => [id, user]))
}

/** Whose record says something else, in words for a failed test. */
function different(actual: Records, expected: Records): string[] {
  const ids = [...new Set([...Object.keys(actual), ...Object.keys(expected)])]
  return ids.flatMap((id) => {
    const is: Record<string, unknown> = { ...actual[id] }
    const should: Record<string, unknown> = { ...expected[id] }
    return Object.keys({ ...is, ...should })
      .filter((field) => !isDeepStrictEqual(is[field], should[field]))
      .map((field) => `${id}: ${field} is ${inspect(is[field])}, not ${inspect(should[field])}`)
  })
}

/** What the histories say that runs have done. */
function written({ people }: StoreOutcome): Record<string, number> {
  const all = Object.values(people)
  const entries = all.flatMap(([, history]) => history)
  const became = (account: string): number => entries.filter(({ from, to }) => from !== null && to === account).length
  return {
    created: all.length,
    frozen: became('frozen'),
    deactivated: became('inactive'),
    reactivated: became('active'),
    firstLogins: all.filter(([{ firstLoginAt }]) => firstLoginAt !== null).length,
  }
}
