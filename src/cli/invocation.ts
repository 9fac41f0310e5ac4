import { readConfig, environment, type Environment } from '../config/read.js'
import type { Config, Secrets, SettingsProblem } from '../config/config.js'
import { ConnectorError, toConnectorError } from '../domain/errors.js'
import { createLogger, type Logger } from '../logging/logger.js'
import { createRedactor, type Redactor } from '../logging/redact.js'
import { secretValues } from '../config/secrets.js'
import { printError, printProblems } from './output.js'

export interface GlobalOptions {
  readonly json: boolean
  readonly connection: string | null
}

/** What a command starts from: settings read and found good, a logger that can be trusted with anything. */
export interface Invocation {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Logger
  readonly redact: Redactor
  readonly json: boolean
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

/** Thrown when settings stand in the way: every problem at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'

  constructor(readonly problems: readonly SettingsProblem[]) {
    super(problems.map(({ message }) => message).join(' '))
  }
}

/** Runs a command and turns whatever it throws into output and an exit code: the one place where errors end. */
export async function guard(options: GlobalOptions, command: () => Promise<number>): Promise<number> {
  try {
    return await command()
  } catch (thrown) {
    if (thrown instanceof SettingsError) return printProblems(thrown.problems, options.json)
    const error = toConnectorError(thrown, 'running the command')
    printError(error, { json: options.json, redact: redactorOrNone() })
    return error.exitCode
  }
}

let current: Redactor | null = null

function redactorOrNone(): Redactor {
  return current ?? createRedactor([], { maskAddresses: false })
}

export interface InvocationOptions {
  readonly needs: 'microsoft' | 'store'
  /** Instead of the environment: `demo` brings its own. */
  readonly env?: Environment
}

/** Reads the settings, lends logger and signals to the command, and takes them back however it ends. */
export async function withInvocation(
  options: GlobalOptions,
  { needs, env }: InvocationOptions,
  command: (invocation: Invocation) => Promise<number>,
): Promise<number> {
  const cwd = process.cwd()
  const read = readConfig({ env: env ?? environment(cwd), cwd, tty: process.stderr.isTTY, needs })
  if (!read.ok) throw new SettingsError(read.problems)
  const { config, secrets, warnings } = read
  checkConnection(options.connection, config)
  const redact = createRedactor(secretValues(secrets), { maskAddresses: config.log.maskAddresses })
  current = redact
  const log = createLogger(config.log, redact)
  for (const { name, message, remedy } of warnings) log.warn(message, { setting: name, remedy })
  const { signal, release } = stopSignal()
  try {
    return await command({ config, secrets, log, redact, json: options.json, signal })
  } finally {
    release()
    await log.close()
  }
}

function checkConnection(wanted: string | null, { connection }: Config): void {
  if (wanted === null || wanted === connection.name) return
  throw new ConnectorError('usage.invalid', {
    message: `There is no connection called ${wanted}`,
    remedy: `Leave --connection away, or name the one there is: ${connection.name}.`,
  })
}

/** The first signal asks for an orderly end; the second one ends at once. */
function stopSignal(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const release = (): void => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
  return { signal: controller.signal, release }
}
