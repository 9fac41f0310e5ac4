import type { SettingsProblem } from './config.js'
import type { Setting } from './setting.js'
import { SETTINGS, type SettingName, type Values } from './settings.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** The settings of one connection as they were read. Where one is unreadable, its default stands in: its problem is told. */
export interface Reading {
  readonly values: Values
  /** As written, defaults included; null: not set, and there is no default. */
  readonly texts: Readonly<Record<SettingName, string | null>>
  readonly unreadable: ReadonlySet<SettingName>
  /** What a setting is called where it was given, or would be. */
  readonly nameOf: (setting: SettingName) => string
}

/** An empty value counts as unset. */
export function textOf(env: Environment, name: string): string | null {
  const text = env[name]?.trim() ?? ''
  return text === '' ? null : text
}

/** Other programs prefer the lower-case spelling where both are set, undici among them. */
function spelling(env: Environment, name: string, setting: Setting): string {
  const lower = name.toLowerCase()
  return setting.lowerCase && textOf(env, lower) !== null ? lower : name
}

/** What the environment says, and every value of it that cannot be read. */
export function readValues(env: Environment): Reading & { readonly problems: readonly SettingsProblem[] } {
  const given = new Map<SettingName, string>()
  const names = Object.keys(SETTINGS) as SettingName[]
  const spelt = (name: SettingName): string => spelling(env, name, SETTINGS[name])
  for (const name of names) {
    const text = textOf(env, spelt(name))
    if (text !== null) given.set(name, text)
  }
  return withValues(EMPTY, given, spelt)
}

const EMPTY: Pick<Reading, 'values' | 'texts' | 'unreadable'> = {
  values: perSetting(defaultOf) as Values,
  texts: perSetting(({ default: text }) => text ?? null) as Reading['texts'],
  unreadable: new Set(),
}

function perSetting(make: (setting: Setting) => unknown): unknown {
  return Object.fromEntries(Object.entries<Setting>(SETTINGS).map(([name, setting]) => [name, make(setting)]))
}

function defaultOf(setting: Setting): unknown {
  const parsed = setting.default === undefined ? { value: null } : setting.parse(setting.default)
  return 'value' in parsed ? parsed.value : null
}

/** The same with other values in some places; null: back to the default. */
export function withValues(
  before: Pick<Reading, 'values' | 'texts' | 'unreadable'>,
  given: ReadonlyMap<SettingName, string | null>,
  nameOf: Reading['nameOf'],
): Reading & { readonly problems: readonly SettingsProblem[] } {
  const values: Record<string, unknown> = { ...before.values }
  const texts = { ...before.texts }
  const unreadable = new Set(before.unreadable)
  const problems: SettingsProblem[] = []
  for (const [name, text] of given) {
    const setting: Setting = SETTINGS[name]
    unreadable.delete(name)
    const parsed = text === null ? null : setting.parse(text)
    if (parsed && 'problem' in parsed) {
      unreadable.add(name)
      const spelt = nameOf(name)
      problems.push({ name: spelt, message: `${spelt} ${parsed.problem}.`, remedy: parsed.remedy })
    }
    values[name] = parsed && 'value' in parsed ? parsed.value : defaultOf(setting)
    texts[name] = text ?? setting.default ?? null
  }
  return { values: values as unknown as Values, texts, unreadable, nameOf, problems }
}
