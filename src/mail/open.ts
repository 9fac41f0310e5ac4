import type { MailConfig } from '../config/config.js'
import { openFolder } from './file.js'
import { checkSmtp, openSmtp, type SmtpOptions, type SmtpServer } from './smtp.js'
import type { Transport } from './transport.js'

export interface MailOptions extends SmtpOptions {
  /** With user and password, where there are any. */
  readonly url: string
}

/** The way of sending the settings name. Sending through Microsoft Graph belongs to `graph`: asking for it here is a bug. */
export function openTransport(config: MailConfig, { url, ...options }: MailOptions): Transport {
  switch (config.kind) {
    case 'file':
      return openFolder(config.directory, options)
    case 'smtp':
      return openSmtp({ host: config.host, port: config.port, secure: config.secure, login: loginOf(url) }, options)
    case 'graph':
      throw new Error('emails through Microsoft Graph are not sent from here')
  }
}

function loginOf(url: string): SmtpServer['login'] {
  const { username, password } = new URL(url)
  return username === '' ? null : { user: decoded(username), password: decoded(password) }
}

/** A lone percent sign is one, not the beginning of an escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const CHECK_MS = 5_000
const CHECK_TIMEOUTS = { connectMs: CHECK_MS, greetingMs: CHECK_MS, answerMs: CHECK_MS }

/** Whether the server would take emails; none is sent. Throws `mail.unavailable`. */
export function checkServer(
  { host, port, secure }: Extract<MailConfig, { kind: 'smtp' }>,
  { url, ca, sender }: { readonly url: string; readonly ca: string | null; readonly sender: string },
): Promise<void> {
  return checkSmtp({ host, port, secure, login: loginOf(url) }, { ca, sender, timeouts: CHECK_TIMEOUTS })
}
