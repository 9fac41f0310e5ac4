import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { pfxToPem, unusable } from './pfx.js'

/** The certificate we sign in with. `pem` holds it and its key, decrypted, and never leaves memory. */
export interface Certificate {
  readonly pem: string
  /** SHA-1 in upper-case hex, as Entra shows it. */
  readonly thumbprint: string
  readonly endsAt: Date
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
const KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]+?-----END [A-Z ]*PRIVATE KEY-----/

/** PEM with certificate and key, or PFX/P12. Throws `settings.invalid` with what to do about it. */
export async function readCertificate(path: string, password: string | null): Promise<Certificate> {
  const bytes = await read(path)
  const text = bytes.toString('latin1')
  const pem = text.includes('-----BEGIN') ? text : await pfxToPem(bytes, password, path)
  const key = keyIn(pem, password, path)
  const certificates = certificatesIn(pem, path)
  // Microsoft's library takes the first for ours; in a chain it may stand anywhere.
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key))
  if (!own)
    throw unusable(path, 'its private key does not belong to its certificate', 'Export certificate and key together.')
  const keyPem = key.export({ format: 'pem', type: 'pkcs8' }).toString()
  return {
    pem: `${keyPem}${own.toString()}`,
    thumbprint: own.fingerprint.replaceAll(':', ''),
    endsAt: new Date(own.validTo),
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw unusable(path, why, 'AZURE_CLIENT_CERTIFICATE_PATH must name a file this process can read.')
  }
}

function keyIn(pem: string, password: string | null, path: string): KeyObject {
  const block = KEY.exec(pem)?.[0]
  if (!block) {
    const remedy =
      'The file needs both: put the key, in PEM form, into the same file. Entra only knows the certificate.'
    throw unusable(path, 'it holds no private key', remedy)
  }
  const encrypted = /ENCRYPTED/.test(block)
  if (encrypted && password === null) {
    throw unusable(path, 'its private key is encrypted', 'Set AZURE_CLIENT_CERTIFICATE_PASSWORD and restart `serve`.')
  }
  const key = decrypted(block, encrypted ? password : null, path)
  if (key.asymmetricKeyType === 'rsa') return key
  throw unusable(path, `its key is of type ${key.asymmetricKeyType ?? 'unknown'}`, 'Microsoft takes RSA keys only.')
}

function decrypted(block: string, password: string | null, path: string): KeyObject {
  try {
    return createPrivateKey({ key: block, format: 'pem', ...(password === null ? {} : { passphrase: password }) })
  } catch {
    throw password === null
      ? unusable(path, 'its private key is damaged', 'Export certificate and key again.')
      : unusable(
          path,
          'the password does not open its private key',
          'Check AZURE_CLIENT_CERTIFICATE_PASSWORD and restart `serve`.',
        )
  }
}

function certificatesIn(pem: string, path: string): X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? []
  if (blocks.length === 0) {
    const remedy = 'The file needs both: put the certificate, in PEM form, into the same file as the key.'
    throw unusable(path, 'it holds no certificate', remedy)
  }
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    throw unusable(path, 'a certificate in it is damaged', 'Export certificate and key again.')
  }
}
