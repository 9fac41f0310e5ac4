import { secretValues } from './config/secrets.js'
import { explain } from './explain/gather.js'
import type { Explanation } from './explain/facts.js'
import type { MicrosoftConnection } from './graph/connect.js'
import { createSecretRedactor } from './logging/redact.js'
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

/** The settings of one connection, as explaining needs them. No secret of them stands in the answer. */
export async function explainIn(
  {
    config,
    secrets,
    store,
    now,
  }: Pick<MicrosoftParts, 'config' | 'secrets' | 'now'> & { readonly store: ConnectionStore },
  { directory, groups }: MicrosoftConnection,
  { who, others, signal }: Asked,
): Promise<Explanation> {
  const { rules, scope, mapping, emailEnabled } = config.connection
  const parts = { store, others, directory, groups, rules, scope, mapping, emailEnabled, now, signal }
  const { answer, steps, stopsAt } = await explain(who, parts)
  const redact = createSecretRedactor(secretValues(secrets))
  return { answer: redact(answer), steps: steps.map((step) => ({ ...step, detail: redact(step.detail) })), stopsAt }
}
