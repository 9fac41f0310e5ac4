import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'
import type DailyRotateFile from 'winston-daily-rotate-file'
import { ConnectorError } from '../domain/errors.js'

export interface LogFile {
  readonly transport: DailyRotateFile
  /** Resolves when every line is on disk. */
  close(): Promise<void>
}

export interface LogFileOptions {
  readonly path: string
  readonly format: NonNullable<DailyRotateFile['format']>
  /** Told once, when writing fails while running: a full disk must not end a run. */
  readonly onFailure: (error: Error) => void
}

/**
 * `logs/a.log` becomes `logs/a-2026-11-21.log`, then `logs/a-2026-11-21.1.log` …; `logs/a.log` links to the newest.
 * Throws `settings.invalid` when the file cannot be opened.
 */
export function openLogFile({ path, format, onFailure }: LogFileOptions): LogFile {
  const transport = opened(path, format)
  // One stream per file: those rotated away may still be writing when the last one is closed.
  let open = 1
  let closed: () => void = () => undefined
  let failed = false
  transport.on('rotate', () => {
    open++
  })
  transport.logStream.on('close', () => {
    open--
    if (open === 0) closed()
  })
  transport.logStream.on('error', (error: Error) => {
    if (!failed) onFailure(error)
    failed = true
  })
  return {
    transport,
    close: () =>
      new Promise((resolve) => {
        closed = resolve
        if (open === 0) closed()
        else transport.logStream.end()
      }),
  }
}

/** Loaded only where a file is wanted: it brings a calendar library with it. */
function opened(path: string, format: LogFileOptions['format']): DailyRotateFile {
  const extension = extname(path)
  const name = basename(path, extension)
  try {
    // A missing folder is made by the transport, which throws when it can't.
    if (existsSync(dirname(path))) accessSync(join(dirname(path), '/'), constants.W_OK)
    // It uses the path as a regular expression when it finds files of an earlier start.
    new RegExp(path)
    const Transport = createRequire(import.meta.url)('winston-daily-rotate-file') as typeof DailyRotateFile
    return new Transport({
      dirname: dirname(path),
      filename: `${name}-%DATE%`,
      extension,
      datePattern: 'YYYY-MM-DD',
      utc: true,
      maxSize: '10m',
      maxFiles: 14,
      auditFile: join(dirname(path), `.${name}-audit.json`),
      createSymlink: true,
      symlinkName: basename(path),
      eol: '\n',
      format,
    })
  } catch (error) {
    throw new ConnectorError('settings.invalid', {
      message: `LOG_FILE names a file that cannot be written: ${path}: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'Name a file in a folder that the account the connector runs under may write to.',
    })
  }
}
