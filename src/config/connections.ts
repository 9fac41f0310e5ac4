import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { MappingConfig } from '../domain/mapping.js'
import { EVERYONE, type ScopeConfig } from '../domain/scope.js'
import type { OwnNames, SettingsProblem } from './config.js'
import { fileReason } from './files.js'
import { jsonIn } from './folder.js'
import { didYouMean, type Report } from './json-shape.js'
import { readMapping } from './mapping.js'
import { quoted } from './parsers.js'
import { readScope } from './scope.js'
import type { Setting } from './setting.js'
import { CONNECTION_SETTINGS, SETTINGS, type ConnectionSetting, type SettingName } from './settings.js'
import { textOf, withValues, type Environment, type Reading } from './values.js'

/**
 * `config/connections.json`: several tenants in one installation.
 *
 * A connection may have any setting of `CONNECTION_SETTINGS` of its own, named as in the environment, in camelCase and
 * without AZURE_: `tenantId` for AZURE_TENANT_ID, `mailUrl` for MAIL_URL. What it leaves out is the environment's, then
 * the default; null is the default, whatever the environment says. Tenant, application and credential belong together: a
 * connection that names one of them, or where Microsoft is, takes none of them from the environment. `scope` and
 * `mapping` are objects as in the files of these names.
 */

const FILE = 'config/connections.json'

export const NAME = /^[A-Za-z0-9._-]{1,64}$/

const IDENTITY = [
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_TOKEN_CREDENTIALS',
] as const satisfies ConnectionSetting[]
const ITS_PLACE = ['AZURE_AUTHORITY_HOST', 'GRAPH_BASE_URL'] as const satisfies ConnectionSetting[]

