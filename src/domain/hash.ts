const START = 0xcbf29ce484222325n
const PRIME = 0x100000001b3n

/** Sixteen hexadecimal digits that tell texts apart (FNV-1a); no secret is safe in them. */
export function hashOf(text: string): string {
  let hash = START
  for (let i = 0; i < text.length; i += 1) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * PRIME)
  return hash.toString(16).padStart(16, '0')
}
