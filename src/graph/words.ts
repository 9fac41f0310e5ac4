/// <reference lib="es2024.string" />

/** Keeps what must not be read by anybody out of what Microsoft, a proxy or a library said. */
export interface Words {
  /** Never to be shown again: a secret or a token. */
  readonly hide: (value: string) => void
  /** Text fit for a message: no secret, no token, no link, at most 500 characters. */
  readonly clean: (text: string, link?: string) => string
  /** A code or an id, which support needs as it stands; empty when it is anything else. */
  readonly label: (text: string) => string
}

const LONGEST = 500
/** Anything shorter would also blacken ordinary words. */
const SHORTEST_SECRET = 6
const REMEMBERED = 20
const LABEL = /^[\w.-]{1,100}$/
const HIDDEN = '(hidden)'

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, HIDDEN],
  [/\bBearer\s+[^\s"'<>,;]+/gi, `Bearer ${HIDDEN}`],
  [/(skip|delta)token(=|%3d)[^\s&"'<>]*/gi, `$1token=${HIDDEN}`],
  [/(client_secret|client_assertion|access_token)(["']?\s*[:=]\s*["']?)[^\s&"'<>,}]+/gi, `$1$2${HIDDEN}`],
  [/(https?:\/\/)(?:[^\s/"'<>@]*@)?([^\s/"'<>?#@]+)[^\s"'<>]*/gi, '$1$2'],
]

export function words(...secrets: readonly (string | null)[]): Words {
  const hidden = new Set<string>()
  const always = new Set<string>()

  function hide(into: Set<string>, value: string): void {
    if (value.length < SHORTEST_SECRET) return
    const encoded = encodeURIComponent(value)
    for (const form of [value, encoded, encoded.replaceAll('%20', '+')]) into.add(form)
  }

  for (const secret of secrets) if (secret !== null) hide(always, secret)

  function clean(text: string, link?: string): string {
    let cleaned = text
    for (const value of [...always, ...hidden, ...partsOf(link)]) cleaned = cleaned.replaceAll(value, HIDDEN)
    for (const [pattern, instead] of PATTERNS) cleaned = cleaned.replace(pattern, instead)
    return cleaned.length > LONGEST ? `${cleaned.slice(0, LONGEST)}…`.toWellFormed() : cleaned
  }

  return {
    clean,
    label: (text) => (LABEL.test(clean(text)) ? text : ''),
    hide: (value) => {
      hide(hidden, value)
      for (const oldest of hidden) {
        if (hidden.size <= REMEMBERED) break
        hidden.delete(oldest)
      }
    },
  }
}

function partsOf(link: string | undefined): string[] {
  if (link === undefined) return []
  const query = link.split('?')[1]
  return query ? [link, query] : [link]
}
