import type { GroupSource } from './domain/directory.js'
import { ConnectorError } from './domain/errors.js'
import type { ScopeConfig } from './domain/scope.js'
import { ok, warning, type Check } from './jobs/checks.js'
import type { ConnectionStore } from './store/port.js'

/** As many names as a line takes. */
const MOST_NAMED = 5

/** What narrows the tenant, and whether its groups are there. Throws what keeps us from reading one. */
export async function scopeChecks(scope: ScopeConfig, groups: GroupSource, signal: AbortSignal): Promise<Check[]> {
  const names: string[] = []
  const missing: Check[] = []
  for (const id of scope.groups) {
    try {
      names.push(`“${(await groups.name(id, signal)) ?? id}”`)
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'graph.not-found') throw error
      const remedy = 'Take it out of the scope, or restore it: Entra admin center → Entra ID → Groups → Deleted groups.'
      missing.push(warning('scope', `There is no group ${id}`, remedy))
    }
  }
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
  const named = names.length > 0 ? `: ${names.slice(0, MOST_NAMED).join(', ')}${more}` : ''
  return [...missing, ...(missing.length > 0 && names.length === 0 ? [] : [ok('scope', inForce(scope) + named)])]
}

/** A warning for each entry of `neverRemove` that protects nobody, such as one with a typing error. */
export async function protectionChecks(
  { neverRemove }: ScopeConfig,
  store: Pick<ConnectionStore, 'findAll'>,
): Promise<Check[]> {
  const names = [...new Set(neverRemove.map((name) => name.trim()))]
  const found = names.length === 0 ? new Map<string, unknown[]>() : await store.findAll(names)
  const remedy = 'It protects nobody. Correct it in the scope: a user principal name, an object id or our id.'
  return names
    .filter((name) => (found.get(name) ?? []).length === 0)
    .map((name) => warning('scope', `neverRemove names “${name}”, and we have nobody of that name`, remedy))
}

function inForce({ groups, nested, userTypes, rules }: ScopeConfig): string {
  const parts = [
    groups.length > 0 ? `${counted(groups.length, 'group')}${nested ? '' : ' without nested ones'}` : '',
    userTypes.length === 1 ? `${userTypes.join('')}s only` : '',
    rules.length > 0 ? counted(rules.length, 'rule') : '',
  ]
  return `Narrowed by ${parts.filter((part) => part !== '').join(', ')}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
