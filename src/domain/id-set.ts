/** Object ids, each once, in 20 to 30 bytes: a group may have half a million members. */

const WORDS = 4
const SMALLEST = 16
/** Slots of 16 bytes, so full: below that it grows by half. */
const FULLEST = 0.8
const GROWTH = 1.5
const HYPHENS: readonly number[] = [8, 13, 18, 23]

/** Letter case of GUIDs does not count. What is no GUID is kept as it is written. */
export class IdSet {
  private slots = new Uint32Array(SMALLEST * WORDS)
  private capacity = SMALLEST
  private used = 0
  /** An empty slot is all zeros. */
  private hasZero = false
  private readonly others = new Set<string>()
  private readonly parsed = new Uint32Array(WORDS)
  private readonly sums = new Uint32Array(2)

  constructor(ids: Iterable<string> = []) {
    for (const id of ids) this.add(id)
  }

  get size(): number {
    return this.used + Number(this.hasZero) + this.others.size
  }

  /** Memory for its GUIDs. */
  get bytes(): number {
    return this.slots.byteLength
  }

  /** Says which ids these are, in whatever order they came: sets with the same ids have the same one. */
  get fingerprint(): string {
    return [this.size, ...this.sums].map((part) => part.toString(16)).join('-')
  }

  has(id: string): boolean {
    if (!parse(id, this.parsed)) return this.others.has(id)
    if (isZero(this.parsed, 0)) return this.hasZero
    return isSame(this.slots, this.find(this.parsed, 0), this.parsed, 0)
  }

  add(id: string): void {
    if (this.has(id)) return
    if (!parse(id, this.parsed)) {
      this.others.add(id)
      this.count(textHash(id, 1), textHash(id, 2))
      return
    }
    this.count(hash(this.parsed, 0, 1), hash(this.parsed, 0, 2))
    if (isZero(this.parsed, 0)) {
      this.hasZero = true
      return
    }
    if (this.used + 1 > this.capacity * FULLEST) this.grow()
    this.slots.set(this.parsed, this.find(this.parsed, 0))
    this.used += 1
  }

  /** All ids, GUIDs in lower case, some at a time and in no order. Nothing may be added meanwhile. */
  *slices(length: number): Generator<readonly string[]> {
    let slice: string[] = []
    for (const id of this.ids()) {
      slice.push(id)
      if (slice.length < length) continue
      yield slice
      slice = []
    }
    if (slice.length > 0) yield slice
  }

  private *ids(): Generator<string> {
    yield* this.others
    if (this.hasZero) yield written(new Uint32Array(WORDS), 0)
    for (let at = 0; at < this.slots.length; at += WORDS) if (!isZero(this.slots, at)) yield written(this.slots, at)
  }

  /** Where the id stands in the slots, or would. */
  private find(words: Uint32Array, from: number): number {
    let slot = Math.floor((hash(words, from, 0) / 2 ** 32) * this.capacity)
    while (!isZero(this.slots, slot * WORDS) && !isSame(this.slots, slot * WORDS, words, from)) {
      slot = slot + 1 === this.capacity ? 0 : slot + 1
    }
    return slot * WORDS
  }

  private grow(): void {
    const before = this.slots
    this.capacity = Math.ceil(this.capacity * GROWTH)
    this.slots = new Uint32Array(this.capacity * WORDS)
    for (let at = 0; at < before.length; at += WORDS) {
      if (!isZero(before, at)) this.slots.set(before.subarray(at, at + WORDS), this.find(before, at))
    }
  }

  private count(first: number, second: number): void {
    this.sums[0] = (this.sums[0] ?? 0) + first
    this.sums[1] = (this.sums[1] ?? 0) + second
  }
}

/** False for what is no GUID. */
function parse(id: string, into: Uint32Array): boolean {
  if (id.length !== 36) return false
  let digits = 0
  let word = 0
  for (let at = 0; at < 36; at += 1) {
    const code = id.charCodeAt(at)
    if (HYPHENS.includes(at)) {
      if (code !== 45) return false
      continue
    }
    const digit = digitOf(code)
    if (digit < 0) return false
    word = (word << 4) | digit
    digits += 1
    if (digits % 8 === 0) into[digits / 8 - 1] = word
  }
  return true
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

function written(words: Uint32Array, at: number): string {
  let hex = ''
  for (let index = 0; index < WORDS; index += 1) hex += (words[at + index] ?? 0).toString(16).padStart(8, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function isZero(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0
}

function isSame(a: Uint32Array, at: number, b: Uint32Array, from: number): boolean {
  return a[at] === b[from] && a[at + 1] === b[from + 1] && a[at + 2] === b[from + 2] && a[at + 3] === b[from + 3]
}

/** 32 bits, unsigned. Ids that somebody counted up are spread as well as random ones. */
function hash(words: Uint32Array, at: number, seed: number): number {
  let mixed = Math.imul(seed + 1, 0x9e3779b1)
  for (let index = 0; index < WORDS; index += 1) mixed = mix(mixed ^ (words[at + index] ?? 0))
  return mixed
}

function textHash(text: string, seed: number): number {
  let mixed = Math.imul(seed + 1, 0x9e3779b1)
  for (let at = 0; at < text.length; at += 1) mixed = mix(mixed ^ text.charCodeAt(at))
  return mixed
}

/** The last steps of MurmurHash3, which is in the public domain. */
function mix(given: number): number {
  let mixed = given
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
