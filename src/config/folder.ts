import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { MappingConfig } from '../domain/mapping.js'
import { EVERYONE, type ScopeConfig } from '../domain/scope.js'
import { readTexts } from '../texts/own-texts.js'
import type { Logo, SettingsProblem } from './config.js'
import { fileReason, isAbsent, whyUnreadable } from './files.js'
import type { Report } from './json-shape.js'
import { readMapping } from './mapping.js'
import { quoted } from './parsers.js'
import { repeatedKeys } from './repeated.js'
import { readScope } from './scope.js'

/** What an operator may put into the folder `config` of the working directory. */
export interface OwnFiles {
  /** The parsed `texts.json`, found good; null without one. */
  readonly texts: unknown
  readonly logo: Logo | null
  /** Of every connection that has none of its own. */
  readonly scope: ScopeConfig
  readonly mapping: MappingConfig
  readonly problems: readonly SettingsProblem[]
}

const MOST_LOGO_BYTES = 500_000
const LOGOS = [
  { name: 'logo.svg', type: 'image/svg+xml' },
  { name: 'logo.png', type: 'image/png' },
] as const

/** Every problem names the file, and the path in it. */
export function readFolder(cwd: string): OwnFiles {
  const problems: SettingsProblem[] = []
  return {
    texts: ownTexts(join(cwd, 'config', 'texts.json'), problems),
    logo: ownLogo(cwd, problems),
    scope: ownFile(cwd, 'config/scope.json', readScope, problems) ?? EVERYONE,
    mapping: ownFile(cwd, MAPPING_FILE, readMapping, problems) ?? {},
    problems,
  }
}

export const MAPPING_FILE = 'config/mapping.json'

function ownFile<T>(
  cwd: string,
  name: string,
  read: (json: unknown, report: Report) => T,
  problems: SettingsProblem[],
): T | null {
  const json = jsonIn(join(cwd, name), name, problems)
  if (json === undefined) return null
  return read(json, (path, problem, remedy) => {
    problems.push({ name, message: `${path === '' ? name : `${name}: ${path}`} ${problem}.`, remedy })
  })
}

function ownTexts(path: string, problems: SettingsProblem[]): unknown {
  const name = 'config/texts.json'
  const json = jsonIn(path, name, problems)
  if (json === undefined) return null
  for (const { path: place, message } of readTexts(json).problems) {
    const where = place === '' ? name : `${name}: ${place}`
    problems.push({ name, message: `${where} ${message}.`, remedy: 'Correct it, or take it out: ours is used then.' })
  }
  return json
}

/** Undefined without the file, and when it cannot be read: then that is added to the problems, under this name. */
export function jsonIn(
  path: string,
  name: string,
  problems: SettingsProblem[],
  why: (error: SyntaxError) => string = ({ message }) => message,
): unknown {
  if (isAbsent(path)) return undefined
  try {
    const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
    const json: unknown = JSON.parse(text)
    for (const place of repeatedKeys(text)) {
      const message = `${name}: ${quoted(place).slice(1, -1)} stands there twice.`
      problems.push({ name, message, remedy: 'Keep one of the two: only the last one would count.' })
    }
    return json
  } catch (error) {
    const what = error instanceof SyntaxError ? `is not JSON: ${why(error)}` : `cannot be read: ${fileReason(error)}`
    problems.push({ name, message: `${name} ${what}.`, remedy: 'Correct the file, or take it away.' })
    return undefined
  }
}

function ownLogo(cwd: string, problems: SettingsProblem[]): Logo | null {
  for (const { name, type } of LOGOS) {
    const path = join(cwd, 'config', name)
    if (isAbsent(path)) continue
    const why = whyUnreadable(path)
    if (why === null && statSync(path).size <= MOST_LOGO_BYTES) return { type, path }
    problems.push({
      name: `config/${name}`,
      message: why === null ? `config/${name} is larger than 500 kB.` : `config/${name} cannot be read: ${why}.`,
      remedy: why === null ? 'Save a smaller one: it stands on every page.' : 'Make it readable, or take it away.',
    })
  }
  return null
}
