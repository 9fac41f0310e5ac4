/** What tells of the structure of JSON: texts, with the colon that makes one a key, brackets and commas. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\],]/g

interface Level {
  /** Null in a list. */
  readonly keys: Set<string> | null
  key: string
  index: number
}

/**
 * Paths of keys that stand in the same object more than once, such as `rules[2].op`: JSON leaves open which of them counts.
 * The text has been found to be JSON.
 */
export function repeatedKeys(json: string): readonly string[] {
  const levels: Level[] = []
  const repeated = new Set<string>()
  for (const [token, text, colon] of json.matchAll(TOKENS)) {
    const level = levels.at(-1)
    if (token === '{' || token === '[') levels.push({ keys: token === '{' ? new Set() : null, key: '', index: 0 })
    else if (token === '}' || token === ']') levels.pop()
    else if (token === ',' && level) level.index += 1
    else if (text !== undefined && colon !== undefined && level?.keys) {
      level.key = JSON.parse(text) as string
      if (level.keys.has(level.key)) repeated.add(pathOf(levels))
      level.keys.add(level.key)
    }
  }
  return [...repeated]
}

function pathOf(levels: readonly Level[]): string {
  return levels
    .map(({ keys, key, index }) => (keys ? `.${key}` : `[${index}]`))
    .join('')
    .replace(/^\./, '')
}
