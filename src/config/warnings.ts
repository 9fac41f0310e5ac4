import type { SettingsProblem } from './config.js'
import { APP_REGISTRATION } from './credential.js'
import { isGuid } from '../domain/guid.js'
import { SETTINGS } from './settings.js'
import type { Reading } from './values.js'

/** How many letters must be added, dropped or replaced to come from one word to the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let index = 0; index < a.length; index++) {
    const next = [index + 1]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (a[index] === b[column - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Short names such as HOST are left out: too much of an ordinary environment looks like them. */
function meantSetting(name: string): string | undefined {
  if (name in SETTINGS || name.toUpperCase() in SETTINGS) return undefined
  return Object.keys(SETTINGS).find((known) => {
    const allowed = known.length < 8 ? 0 : known.length < 10 ? 1 : 2
    const close = Math.abs(known.length - name.length) <= allowed && known.slice(0, 3) === name.slice(0, 3)
    return close && editDistance(known, name) <= allowed
  })
}

/** Names that no setting has, but almost. */
export function misspelt(names: readonly string[]): SettingsProblem[] {
  return names.flatMap((name) => {
    const meant = meantSetting(name)
    if (meant === undefined) return []
    return [{ name, message: `${name} is set, but no setting has this name.`, remedy: `Did you mean ${meant}?` }]
  })
}

/** Token and Graph hosts that belong together. Source: Microsoft, "National cloud deployments". */
const CLOUDS: Readonly<Record<string, readonly string[]>> = {
  'https://login.microsoftonline.com': ['https://graph.microsoft.com'],
  'https://login.microsoftonline.us': ['https://graph.microsoft.us', 'https://dod-graph.microsoft.us'],
  'https://login.partner.microsoftonline.cn': ['https://microsoftgraph.chinacloudapi.cn'],
  'https://login.chinacloudapi.cn': ['https://microsoftgraph.chinacloudapi.cn'],
}

function differentClouds({ values, nameOf }: Reading): SettingsProblem[] {
  const { AZURE_AUTHORITY_HOST: authority, GRAPH_BASE_URL: graphUrl } = values
  const [name, other] = [nameOf('GRAPH_BASE_URL'), nameOf('AZURE_AUTHORITY_HOST')]
  const expected = CLOUDS[authority]
  const graph = new URL(graphUrl).origin
  const known = Object.values(CLOUDS).flat()
  if (!expected || expected.includes(graph) || !known.includes(graph)) return []
  return [
    {
      name,
      message: `${name} and ${other} belong to different clouds; Microsoft will refuse the sign-in.`,
      remedy: `With ${authority} use ${expected.join(' or ')}.`,
    },
  ]
}

function secretId({ values, nameOf }: Reading): SettingsProblem[] {
  const { AZURE_CLIENT_SECRET: secret } = values
  if (secret === null || !isGuid(secret)) return []
  const name = nameOf('AZURE_CLIENT_SECRET')
  return [
    {
      name,
      message: `${name} looks like the ID of a client secret, not its value.`,
      remedy: `${APP_REGISTRATION} → Certificates & secrets → New client secret: copy the Value column.`,
    },
  ]
}

/** What can be read but is probably not meant so. */
export function warningsOf(reading: Reading): SettingsProblem[] {
  return [...secretId(reading), ...differentClouds(reading)]
}
