import { ConnectorError } from '../domain/errors.js'
import type { Step } from './call.js'
import type { Clock } from './clock.js'
import type { Tokens } from './token.js'
import type { Patience } from './waiting.js'

export interface Bearing {
  readonly tokens: Tokens
  readonly clock: Clock
  readonly patience: Patience
}

/**
 * A token fresh enough for every attempt: a long wait outlives one. Refused, it is renewed by force and the attempt
 * made again, once for a request; refused again, the refusal stands.
 */
export function bearer({ tokens, clock, patience }: Bearing, next: Step): Step {
  const wait = (signal: AbortSignal): { signal: AbortSignal; timeoutMs: number } => ({
    signal,
    timeoutMs: patience.leftMs(clock.elapsedMs()),
  })
  return async (call) => {
    call.token = await tokens.get(wait(call.signal))
    try {
      await next(call)
    } catch (error) {
      const refused = error instanceof ConnectorError && error.code === 'graph.token-refused'
      if (!refused) throw error
      tokens.drop(call.token)
      if (call.renewed) throw error
      call.renewed = true
      call.token = await tokens.get(wait(call.signal))
      await next(call)
    }
  }
}
