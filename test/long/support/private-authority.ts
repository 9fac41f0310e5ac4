import forge from 'node-forge'

export interface PrivateAuthority {
  /** PEM of the authority's own certificate. */
  readonly ca: string
  /** PEM of a server on this machine, whose certificate the authority has signed. */
  readonly server: { readonly key: string; readonly cert: string }
}

/** As an enterprise has one: its certificate is in no trust store. */
export function privateAuthority(): PrivateAuthority {
  const { pki } = forge
  const [own, servers] = [pki.rsa.generateKeyPair(2048), pki.rsa.generateKeyPair(2048)]
  const named = (name: string) => [{ name: 'commonName', value: name }]
  const authority = certificate('1', own.publicKey, named('Private authority'), named('Private authority'))
  authority.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true },
  ])
  authority.sign(own.privateKey, forge.md.sha256.create())
  const server = certificate('2', servers.publicKey, named('localhost'), named('Private authority'))
  server.setExtensions([{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }])
  server.sign(own.privateKey, forge.md.sha256.create())
  return {
    ca: pki.certificateToPem(authority),
    server: { key: pki.privateKeyToPem(servers.privateKey), cert: pki.certificateToPem(server) },
  }
}

function certificate(
  serial: string,
  key: forge.pki.rsa.PublicKey,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
): forge.pki.Certificate {
  const made = forge.pki.createCertificate()
  made.publicKey = key
  made.serialNumber = serial
  made.validity.notBefore = new Date('2025-01-01')
  made.validity.notAfter = new Date('2045-01-01')
  made.setSubject(subject)
  made.setIssuer(issuer)
  return made
}
