/** Blocks of `Name: value` lines, as in headers and in delivery reports. Names are in lower case. */
export type Fields = ReadonlyMap<string, readonly string[]>

/** Folded lines are joined; lines that are no field are left out. An empty line ends a block. */
export function fieldBlocks(text: string): Fields[] {
  return text.split(/(?:\r\n|\n|\r(?!\n))(?:[ \t]*(?:\r\n|\n|\r(?!\n)))+/).map(fieldsOf)
}

/** The first block: of a message its headers. */
export function firstFields(text: string): Fields {
  if (/^[\r\n]/.test(text)) return new Map()
  return fieldsOf(text.slice(0, /\r\n\r\n|\n\n|\n\r\n|\r\r/.exec(text)?.index))
}

function fieldsOf(block: string): Fields {
  const fields = new Map<string, string[]>()
  let last: string[] | null = null
  for (const line of block.split(/\r\n|\n|\r/)) {
    if (/^[ \t]/.test(line)) {
      const value = last?.pop()
      if (value !== undefined) last?.push(`${value} ${line.trim()}`.trim())
      continue
    }
    const [, name, value] = /^([!-9;-~]{1,100})[ \t]*:([^]*)$/.exec(line) ?? []
    last = null
    if (name === undefined || value === undefined) continue
    last = fields.get(name.toLowerCase()) ?? []
    last.push(value.trim())
    fields.set(name.toLowerCase(), last)
  }
  return fields
}

/** The one value a field has: null when it is missing, empty or there several times. */
export function only(fields: Fields, name: string): string | null {
  const values = fields.get(name) ?? []
  return values.length === 1 ? values[0] || null : null
}

/** RFC 3461: `+2B` stands for a plus. What is not xtext stays as it is. */
export function xtextDecoded(text: string): string {
  return text.replace(/(?:\+[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('+', ''), 'hex').toString())
}

/**
 * How `rfc822; ada@contoso.example` can be read. The address should have been decoded by whoever wrote the report, and
 * not everybody does (RFC 3464 2.3.1), so an address with a plus is ambiguous: both readings. RFC 6533 writes letters
 * outside of ASCII as `\x{E4}`.
 */
export function addressesOf(value: string): string[] {
  const plain = value
    .replace(/^[a-z0-9-]+[ \t]*;/i, '')
    .trim()
    .replace(/^<(.*)>$/, '$1')
  const decoded = xtextDecoded(plain)
  const letters = plain.replace(/\\x\{([0-9A-Fa-f]{1,6})\}/g, (escape, hex: string) => letterOf(hex) ?? escape)
  return [...new Set([plain, decoded, letters])].filter((address) => address !== '' && address.length <= 1000)
}

function letterOf(hex: string): string | null {
  const point = Number.parseInt(hex, 16)
  return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : null
}