/** AZURE_TENANT_ID → tenantId, GRAPH_BASE_URL → graphBaseUrl. */
export function keyOf(setting: string): string {
  const words = setting.replace(/^AZURE_/, '').toLowerCase()
  return words.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

const SETTING_OF = new Map(Object.keys(CONNECTION_SETTINGS).map((name) => [keyOf(name), name as ConnectionSetting]))

/** One connection of the file. `place` is how its problems name it. */
export interface ConnectionReading extends Reading {
  readonly name: string
  readonly place: string
  /** Whether tenant, application and credential are its own. */
  readonly ownIdentity: boolean
  /** Where its secrets stand: `the variable BETA_SECRET`. */
  readonly referred: ReadonlyMap<ConnectionSetting, string>
  /** Null: those of the folder. */
  readonly scope: ScopeConfig | null
  readonly mapping: MappingConfig | null
}

export interface ConnectionsFile {
  readonly connections: readonly ConnectionReading[]
  /** Variables it refers to: whatever they are called, that is no mistake. */
  readonly variables: ReadonlySet<string>
  readonly problems: readonly SettingsProblem[]
}

export interface Surroundings {
  readonly env: Environment
  readonly cwd: string
  /** What the environment says. */
  readonly environment: Reading
}

/** What each of the settings a remedy may speak of is called for a person. */
export function ownNames({ name, nameOf, referred }: ConnectionReading, isOnly: boolean): OwnNames {
  const called = (setting: ConnectionSetting): string => {
    if (nameOf(setting) === setting) return setting
    const own = `${keyOf(setting)} of connection ${name} in ${FILE}`
    const where = referred.get(setting)
    return where === undefined ? own : `${where} (${own})`
  }
  const settings = Object.fromEntries([...IDENTITY, ...ITS_PLACE].map((setting) => [setting, called(setting)]))
  return { settings, option: isOnly ? '' : ` --connection ${name}` }
}

/** Null without the file. Every problem names its path in the file, and never shows a secret. */
export function readConnections(around: Surroundings): ConnectionsFile | null {
  const problems: SettingsProblem[] = []
  const json = jsonIn(join(around.cwd, FILE), FILE, problems, placeOf)
  if (json === undefined) return problems.length === 0 ? null : { ...NOTHING, problems }
  if (!Array.isArray(json) || json.length === 0) {
    const message = `${FILE} ${Array.isArray(json) ? 'names no connection' : 'is not a list of connections'}.`
    const remedy = 'Write a list, [{"name": "…", "tenantId": "…", …}], or take the file away.'
    return { ...NOTHING, problems: [{ name: FILE, message, remedy }] }
  }
  const variables = new Set<string>()
  const connections = json.flatMap((entry: unknown, index) => {
    const read = new EntryReader(`[${index}]`, around, variables).read(entry)
    problems.push(...read.problems)
    return read.connection ?? []
  })
  problems.push(...sameNames(connections))
  return { connections, variables, problems: problems.map(inFile) }
}

/** The library's own sentence quotes the file, which may hold what nobody should see. */
function placeOf({ message }: SyntaxError): string {
  return /line \d+ column \d+|position \d+/.exec(message)?.[0] ?? 'a comma, quote or bracket is wrong'
}

const NOTHING = { connections: [], variables: new Set<string>() }

/** A problem of a connection names the file, too. */
export function inFile({ name, message, remedy }: SettingsProblem): SettingsProblem {
  return message.startsWith('[')
    ? { name: `${FILE}: ${name}`, message: `${FILE}: ${message}`, remedy }
    : { name, message, remedy }
}

type Json = string | number | boolean | object | null
type Given = Map<ConnectionSetting, string | null>

/** One entry: an object of settings, with a name. */
class EntryReader {
  private readonly problems: SettingsProblem[] = []
  private readonly referredTo = new Map<ConnectionSetting, string>()

  constructor(
    private readonly place: string,
    private readonly around: Surroundings,
    private readonly variables: Set<string>,
  ) {}

  read(entry: unknown): { connection: ConnectionReading | null; problems: readonly SettingsProblem[] } {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      this.problem('', 'is not an object', 'Write {"name": "…", "tenantId": "…", …}.')
      return { connection: null, problems: this.problems }
    }
    const { name, scope, mapping, ...rest } = entry as Readonly<Record<string, unknown>>
    const isNamed = typeof name === 'string' && NAME.test(name)
    if (!isNamed) {
      const what = name === undefined ? 'is missing' : 'is not a name for a connection'
      this.problem('.name', what, 'Use 1 to 64 of the characters A to Z, a to z, 0 to 9, dot, underscore and hyphen.')
    }
    const given: Given = new Map()
    const unreadable = new Set<ConnectionSetting>()
    for (const [key, value] of Object.entries(rest)) {
      const setting = SETTING_OF.get(key)
      if (setting === undefined) this.unknown(key)
      else {
        const text = this.textIn(key, setting, value as Json)
        if (text === undefined) unreadable.add(setting)
        else if (text !== '') given.set(setting, text)
      }
    }
    const { problems, ...reading } = this.over(given, unreadable)
    this.problems.push(...problems)
    const own = {
      name: isNamed ? name : this.place,
      place: this.place,
      scope: this.within('scope', scope, EVERYONE, readScope),
      mapping: this.within('mapping', mapping, {}, readMapping),
      referred: this.referredTo,
    }
    return { connection: { ...reading, ...own }, problems: this.problems }
  }

  /** As in the file of the same name; null is the default here, too. */
  private within<T>(key: string, json: unknown, byDefault: T, read: (json: unknown, report: Report) => T): T | null {
    if (json === undefined) return null
    if (json === null) return byDefault
    return read(json, (path, problem, remedy) => this.problem(`.${key}${path && `.${path}`}`, problem, remedy))
  }

  private problem(path: string, problem: string, remedy: string): void {
    this.problems.push({ name: this.place + path, message: `${this.place}${path} ${problem}.`, remedy })
  }

  private unknown(key: string): void {
    const path = `.${quoted(key).slice(1, -1)}`
    const own = Object.keys(SETTINGS).find((setting) => keyOf(setting) === key || setting === key)
    if (own !== undefined && !SETTING_OF.has(keyOf(own)))
      this.problem(path, 'belongs to the whole installation, not to a connection', `Set ${own} in the environment.`)
    else {
      const known = own === undefined ? [...SETTING_OF.keys(), 'name', 'scope', 'mapping'] : [keyOf(own)]
      const remedy = didYouMean(own === undefined ? key : keyOf(own), known, 'The README lists them; take it out.')
      this.problem(path, 'is not a setting of a connection', remedy)
    }
  }

  /** Undefined when there is none to be had; empty: as if it were not there. */
  private textIn(key: string, setting: ConnectionSetting, value: Json): string | null | undefined {
    const { secret }: Setting = SETTINGS[setting]
    if (value === null) return null
    if (typeof value === 'object') return this.referred(setting, secret !== undefined, value)
    const text = String(value).trim()
    if (secret === undefined || text === '' || (secret === 'in-url' && isOpen(text))) return text
    this.problem(`.${key}`, 'holds a secret, which has no place in this file', REFER)
    return undefined
  }

  private referred(setting: ConnectionSetting, maySo: boolean, value: object): string | undefined {
    const path = `.${keyOf(setting)}`
    const [[kind, where] = [], ...others] = Object.entries(value)
    if (!maySo)
      this.problem(
        path,
        'is not a text, a number, true or false',
        'Write the value itself; only secrets stand elsewhere.',
      )
    else if (typeof where !== 'string' || where.trim() === '' || others.length > 0)
      this.problem(path, 'does not say where the secret is', REFER)
    else if (kind === 'env') {
      this.referredTo.set(setting, `the variable ${where.trim()}`)
      return this.fromEnvironment(path, where.trim())
    } else if (kind === 'file') {
      this.referredTo.set(setting, `the file ${where.trim()}`)
      return this.fromFile(path, where.trim())
    } else this.problem(path, 'does not say where the secret is', REFER)
    return undefined
  }

  private fromEnvironment(path: string, variable: string): string | undefined {
    this.variables.add(variable)
    const text = textOf(this.around.env, variable)
    if (text !== null) return text
    // What does not look like a variable may be the secret itself.
    const shown = /^[A-Z][A-Z0-9_]*$/.test(variable) ? `${variable}, which` : 'a variable that'
    this.problem(path, `names ${shown} is not set`, 'Set the variable, or correct its name.')
    return undefined
  }

  private fromFile(path: string, name: string): string | undefined {
    const file = resolve(this.around.cwd, name)
    try {
      const text = readFileSync(file, 'utf8')
        .replace(/^\uFEFF/, '')
        .trim()
      if (text !== '') return text
      this.problem(path, `names a file that is empty: ${file}`, 'Write the secret into it.')
    } catch (error) {
      const remedy = 'Check the path, and that the account the connector runs under may read it.'
      this.problem(path, `names a file that cannot be read: ${file}: ${fileReason(error)}`, remedy)
    }
    return undefined
  }

  private over(given: Given, unreadable: ReadonlySet<ConnectionSetting>) {
    const { environment } = this.around
    const named = new Set<ConnectionSetting>([...given.keys(), ...unreadable])
    const ownIdentity = [...IDENTITY, ...ITS_PLACE].some((setting) => named.has(setting))
    const cleared = ownIdentity ? IDENTITY : []
    const nameOf = (setting: SettingName): string => {
      const isOurs =
        setting in CONNECTION_SETTINGS &&
        (named.has(setting as ConnectionSetting) ||
          cleared.some((one) => one === setting) ||
          environment.texts[setting] === null)
      return isOurs ? `${this.place}.${keyOf(setting)}` : setting
    }
    const texts = new Map<SettingName, string | null>([...cleared.map((setting) => [setting, null] as const), ...given])
    const reading = withValues(environment, texts, nameOf)
    return { ...reading, unreadable: new Set([...reading.unreadable, ...unreadable]), ownIdentity }
  }
}

