import { Writable } from 'node:stream'
import type { LogConfig } from '../../src/config/config.js'
import type { Log } from '../../src/logging/log.js'
import { createLogger, type LogStream } from '../../src/logging/logger.js'
import { createRedactor } from '../../src/logging/redact.js'

export const QUIET: LogConfig = { level: 'info', format: 'json', file: null, maskAddresses: false }

/** A stream that keeps what is written to it. */
export function memory(tty = false): LogStream & { text(): string } {
  const chunks: string[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk.toString())
      done()
    },
  })
  return Object.assign(stream, { isTTY: tty, hasColors: () => tty, text: () => chunks.join('') })
}

/** What a logger writes while `use` has it. */
export async function logged(
  use: (log: Log) => void,
  config: Partial<LogConfig> = {},
  options: { readonly tty?: boolean; readonly secrets?: readonly string[] } = {},
): Promise<string> {
  const stream = memory(options.tty)
  const redact = createRedactor(options.secrets ?? [], { maskAddresses: config.maskAddresses ?? false })
  const log = createLogger({ ...QUIET, ...config }, redact, stream)
  use(log)
  await log.close()
  return stream.text()
}

/** The same as parsed JSON lines. */
export async function records(
  use: (log: Log) => void,
  config: Partial<LogConfig> = {},
): Promise<Record<string, unknown>[]> {
  const text = await logged(use, { ...config, format: 'json' })
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
