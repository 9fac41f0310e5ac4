export type LogFields = Readonly<Record<string, unknown>>

/** What everybody who logs knows of the logger. Messages are fixed sentences; what varies goes into fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  child(fields: LogFields): Log
}
