import type { Config, MicrosoftConfig, Secrets } from './config/config.js'
import { ConnectorError } from './domain/errors.js'
import { pathsOf } from './domain/selection.js'
import type { MicrosoftConnection } from './graph/connect.js'
import type { GraphEvent } from './graph/events.js'
import type { Log } from './logging/log.js'

export interface MicrosoftParts {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Log
  readonly now: () => Date
}

/** A connection to Microsoft for one job: tokens, counters and patience start afresh, and nothing stays open. */
export async function withMicrosoft<T>(
  parts: MicrosoftParts,
  job: (microsoft: MicrosoftConnection) => Promise<T>,
): Promise<T> {
  const microsoft = await connectMicrosoft(parts)
  try {
    return await job(microsoft)
  } finally {
    await microsoft.close()
  }
}

/** One that lasts until it is closed. Throws `settings.invalid` without an app registration. */
export async function connectMicrosoft({ config, secrets, log, now }: MicrosoftParts): Promise<MicrosoftConnection> {
  // Loaded when needed: Microsoft's libraries take longer to load than most commands take to run.
  const { connect } = await import('./graph/connect.js')
  const { appIds } = config.connection
  const onEvent = (event: GraphEvent): void => tellWaiting(log, event)
  const { network } = secrets
  const paths = pathsOf(config.connection)
  return connect({ microsoft: microsoftOf(config), secrets, network, appIds, paths, now, onEvent })
}

/** Throws `settings.invalid` when there is none. */
export function microsoftOf({ connection }: Config): MicrosoftConfig {
  return connection.microsoft ?? withoutApplication()
}

export function withoutApplication(): never {
  throw new ConnectorError('settings.invalid', {
    message: 'No app registration is configured',
    remedy: 'Set AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential; .env.example lists them.',
  })
}

function tellWaiting(log: Log, event: GraphEvent): void {
  if (event.kind === 'request') return
  const until = event.until.toISOString()
  if (event.kind === 'pacing') log.debug('Waiting so as not to be throttled', { until })
  else log.warn(`${event.error.message}. Trying again`, { until, ...event.error.details })
}

const PATIENCE_MS = 8_000

/** For where somebody is waiting for the answer. */
export function impatient(config: Config): Config {
  const { connection } = config
  if (!connection.microsoft) return config
  const giveUpAfterMs = Math.min(connection.microsoft.giveUpAfterMs, PATIENCE_MS)
  return { ...config, connection: { ...connection, microsoft: { ...connection.microsoft, giveUpAfterMs } } }
}
