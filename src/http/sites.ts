import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** Several PUBLIC_URLs behind one port: which of them a request is meant for. */

export interface Site {
  readonly publicUrl: string
  readonly app: FastifyInstance
}

/** The path of a PUBLIC_URL, without a slash at the end. */
export function pathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '')
}

/** The rest of an address below a path; the address itself when it is not below it. */
export function withoutBase(url: string, base: string): string {
  if (base === '' || !url.startsWith(base)) return url
  const rest = url.slice(base.length)
  if (rest === '') return '/'
  if (rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : url
}

/**
 * The best match counts: the host first, then the longest path. Null: the first site, whose PUBLIC_URL is given, which also
 * gets what fits none. Whatever a caller claims here, it only chooses among pages that are open to everybody.
 */
export function siteFor<S extends Pick<Site, 'publicUrl'>>(
  { headers, url = '/' }: Pick<IncomingMessage, 'headers' | 'url'>,
  publicUrl: string,
  further: readonly S[],
): S | null {
  const forwarded = String(headers['x-forwarded-host'] ?? '')
    .split(',')[0]
    ?.trim()
  const host = (forwarded === '' ? headers.host : forwarded)?.toLowerCase() ?? ''
  let best: { readonly site: S | null; readonly match: Match } = { site: null, match: matchOf(publicUrl, host, url) }
  for (const site of further) {
    const match = matchOf(site.publicUrl, host, url)
    if (isBetter(match, best.match)) best = { site, match }
  }
  return best.site
}

/** How well the host fits (2: with the port, 1: without it, 0: not at all), and how much of the path; -1: another one. */
interface Match {
  readonly host: number
  readonly path: number
}

function matchOf(publicUrl: string, host: string, url: string): Match {
  const ours = new URL(publicUrl)
  const base = pathOf(publicUrl)
  const isBelow = base === '' || withoutBase(url, base) !== url
  const fits = host === ours.host ? 2 : host.replace(/:\d+$/, '') === ours.hostname ? 1 : 0
  return { host: fits, path: isBelow ? base.length : -1 }
}

function isBetter(one: Match, other: Match): boolean {
  return one.host === other.host ? one.path > other.path : one.host > other.host
}