const REFER = 'Write {"env": "NAME"} for a variable of the environment, or {"file": "PATH"}.'

/** Whether this URL holds nothing secret. */
function isOpen(text: string): boolean {
  return /^(?:file|graph):/i.test(text) || (/^[a-z]+:\/\//i.test(text) && !/[@?]/.test(text))
}

/** Also in another case: nobody should have to look twice at --connection. */
function sameNames(connections: readonly ConnectionReading[]): SettingsProblem[] {
  return connections.flatMap(({ name, place }, index) => {
    const same = connections.slice(0, index).find((other) => other.name.toLowerCase() === name.toLowerCase())
    if (!same) return []
    const message = `${place}.name is ${quoted(name)}, as is the name of ${same.place}.`
    return [{ name: `${place}.name`, message, remedy: 'Give each connection a name of its own.' }]
  })
}

/** Two connections that read the same tenant with the same application. */
export function sameTenants(connections: readonly ConnectionReading[]): SettingsProblem[] {
  return connections.flatMap(({ place, values }, index) => {
    const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client } = values
    if (tenant === null) return []
    const same = connections
      .slice(0, index)
      .find((other) => other.values.AZURE_TENANT_ID === tenant && other.values.AZURE_CLIENT_ID === client)
    if (!same) return []
    const message = `${place} reads the same tenant with the same application as ${same.place}, so everybody is there twice.`
    return [{ name: place, message, remedy: 'Keep one of the two, unless this is meant.' }]
  })
}
