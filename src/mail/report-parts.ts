import { Splitter, type MimeNode } from '@zone-eu/mailsplit'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

/** A delivery report as text; a machine may believe its first two parts. */
export interface ReportParts {
  /** The content of `message/delivery-status` (RFC 3464) or `message/global-delivery-status` (RFC 6533). */
  readonly status: string
  /** The returned message, or its headers; at least its headers. */
  readonly returned: string | null
  /** The beginning of what the mail system says to people: to be quoted, never to be believed. */
  readonly notice: string | null
}

const STATUS_TYPES: readonly string[] = ['message/delivery-status', 'message/global-delivery-status']
const RETURNED_TYPES: readonly string[] = [
  'text/rfc822-headers',
  'message/rfc822',
  'message/global-headers',
  'message/global',
]

const SLICE = 64 * 1024
const LONGEST_HEAD = 256 * 1024
/** Of what was returned enough for its headers, in base64 too. */
const LONGEST: Readonly<Record<keyof ReportParts, number>> = {
  status: 1024 * 1024,
  returned: 512 * 1024,
  notice: 16 * 1024,
}
const KINDS = ['status', 'returned', 'notice'] as const
const MOST_PARTS = 100
/** The splitter needs about a microsecond for each. */
const MOST_LINES = 1_000_000

interface Part {
  readonly node: MimeNode
  readonly chunks: Buffer[]
  size: number
}

type Found = Record<keyof ReportParts, Part | null>

/**
 * Takes a `multipart/report; report-type=delivery-status` apart (RFC 6522). Null for everything else, for what cannot
 * be read and for what has no status. Parts of parts are not looked at: a report inside a report speaks of that one.
 */
export async function reportParts(raw: Buffer): Promise<ReportParts | null> {
  if (linesOf(raw) > MOST_LINES) return null
  const found = await collect(raw)
  if (!found?.status || found.status.size > LONGEST.status) return null
  const { status, returned, notice } = found
  return {
    status: await textOf(status),
    returned: returned && (await textOf(returned)),
    notice: notice && (await textOf(notice)),
  }
}

async function collect(raw: Buffer): Promise<Found | null> {
  // Embedded messages stay whole: their own parts must not be taken for parts of the report.
  const splitter = new Splitter({ ignoreEmbedded: true, maxHeadSize: LONGEST_HEAD, maxChildNodes: MOST_PARTS })
  const found: Found = { status: null, returned: null, notice: null }
  try {
    for await (const chunk of Readable.from(slices(raw)).pipe(splitter) as AsyncIterable<MimeNode | Body>) {
      if (chunk.type === 'node') {
        if (chunk.root && !isReport(chunk)) return null
        const kind = isTopPart(chunk) ? kindOf(chunk) : null
        if (kind) found[kind] ??= { node: chunk, chunks: [], size: 0 }
      } else if (chunk.type === 'body') {
        add(found, chunk)
        if (found.status && (found.returned?.size ?? 0) > LONGEST.returned) break
      }
    }
  } catch {
    // Heads or parts without end.
    return null
  }
  return found
}

interface Body {
  readonly type: 'body' | 'data'
  readonly node: MimeNode
  readonly value: Buffer
}

/** Of a part that is too long only its size grows on. */
function add(found: Found, { node, value }: Body): void {
  for (const kind of KINDS) {
    const part = found[kind]
    if (part?.node !== node) continue
    if (part.size <= LONGEST[kind]) part.chunks.push(value)
    part.size += value.length
  }
}

function kindOf({ contentType }: MimeNode): keyof ReportParts | null {
  const type = contentType || ''
  if (STATUS_TYPES.includes(type)) return 'status'
  if (RETURNED_TYPES.includes(type)) return 'returned'
  return type === 'text/plain' ? 'notice' : null
}

function* slices(raw: Buffer): Generator<Buffer> {
  for (let start = 0; start < raw.length; start += SLICE) yield raw.subarray(start, start + SLICE)
}

function linesOf(raw: Buffer): number {
  let lines = 0
  for (let at = raw.indexOf(10); at !== -1; at = raw.indexOf(10, at + 1)) lines += 1
  return lines
}

function isReport({ contentType, headers }: MimeNode): boolean {
  if (contentType !== 'multipart/report' || !headers) return false
  return /;\s*report-type\s*=\s*("?)delivery-status\1\s*(?:;|\(|$)/i.test(headers.getFirst('content-type'))
}

function isTopPart({ parentNode }: MimeNode): boolean {
  return parentNode && parentNode.root
}

async function textOf({ node, chunks }: Part): Promise<string> {
  const decoder = node.getDecoder()
  decoder.end(Buffer.concat(chunks))
  return decoded(await buffer(decoder), node.charset)
}

/** These parts are ASCII or UTF-8 by their standards; some systems write their own charset, announced or not. */
function decoded(bytes: Buffer, charset: string | false): string {
  for (const label of [charset || 'utf-8', 'utf-8']) {
    try {
      return new TextDecoder(label, { fatal: true }).decode(bytes)
    } catch {
      // Unknown, or not that one.
    }
  }
  return new TextDecoder('windows-1252').decode(bytes)
}
