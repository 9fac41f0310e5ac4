import type { ConnectorError } from '../domain/errors.js'

/** What the caller may show while it waits. `until` is when the next try is made. */
export type GraphEvent =
  | { readonly kind: 'request' }
  | { readonly kind: 'throttled' | 'retried'; readonly until: Date; readonly error: ConnectorError }
  | { readonly kind: 'pacing'; readonly until: Date }

/** `requests` counts every attempt sent to Graph, `throttled` every 429, `retried` every attempt made once more. */
export interface GraphCounters {
  requests: number
  throttled: number
  retried: number
}
