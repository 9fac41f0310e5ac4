import { explain } from './explain/gather.js'
import type { Explanation } from './explain/facts.js'
import type { MicrosoftConnection } from './graph/connect.js'
import type { MicrosoftParts } from './microsoft.js'
import type { ConnectionStore } from './store/port.js'

export interface ExplainRequest {
  /** Names of all connections the asker may know of. */
  readonly connections: readonly string[]
  readonly signal: AbortSignal
}

interface Asked {
  readonly who: string
  readonly others: readonly ConnectionStore[]
  readonly signal: AbortSignal
}

/** The settings of one connection, as explaining needs them. */
export function explainIn(
  { config, store, now }: Pick<MicrosoftParts, 'config' | 'now'> & { readonly store: ConnectionStore },
  { directory, groups }: MicrosoftConnection,
  { who, others, signal }: Asked,
): Promise<Explanation> {
  const { rules, scope, mapping, emailEnabled } = config.connection
  return explain(who, { store, others, directory, groups, rules, scope, mapping, emailEnabled, now, signal })
}
