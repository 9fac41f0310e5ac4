import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { jsonAnswer, type Answer, type JsonObject } from './answer.js'
import { selfSigned } from './self-signed.js'

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** What is published of it, but for the issuer. */
  readonly jwk: JsonObject
}

/** Making a key takes long: every simulator of a process has the same ones. */
const MADE = new Map<number, SigningKey>()

function signingKey(number: number): SigningKey {
  const known = MADE.get(number)
  if (known) return known
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = selfSigned('accounts.accesscontrol.windows.net', { publicKey, privateKey })
  const thumbprint = createHash('sha1').update(certificate).digest('base64url')
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const x5c = [certificate.toString('base64')]
  const jwk = { kty: 'RSA', use: 'sig', kid: thumbprint, x5t: thumbprint, n, e, x5c }
  const key = { kid: thumbprint, privateKey, publicKey, jwk }
  MADE.set(number, key)
  return key
}

/** A key that was never published, as somebody else would sign with. */
export function foreignKey(): SigningKey {
  return signingKey(-1)
}

/** The keys of the authority; they roll without notice. */
export class SigningKeys {
  #first = 0
  #inUse = 0

  /** Signs id tokens from now on. */
  get current(): SigningKey {
    return signingKey(this.#inUse)
  }

  /** A key nobody has heard of is published and used at once. The old one stays published unless it is `withdrawn`. */
  rollOver({ withdrawn = false } = {}): void {
    this.#inUse += 1
    if (withdrawn) this.#first = this.#inUse
  }

  /** `/{tenant}/discovery/v2.0/keys`. */
  answer(issuer: string): Answer {
    const keys: JsonObject[] = []
    for (let number = this.#first; number <= this.#inUse; number += 1) keys.push({ ...signingKey(number).jwk, issuer })
    return jsonAnswer(200, { keys }, { 'Cache-Control': 'max-age=86400, private' })
  }
}
