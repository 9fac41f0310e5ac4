import selfsigned from 'selfsigned'
import type { Identity } from './server.js'

/** A certificate of an authority nobody knows, for 127.0.0.1 and a few names. */
export function privateIdentity(...names: readonly string[]): Identity {
  const altNames = [{ type: 7, ip: '127.0.0.1' }, ...['localhost', ...names].map((value) => ({ type: 2, value }))]
  const made = selfsigned.generate([{ name: 'commonName', value: 'connector test authority' }], {
    algorithm: 'sha256',
    keySize: 2048,
    days: 30,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  })
  return { key: made.private, cert: made.cert }
}
