import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'
import { ConnectorError } from '../../domain/errors.js'
import { toView, VIEW_FIELDS, type UserView } from '../../domain/view.js'
import type { ConnectionStore } from '../../store/port.js'
import { walk } from '../../store/walk.js'
import { oneOf, type Options } from '../choices.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { jsonText, writeFailure } from '../output.js'
import { withStore } from '../store.js'

/** Everyone, inactive people included, streamed. */
export async function exportUsers(global: GlobalOptions, options: Options): Promise<number> {
  const format = oneOf('--format', options['format'], ['ndjson', 'csv']) ?? 'ndjson'
  if (format === 'csv' && global.json) throw new ConnectorError('usage.invalid', CONTRADICTION)
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const texts = format === 'csv' ? asCsv(everyone(store)) : asLines(everyone(store))
      const { signal } = invocation
      await pipeline(Readable.from(texts), process.stdout, { end: false, signal }).catch(unlessClosed)
      return 0
    }),
  )
}

const CONTRADICTION = {
  message: '--json and --format csv contradict each other: one prints a JSON document a line, the other one CSV',
  remedy: 'Leave one of them away.',
}

async function* everyone(store: ConnectionStore): AsyncGenerator<UserView[]> {
  for await (const users of walk(store)) yield users.map(toView)
}

async function* asLines(pages: AsyncIterable<UserView[]>): AsyncGenerator<string> {
  for await (const users of pages) if (users.length > 0) yield users.map((user) => `${jsonText(user)}\n`).join('')
}

/** RFC 4180: commas, CRLF, a header of the property names, every field quoted. */
async function* asCsv(pages: AsyncIterable<UserView[]>): AsyncGenerator<string> {
  const format = { quoted: true, quoted_empty: true, record_delimiter: 'windows' } as const
  yield stringify([VIEW_FIELDS], format)
  for await (const users of pages) yield stringify(users, { ...format, columns: [...VIEW_FIELDS] })
}

function unlessClosed(error: unknown): void {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'write') throw error
  const failure = writeFailure(error)
  if (failure) throw failure
}
