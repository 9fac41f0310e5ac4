import mongoose from 'mongoose'

/**
 * MongoDB's messages, as far as a client and a server exchange them today: OP_MSG with its document sequences and
 * checksum, and OP_QUERY with OP_REPLY, in which a client says its first hello.
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */

const { BSON } = mongoose.mongo

export type Document = Record<string, unknown>

export interface Message {
  readonly id: number
  readonly to: number
  readonly kind: 'msg' | 'query' | 'reply'
  readonly flags: number
  /** The command or the answer, document sequences among its properties as lists. */
  readonly document: Document
}

const KINDS: Readonly<Record<number, Message['kind']>> = { 1: 'reply', 2004: 'query', 2013: 'msg' }
const CODES: Readonly<Record<Message['kind'], number>> = { reply: 1, query: 2004, msg: 2013 }
const HEADER = 16
const CHECKSUM = 1

/** Values stay what they were on the wire: an Int32 an Int32. */
const AS_SENT = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const

/** Cuts what has arrived into whole messages. */
export class Messages {
  #waiting = Buffer.alloc(0)

  from(data: Buffer): Buffer[] {
    this.#waiting = Buffer.concat([this.#waiting, data])
    const whole: Buffer[] = []
    while (this.#waiting.length >= 4) {
      const size = this.#waiting.readInt32LE(0)
      if (this.#waiting.length < size) break
      whole.push(this.#waiting.subarray(0, size))
      this.#waiting = this.#waiting.subarray(size)
    }
    return whole
  }
}

/** Throws for what is no such message, and for one whose checksum is wrong. */
export function decode(bytes: Buffer): Message {
  const kind = KINDS[bytes.readInt32LE(12)]
  if (kind === undefined) throw new Error(`a message of the unknown kind ${bytes.readInt32LE(12)}`)
  const flags = bytes.readUInt32LE(HEADER)
  const head = { id: bytes.readInt32LE(4), to: bytes.readInt32LE(8), kind, flags }
  if (kind === 'reply') return { ...head, document: documentAt(bytes, HEADER + 20) }
  if (kind === 'query') return { ...head, document: documentAt(bytes, bytes.indexOf(0, HEADER + 4) + 1 + 8) }
  const hasChecksum = (flags & CHECKSUM) !== 0
  const end = bytes.length - (hasChecksum ? 4 : 0)
  if (hasChecksum && bytes.readUInt32LE(end) !== crc32c(bytes.subarray(0, end))) throw new Error('a wrong checksum')
  return { ...head, document: sections(bytes, end) }
}

/** A query is written as it came and never made here. */
export function encode({ id, to, kind, flags, document }: Message): Buffer {
  const body = Buffer.from(BSON.serialize(document))
  const before = Buffer.alloc(kind === 'msg' ? HEADER + 5 : HEADER + 20)
  const plain = kind === 'msg' ? flags & ~CHECKSUM : flags
  before.writeInt32LE(before.length + body.length, 0)
  before.writeInt32LE(id, 4)
  before.writeInt32LE(to, 8)
  before.writeInt32LE(CODES[kind], 12)
  before.writeUInt32LE(plain, HEADER)
  if (kind === 'reply') before.writeInt32LE(1, HEADER + 16)
  return Buffer.concat([before, body])
}

/** The same with a checksum, and with one list of the document as a sequence of its own. */
export function encodeWithSequence(message: Message, list: string): Buffer {
  const { [list]: documents, ...rest } = message.document
  const parts = (documents as Document[]).map((document) => Buffer.from(BSON.serialize(document)))
  const name = Buffer.from(`${list}\0`)
  const size = Buffer.alloc(4)
  size.writeInt32LE(4 + name.length + parts.reduce((sum, { length }) => sum + length, 0))
  const plain = encode({ ...message, document: rest })
  const whole = Buffer.concat([plain, Buffer.from([1]), size, name, ...parts, Buffer.alloc(4)])
  whole.writeInt32LE(whole.length, 0)
  whole.writeUInt32LE(message.flags | CHECKSUM, HEADER)
  whole.writeUInt32LE(crc32c(whole.subarray(0, -4)), whole.length - 4)
  return whole
}

/** A number, however it was sent. */
export function asNumber(value: unknown): number {
  return Number(typeof value === 'object' && value !== null ? value.valueOf() : value)
}

function sections(bytes: Buffer, end: number): Document {
  let document: Document = {}
  const lists: Document = {}
  for (let at = HEADER + 4; at < end;) {
    const size = bytes.readInt32LE(at + 1)
    if (bytes[at] === 0) document = documentAt(bytes, at + 1)
    else {
      const name = bytes.indexOf(0, at + 5)
      const list: Document[] = []
      for (let next = name + 1; next < at + 1 + size; next += bytes.readInt32LE(next))
        list.push(documentAt(bytes, next))
      lists[bytes.subarray(at + 5, name).toString()] = list
    }
    at += 1 + size
  }
  return { ...document, ...lists }
}

function documentAt(bytes: Buffer, at: number): Document {
  return BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)), AS_SENT)
}

/** Castagnoli's polynomial, as RFC 3720 (appendix B.4) has it. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
