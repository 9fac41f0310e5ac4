import type { Writable } from 'node:stream'
import winston from 'winston'
import type { LogConfig, LogLevelName } from '../config/config.js'
import { openLogFile, type LogFile } from './file.js'
import { jsonLine, prettyLine, type LogRecord } from './lines.js'
import type { Log, LogFields } from './log.js'
import { plainFields, type PlainFields } from './plain.js'
import type { Redactor } from './redact.js'

export interface Logger extends Log {
  /** Resolves when everything is written. What is logged afterwards is lost. */
  close(): Promise<void>
}

/** Standard error, or something like it. */
export type LogStream = Writable & { readonly isTTY?: boolean; hasColors?(): boolean }

const LEVELS: Readonly<Record<LogLevelName, number>> = { error: 0, warn: 1, info: 2, debug: 3 }
const LONGEST_WAIT_MS = 3000

/**
 * Lines go to the stream in the form the settings ask for, and to LOG_FILE as JSON. Everything passes the redactor.
 * Logging never throws and never ends the process, whatever becomes of stream and file; only a LOG_FILE that cannot be
 * opened is refused at once, with `settings.invalid`.
 */
export function createLogger(config: LogConfig, redact: Redactor, stream: LogStream = process.stderr): Logger {
  const colours = stream.isTTY === true && stream.hasColors?.() === true
  const onStream = config.format === 'json' ? jsonLine : (record: LogRecord) => prettyLine(record, colours)
  const transport = new winston.transports.Stream({ stream: guarded(stream), eol: '\n', format: lines(onStream) })
  const sink = winston.createLogger({ levels: LEVELS, level: config.level, exitOnError: false })
  attach(sink, transport)
  sink.on('error', () => undefined)
  let file: LogFile | null = null
  if (config.file !== null) {
    const onFailure = (error: Error) =>
      log.error('The log file cannot be written any more; logs go on here only', { error })
    file = openLogFile({ path: config.file, format: lines(jsonLine), onFailure })
    attach(sink, file.transport)
  }

  let closing: Promise<void> | null = null
  const plain = (fields: LogFields) => plainFields(fields, { redact, stacks: config.level === 'debug' })
  const write = (level: LogLevelName, message: string, fields: PlainFields) => {
    const record: LogRecord = { time: new Date().toISOString(), level, message: redact(message), fields }
    sink.log({ level, message: record.message, record })
  }
  const wanted = (level: LogLevelName) => closing === null && LEVELS[level] <= LEVELS[config.level]
  const log = bound({ write, wanted, plain }, {})
  const close = async () => {
    await new Promise((resolve) => sink.once('finish', resolve).end())
    await soon(Promise.all([written(stream), file?.close()]))
  }
  return { ...log, close: () => (closing ??= close()) }
}

interface Pen {
  wanted(level: LogLevelName): boolean
  plain(fields: LogFields): PlainFields
  write(level: LogLevelName, message: string, fields: PlainFields): void
}

function bound(pen: Pen, own: PlainFields): Log {
  const at = (level: LogLevelName) => (message: string, fields?: LogFields) => {
    if (pen.wanted(level)) pen.write(level, message, fields ? { ...own, ...pen.plain(fields) } : own)
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => bound(pen, { ...own, ...pen.plain(fields) }),
  }
}

type Transport = winston.transports.StreamTransportInstance | LogFile['transport']

function attach(sink: winston.Logger, transport: Transport): void {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as look-alikes
  sink.add(transport)
}

function lines(toLine: (record: LogRecord) => string): winston.Logform.Format {
  return winston.format.printf((info) => toLine(info['record'] as LogRecord))
}

const guards = new WeakSet<Writable>()

/** A reader that goes away (EPIPE) must not take the process with it. */
function guarded(stream: LogStream): LogStream {
  if (!guards.has(stream)) stream.on('error', () => undefined)
  guards.add(stream)
  return stream
}

function written(stream: Writable): Promise<unknown> {
  if (stream.destroyed || stream.writableEnded || stream.errored) return Promise.resolve()
  return new Promise((resolve) => {
    stream.once('close', resolve)
    stream.write('', resolve)
  })
}

/** Does not wait for ever for somebody who reads no more. */
async function soon(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, LONGEST_WAIT_MS)))])
  clearTimeout(timer)
}
