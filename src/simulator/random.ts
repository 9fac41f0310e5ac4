/** A small seeded generator (mulberry32): the same seed tells the same story on every machine. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number
  pick<T>(list: readonly T[]): T
  guid(): string
}

export function randomFrom(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number): number => Math.floor((word() / 2 ** 32) * limit)
  return {
    next: () => word() / 2 ** 32,
    below,
    pick: <T>(list: readonly T[]): T => list[below(list.length)] as T,
    guid: () => guidFrom(word(), word(), word(), word()),
  }
}

/** Version 4, variant 1, as Entra's object ids are. */
function guidFrom(first: number, second: number, third: number, fourth: number): string {
  const [a, b, c, d] = [
    hex(first),
    hex((second & 0xffff0fff) | 0x4000),
    hex((third & 0x3fffffff) | 0x80000000),
    hex(fourth),
  ]
  return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
