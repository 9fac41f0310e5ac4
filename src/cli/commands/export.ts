import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import { toView, VIEW_FIELDS, type UserView } from '../../domain/view.js'
import type { ConnectionStore } from '../../store/port.js'
import { oneOf } from '../choices.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { withStore } from '../store.js'

const PAGE = 1000

/** Everyone, inactive people included, a page at a time: memory does not grow with the tenant. */
export async function exportUsers(global: GlobalOptions, options: Readonly<Record<string, unknown>>): Promise<number> {
  const format = oneOf('--format', options['format'], ['ndjson', 'csv']) ?? 'ndjson'
  return withInvocation(global, { needs: 'store' }, (invocation) =>
    withStore(invocation, async (store) => {
      const rows = Readable.from(everyone(store))
      const output = format === 'csv' ? rows.compose(asCsv()) : rows.map((user) => `${JSON.stringify(user)}\n`)
      await pipeline(output, process.stdout, { end: false }).catch(unlessClosed)
      return 0
    }),
  )
}

async function* everyone(store: ConnectionStore): AsyncGenerator<UserView> {
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<ConnectionStore['list']>> = await store.list({
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    })
    for (const user of page.users) yield toView(user)
    cursor = page.nextCursor
  } while (cursor !== null)
}

/** RFC 4180: commas, CRLF, a header of the property names, every field quoted. */
function asCsv(): NodeJS.ReadWriteStream {
  return stringify({
    header: true,
    columns: [...VIEW_FIELDS],
    quoted: true,
    quoted_empty: true,
    record_delimiter: 'windows',
  })
}

/** A reader that has seen enough (`| head`) is no failure. */
function unlessClosed(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return
  throw error
}
