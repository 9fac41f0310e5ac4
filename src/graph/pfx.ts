import type forge from 'node-forge'
import { ConnectorError } from '../domain/errors.js'

/**
 * PFX/P12 as PEM, in memory. Node opens such files but does not hand out what is in them, so node-forge reads them;
 * what it cannot read, openssl can, and the error says how.
 */
export async function pfxToPem(bytes: Buffer, password: string | null, path: string): Promise<string> {
  const { default: library } = await import('node-forge')
  const container = containerIn(library, bytes, path)
  const opened = open(library, container, { password: password ?? '', path })
  const { certBag, keyBag, pkcs8ShroudedKeyBag } = library.pki.oids
  const keys = [pkcs8ShroudedKeyBag, keyBag].flatMap((type) => bagsOf(opened, type))
  const certificates = bagsOf(opened, certBag)
  if (keys.length === 0) {
    throw unusable(
      path,
      'it holds no private key',
      'Export it again with its private key ("Yes, export the private key").',
    )
  }
  const pem = (kind: string, bag: forge.pkcs12.Bag): string => pemOf(library, kind, bag)
  return [...keys.map((bag) => pem('PRIVATE KEY', bag)), ...certificates.map((bag) => pem('CERTIFICATE', bag))].join('')
}

function containerIn(library: typeof forge, bytes: Buffer, path: string): forge.asn1.Asn1 {
  try {
    return library.asn1.fromDer(bytes.toString('binary'))
  } catch {
    throw unusable(
      path,
      'it is neither PEM nor PFX',
      'AZURE_CLIENT_CERTIFICATE_PATH must name a .pem, .pfx or .p12 file.',
    )
  }
}

function open(
  library: typeof forge,
  container: forge.asn1.Asn1,
  { password, path }: { password: string; path: string },
): forge.pkcs12.Pkcs12Pfx {
  try {
    return library.pkcs12.pkcs12FromAsn1(container, password)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (/password|decrypt/i.test(why)) return openAsUtf8(library, container, { password, path })
    const command = `openssl pkcs12 -in "${path}" -out certificate.pem -nodes`
    throw unusable(path, why, `Convert it, and name the new file instead: ${command}`)
  }
}

/**
 * Newer files take the password as UTF-8 for their keys, but as UTF-16 for their checksum, and node-forge knows one form
 * for both: so the checksum, the third part, is left out, and a wrong password shows when nothing can be decrypted.
 */
function openAsUtf8(
  library: typeof forge,
  container: forge.asn1.Asn1,
  { password, path }: { password: string; path: string },
): forge.pkcs12.Pkcs12Pfx {
  const bytes = Buffer.from(password, 'utf8').toString('binary')
  try {
    if (bytes === password) throw new Error('the same password')
    const value = Array.isArray(container.value) ? container.value.slice(0, 2) : container.value
    return library.pkcs12.pkcs12FromAsn1({ ...container, value }, bytes)
  } catch {
    throw unusable(
      path,
      'the password does not open it',
      'Check AZURE_CLIENT_CERTIFICATE_PASSWORD and restart `serve`.',
    )
  }
}

function bagsOf(opened: forge.pkcs12.Pkcs12Pfx, type: string | undefined): forge.pkcs12.Bag[] {
  return type === undefined ? [] : (opened.getBags({ bagType: type })[type] ?? [])
}

/** What is not RSA the library leaves as it is, in `asn1`. */
function pemOf(library: typeof forge, kind: string, bag: forge.pkcs12.Bag): string {
  const { pki, asn1 } = library
  const own = bag.key
    ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(bag.key))
    : bag.cert
      ? pki.certificateToAsn1(bag.cert)
      : bag.asn1
  const base64 = Buffer.from(asn1.toDer(own).getBytes(), 'binary').toString('base64')
  return `-----BEGIN ${kind}-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END ${kind}-----\n`
}

export function unusable(path: string, why: string, remedy: string): ConnectorError {
  const message = `The certificate ${path} cannot be used: ${why}`
  return new ConnectorError('settings.invalid', { message, remedy })
}
