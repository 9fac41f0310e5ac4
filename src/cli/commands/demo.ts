import { mkdir, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { relative, resolve } from 'node:path'
import { openApp, type App } from '../../app.js'
import { startDaemon } from '../../daemon.js'
import { exitCodeOf, type RunResult } from '../../jobs/runner.js'
import { startSimulator, type Simulator } from '../../simulator/server.js'
import { liveOneDay } from '../../simulator/story.js'
import type { Options } from '../choices.js'
import { inviteSome, showEmails } from '../demo-ahead.js'
import { withInvocation, type GlobalOptions, type Invocation } from '../invocation.js'
import { hanging } from '../layout.js'
import { harmless, paint, printLine } from '../output.js'
import { errorBlock, redacted } from '../problems.js'
import { describeRun } from '../run-summary.js'
import { stopped } from './serve.js'

const PEOPLE = 120
const EVERY_TEN_SECONDS = '*/10 * * * * *'

/**
 * The main job on a simulated tenant: first sync, first logins, ahead login with its emails, then the scheduler and the
 * login pages. Everything stays in `data/demo`.
 */
export async function demo(global: GlobalOptions, options: Options): Promise<number> {
  const directory = resolve('data', 'demo')
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const simulator = await startSimulator({ users: PEOPLE, seed: 7 })
  const store = resolve(directory, 'connector.db')
  const outbox = resolve(directory, 'outbox')
  const port = await freePort()
  const env = {
    ...simulator.settings(),
    STORE_URL: `sqlite:${store}`,
    MAIL_URL: `file:${outbox}`,
    MAIL_FROM: 'Compass <intranet@contoso.example>',
    INTRANET_NAME: 'Compass',
    ORGANISATION_NAME: 'Contoso',
    SUPPORT_CONTACT: 'it@contoso.example',
    PUBLIC_URL: `http://localhost:${port}`,
    PORT: String(port),
    SYNC_SCHEDULE: EVERY_TEN_SECONDS,
    LOG_LEVEL: 'error',
  }
  try {
    return await withInvocation(
      { ...global, json: false, connection: null },
      { needs: 'microsoft', env },
      async (invocation) => {
        const app = await openApp(invocation)
        try {
          return await play({ app, simulator, invocation, once: options['once'] === true, store, outbox })
        } finally {
          await app.close()
        }
      },
    )
  } finally {
    await simulator.close()
  }
}

interface Stage {
  readonly app: App
  readonly simulator: Simulator
  readonly invocation: Invocation
  readonly once: boolean
  readonly store: string
  readonly outbox: string
}

async function play({ app, simulator, invocation, once, store, outbox }: Stage): Promise<number> {
  const { signal, redact } = invocation
  let step = 0
  const tell = (result: RunResult): number => {
    for (const line of describeRun(result.run)) printLine(hanging('  ', harmless(line)))
    if (result.error) process.stderr.write(errorBlock(redacted(result.error, redact)))
    printLine()
    return exitCodeOf(result)
  }
  const live = (): Promise<void> => {
    for (const sentence of liveOneDay(simulator, (step += 1)))
      printLine(paint('cyan', hanging('  · ', harmless(sentence))))
    return Promise.resolve()
  }
  const run = (): Promise<RunResult> => app.sync({ trigger: 'manual', dryRun: false, full: false, signal })

  printLine(paint('bold', `A simulated tenant with ${PEOPLE} people. Nothing leaves this machine.\n`))
  const first = tell(await run())
  if (first !== 0) return first
  await live()
  const second = tell(await run())
  if (second !== 0) return second
  await inviteSome({ app, signal, outbox })
  if (once) return second

  const daemon = await startDaemon([app], invocation, { schedule: true, beforeRun: live, onRun: tell })
  await showEmails({ app, signal, outbox }, invocation.config.http.publicUrl)
  const file = relative(process.cwd(), store)
  printLine('Runs every ten seconds; Ctrl-C ends it. Look around in another terminal:')
  printLine(`  STORE_URL=sqlite:${file} npx entra-connector users list`)
  printLine(`  curl ${daemon.url}/readyz\n`)
  await stopped(signal)
  await daemon.close()
  return 0
}

const LIKED_PORT = 8080

/** The links in emails name the port before anybody listens on it. */
async function freePort(wanted = LIKED_PORT): Promise<number> {
  const server = createServer()
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(wanted, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  } catch (error) {
    if (wanted === 0) throw error
    return await freePort(0)
  } finally {
    server.close()
  }
}
