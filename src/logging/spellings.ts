const SHORTEST = 6

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

function lowerCaseHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
}

/**
 * The part of its base64 that does not depend on its neighbours, for each of the three places it can start at: a
 * password inside `Basic base64(user:password)` is found too.
 */
function base64(text: string): string[] {
  const bytes = Buffer.from(text)
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const start = Math.ceil((offset * 8) / 6)
    const stable = encoded.slice(start, Math.floor(((offset + bytes.length) * 8) / 6))
    return [stable, stable.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** How a secret may be written where it should not be: as it is, in addresses, forms, JSON, JSON in JSON, base64. */
export function spellings(secret: string): string[] {
  if (secret.length < SHORTEST) return []
  const inUrls = [encodeURI(wellFormed(secret)), encodeURIComponent(wellFormed(secret)), formEncoded(secret)]
  const all = [
    secret,
    ...inUrls,
    ...inUrls.map(lowerCaseHex),
    jsonEscaped(secret),
    jsonEscaped(jsonEscaped(secret)),
    ...base64(secret),
  ]
  return [...new Set(all)].filter((text) => text.length >= SHORTEST)
}

/** Half of a surrogate pair can't be percent-encoded. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD')
}
