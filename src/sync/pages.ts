import { createHash } from 'node:crypto'
import type { DirectoryPage, DirectorySource } from '../domain/directory.js'
import { ConnectorError, MEANWHILE, WAIT } from '../domain/errors.js'
import type { Pass } from '../domain/feed.js'

export interface NumberedPage {
  readonly page: DirectoryPage
  /** Counted from 1 over the whole pass, earlier runs included. */
  readonly number: number
}

const EMPTY_PAGES = 1000

/**
 * The pages of a round from where it stands, to its end. The next page is asked for while the caller works on the one
 * it has, never more than one ahead: at most two pages are in memory. Only a delta link ends a round.
 */
export async function* pages(source: DirectorySource, pass: Pass, signal: AbortSignal): AsyncGenerator<NumberedPage> {
  const asked = new Set<string>()
  let number = pass.pages
  let empty = 0
  let coming = ask(pass.link)
  for (;;) {
    const page = await coming
    number += 1
    empty = page.items.length === 0 ? empty + 1 : 0
    const more = page.cursor.kind === 'next'
    const goOn = more && empty < EMPTY_PAGES
    if (goOn) coming = ask(page.cursor.link)
    yield { page, number }
    if (!more) return
    if (signal.aborted)
      throw new ConnectorError('run.interrupted', { message: 'The run was stopped', meanwhile: MEANWHILE.progress })
    if (!goOn) throw tooManyEmptyPages()
  }

  function ask(link: string): Promise<DirectoryPage> {
    const mark = createHash('sha1').update(link).digest('base64')
    if (asked.has(mark)) return rejected(inACircle())
    asked.add(mark)
    const answer = source.page(link, signal)
    answer.catch(() => undefined)
    return answer
  }
}

function rejected(error: Error): Promise<never> {
  const answer = Promise.reject(error)
  answer.catch(() => undefined)
  return answer
}

/** Otherwise a link that leads back would be followed for ever, with pages that look like progress. */
function inACircle(): ConnectorError {
  return new ConnectorError('graph.restart-round', {
    message: 'Microsoft sent us in a circle: a page links to one we have read',
    meanwhile: MEANWHILE.kept,
    remedy: WAIT,
  })
}

function tooManyEmptyPages(): ConnectorError {
  return new ConnectorError('graph.unavailable', {
    message: `Microsoft sent ${EMPTY_PAGES} empty pages in a row`,
    meanwhile: MEANWHILE.progress,
    remedy: WAIT,
  })
}
