import { environment, readConfig, type ConfigResult } from '../config/read.js'
import type { Environment } from '../config/values.js'
import type { Config, ConnectionSettings, Secrets, SettingsProblem } from '../config/config.js'
import { secretValues } from '../config/secrets.js'
import { ConnectorError, toConnectorError } from '../domain/errors.js'
import { createLogger, type Logger } from '../logging/logger.js'
import { createRedactor, type Redactor } from '../logging/redact.js'
import { watchOutput } from './output.js'
import { redacted, report, SettingsError } from './problems.js'
import { progressLine, type ProgressLine } from './progress.js'

export interface GlobalOptions {
  readonly json: boolean
  readonly connection: string | null
}

/** What a command starts from: settings read and found good, a logger that can be trusted with anything. */
export interface Invocation {
  /** Of the connection it is for; of the first, where it is for all of them. */
  readonly config: Config
  readonly secrets: Secrets
  /** Those it is for. */
  readonly connections: readonly [ConnectionSettings, ...ConnectionSettings[]]
  /** Names of all there are. */
  readonly names: readonly string[]
  readonly log: Logger
  readonly progress: ProgressLine
  /** For results: addresses are masked in logs only. */
  readonly redact: Redactor
  readonly json: boolean
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

/** Runs a command and turns whatever it throws into output and an exit code. */
export async function guard({ json }: GlobalOptions, command: () => Promise<number>): Promise<number> {
  const written = watchOutput()
  const exitCode = await command().catch((thrown: unknown) => report(thrown, json))
  const failure = await written()
  if (failure === null || exitCode !== 0) return exitCode
  return report(failure, false)
}

export interface InvocationOptions {
  readonly needs: 'microsoft' | 'store'
  /** Instead of the environment: `demo` brings its own. */
  readonly env?: Environment
  /** On a terminal a summary follows, so that only warnings are logged there unless LOG_LEVEL says otherwise. */
  readonly summarises?: true
  /** Without --connection it is for all connections there are; other commands need it then. */
  readonly forAll?: true
  /** Settings that can be read but are probably not meant so; they are logged otherwise. */
  readonly onWarnings?: (warnings: readonly SettingsProblem[]) => void
}

/**
 * Reads the settings, lends logger and signals to the command, and takes them back however it ends. Throws
 * `SettingsError`, and whatever the command throws as a `ConnectorError` that is safe to show.
 */
export async function withInvocation(
  { json, connection }: GlobalOptions,
  options: InvocationOptions,
  command: (invocation: Invocation) => Promise<number>,
): Promise<number> {
  const { connections: all, warnings } = settings(options)
  const names = all.map(({ config }) => config.connection.name)
  const connections = chosen(connection, all, options)
  const [{ config, secrets }] = connections
  const values = all.flatMap((one) => secretValues(one.secrets))
  const redact = createRedactor(values, { maskAddresses: false })
  const progress = progressLine(process.stderr)
  const log = createLogger(config.log, createRedactor(values, config.log), progress.logs)
  if (options.onWarnings) options.onWarnings(warnings)
  else for (const { name, message, remedy } of warnings) log.warn(message, { setting: name, remedy })
  const stop = stopSignal()
  const crash = (thrown: unknown): void => process.exit(report(redacted(told(thrown, stop.signal), redact), json))
  process.on('uncaughtException', crash)
  try {
    return await command({ config, secrets, connections, names, log, progress, redact, json, signal: stop.signal })
  } catch (thrown) {
    const error = told(thrown, stop.signal)
    if (error.code === 'bug') log.error('Something unexpected happened', { error })
    throw redacted(error, redact)
  } finally {
    progress.clear()
    process.off('uncaughtException', crash)
    stop.release()
    await log.close()
  }
}

function settings({ needs, env, summarises }: InvocationOptions): Extract<ConfigResult, { ok: true }> {
  const cwd = process.cwd()
  const tty = process.stderr.isTTY
  const quiet = summarises && tty ? { LOG_LEVEL: 'warn' } : {}
  const environmentOnly = env !== undefined
  const read = readConfig({ env: { ...quiet, ...(env ?? environment(cwd)) }, cwd, tty, needs, environmentOnly })
  if (!read.ok) throw new SettingsError(read.problems, read.warnings)
  return read
}

/** Throws `usage.invalid` when there is none of this name, or one of several has to be named. */
function chosen(
  wanted: string | null,
  all: readonly ConnectionSettings[],
  { forAll }: InvocationOptions,
): Invocation['connections'] {
  const names = all.map(({ config }) => config.connection.name)
  const [first, ...others] = all.filter((_, index) => wanted === null || names[index] === wanted)
  if (first && (others.length === 0 || forAll)) return [first, ...others]
  const only = names.length === 1 ? names[0] : undefined
  throw new ConnectorError('usage.invalid', {
    message: first
      ? 'There are several connections, and this command is for one of them'
      : `There is no connection called ${wanted ?? ''}`,
    remedy:
      only === undefined
        ? `Name one with --connection: ${names.join(', ')}.`
        : `Leave --connection away, or name the one there is: ${only}.`,
  })
}

function told(thrown: unknown, signal: AbortSignal): ConnectorError {
  const stopped = signal.aborted && thrown instanceof Error && thrown.name === 'AbortError'
  if (stopped) return new ConnectorError('run.interrupted', { message: 'Stopped before the end' })
  return toConnectorError(thrown, 'running the command')
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
