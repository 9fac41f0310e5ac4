import { sign, type KeyObject } from 'node:crypto'

const SHA256_WITH_RSA = Buffer.from('2a864886f70d01010b', 'hex')
const COMMON_NAME = Buffer.from('550403', 'hex')
const [INTEGER, BIT_STRING, NULL, OID, UTF8, SEQUENCE, SET, UTC_TIME] = [0x02, 0x03, 0x05, 0x06, 0x0c, 0x30, 0x31, 0x17]

/** A certificate in DER that says no more than whose key it is (RFC 5280, version 1), good for some years. */
export function selfSigned(name: string, keys: { publicKey: KeyObject; privateKey: KeyObject }): Buffer {
  const algorithm = der(SEQUENCE, der(OID, SHA256_WITH_RSA), der(NULL))
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, COMMON_NAME), der(UTF8, Buffer.from(name)))))
  const time = (text: string): Buffer => der(UTC_TIME, Buffer.from(text))
  const content = der(
    SEQUENCE,
    der(INTEGER, Buffer.from([1])),
    algorithm,
    subject,
    der(SEQUENCE, time('250101000000Z'), time('450101000000Z')),
    subject,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', content, keys.privateKey)
  return der(SEQUENCE, content, algorithm, der(BIT_STRING, Buffer.from([0]), signature))
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 0x80 ? [content.length] : longLength(content.length)
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

function longLength(length: number): number[] {
  const bytes: number[] = []
  for (let left = length; left > 0; left >>= 8) bytes.unshift(left & 0xff)
  return [0x80 | bytes.length, ...bytes]
}
