/** What goes back over the wire, before a fault may spoil it. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = Record<string, Json>

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: readonly Buffer[]
}

export const GRAPH_JSON =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8'

export function jsonAnswer(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: [Buffer.from(JSON.stringify(body))],
  }
}

export function graphAnswer(body: Json, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonAnswer(200, body, { 'Content-Type': GRAPH_JSON, ...headers })
}

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: [] }
}

export function bodyOf(answer: Answer): Buffer {
  const [only, ...more] = answer.body
  return only && more.length === 0 ? only : Buffer.concat(answer.body)
}

/** A page whose items are serialised already: they are copied nowhere on their way to the socket. */
export function pageAnswer(
  rest: Record<string, Json>,
  items: Buffer = Buffer.from('[]'),
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const start = Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"value":`)
  return { status: 200, headers: { 'Content-Type': GRAPH_JSON, ...headers }, body: [start, items, Buffer.from('}')] }
}
