import { ConnectorError, type ErrorDetails } from '../domain/errors.js'

export interface FailedMailbox {
  readonly host: string
  readonly port: number
  readonly folder: string
  readonly silenceMs: number
  /** Never shown, whatever the server answers. */
  readonly secrets: readonly string[]
}

const MEANWHILE = 'Emails are sent as usual. Only delivery reports wait; the next run reads on where this one stopped.'

/** How OpenSSL and Node name a certificate that is not to be trusted. */
const UNTRUSTED = /CERT|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH/
const SILENT = /^(?:ETIMEOUT|ETIMEDOUT|CONNECT_TIMEOUT|GREETING_TIMEOUT|UPGRADE_TIMEOUT)$/

/** What imapflow throws, as `mail.unavailable`. The error itself is not passed on: it may hold the commands we sent. */
export function imapFailure(error: unknown, mailbox: FailedMailbox): ConnectorError {
  const { host, port, folder, silenceMs, secrets } = mailbox
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const seen = look(error)
  const details: ErrorDetails = {
    ...(seen.code === null ? {} : { code: without(seen.code, secrets) }),
    words: without(seen.words, secrets),
  }
  const told = (message: string, remedy: string): ConnectorError =>
    new ConnectorError('mail.unavailable', { message, remedy, meanwhile: MEANWHILE, details })
  if (seen.refused) {
    return told(
      `The mailbox for delivery reports at ${place} refuses the login`,
      'Check user and password in BOUNCES_URL; write %40 for @ and percent-encode other special characters there.',
    )
  }
  if (UNTRUSTED.test(seen.code ?? '')) {
    return told(
      `${place} shows a certificate this machine does not trust`,
      'Put its authority into NODE_EXTRA_CA_CERTS, and name the host in BOUNCES_URL as the certificate does.',
    )
  }
  if (SILENT.test(seen.code ?? '')) {
    return told(
      `The mail server ${place} has said nothing for ${Math.round(silenceMs / 1000)} s`,
      'Nothing to do if it was busy; we try again by ourselves. Otherwise check host, port and firewall: imaps: is for port 993.',
    )
  }
  if (seen.missing) {
    return told(
      `We cannot open the folder ${folder} of the mailbox for delivery reports at ${place}`,
      'Check the folder in BOUNCES_URL, in the spelling of the mail server; without one it is INBOX.',
    )
  }
  return told(
    `We cannot read the mailbox for delivery reports at ${place}`,
    'Nothing to do; we try again by ourselves. If it stays, check host and port in BOUNCES_URL, the firewall and the mail server.',
  )
}

interface Seen {
  readonly code: string | null
  readonly words: string
  readonly refused: boolean
  readonly missing: boolean
}

function look(error: unknown): Seen {
  // A dual-stack connect has one error for each address.
  const inner: unknown = error instanceof AggregateError ? (error.errors as unknown[])[0] : error
  const fields: Readonly<Record<string, unknown>> = typeof inner === 'object' && inner !== null ? { ...inner } : {}
  const text = (name: string): string | null => {
    const value = fields[name]
    return typeof value === 'string' && value !== '' ? value : null
  }
  const message = inner instanceof Error ? inner.message : String(inner)
  return {
    code: text('serverResponseCode') ?? text('code'),
    words: (text('responseText') ?? (text('reason') ? `${message}: ${text('reason') ?? ''}` : message)).slice(0, 500),
    refused: fields['authenticationFailed'] === true,
    missing: fields['mailboxMissing'] === true || text('serverResponseCode') === 'NONEXISTENT',
  }
}

/** Short ones go too: better unreadable words than a password in a log. */
function without(text: string, secrets: readonly string[]): string {
  const spellings = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ])
  const joined = Buffer.from(`\0${secrets.join('\0')}`).toString('base64')
  return [joined, ...spellings].reduce((safe, one) => (one === '' ? safe : safe.replaceAll(one, '[redacted]')), text)
}
