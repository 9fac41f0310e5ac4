import { setTimeout as sleep } from 'node:timers/promises'
import * as tls from 'node:tls'
import { createTransport } from 'nodemailer'
import type { Options } from 'nodemailer/lib/mailer'
import { ConnectorError } from '../domain/errors.js'
import { isPlainAddress } from './address.js'
import { mailOptions } from './mime.js'
import { openPace } from './pace.js'
import { meaningOf, noAddress, type SmtpFailure, type Stage } from './smtp-answers.js'
import type { Message, Transport } from './transport.js'
import { sendingStopped } from './unavailable.js'

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the beginning; without it STARTTLS, when offered. */
  readonly secure: boolean
  readonly login: { readonly user: string; readonly password: string } | null
}

export interface SmtpOptions {
  readonly now: () => Date
  /** More authorities to trust, as PEM. */
  readonly ca?: string | null
  readonly perMinute?: number | null
  readonly timeouts?: Timeouts
}

/** In milliseconds: until connected, until greeted, and until any later answer. */
export interface Timeouts {
  readonly connectMs: number
  readonly greetingMs: number
  readonly answerMs: number
}

const TIMEOUTS: Timeouts = { connectMs: 15_000, greetingMs: 30_000, answerMs: 90_000 }

/** Few enough for servers that count connections. */
const CONNECTIONS = 2

/** Shorter than servers keep idle connections, so that they are hardly ever closed under our hands. */
const IDLE_MS = 5_000

/** The stage travels with the message, because nodemailer's errors do not tell how far it had come. */
interface Mail extends Options {
  readonly progress: { stage: Stage }
  readonly signal: AbortSignal
  readonly dsn: { readonly ret: 'HDRS'; readonly envid: string; readonly notify: 'FAILURE'; readonly orcpt?: string }
}

/**
 * Sends over SMTP. It connects with the first message and keeps connections for the next ones. `send` throws
 * `run.interrupted` when stopped before the message was handed over.
 */
export function openSmtp(server: SmtpServer, options: SmtpOptions): Transport {
  const { now, ca = null, perMinute = null, timeouts = TIMEOUTS } = options
  const { host, port, login } = server
  const turn = openPace({ perMinute, now, sleep: (ms, signal) => sleep(ms, undefined, { signal }) })
  const transporter = createTransport({
    pool: true as const,
    maxConnections: CONNECTIONS,
    idleTimeout: IDLE_MS,
    // A connection that has died between two messages is replaced at once; other repetitions are not this file's decision.
    maxRequeues: 1,
    ...connectionTo(server, { ca, timeouts }),
  })
  transporter.use('stream', (mail, done) => {
    const { progress } = mail.data as Mail
    // Asked for once connected and logged in; its end is written together with the final dot.
    mail.message.processFunc((stream) => {
      progress.stage = 'handing-over'
      return stream.once('end', () => (progress.stage = 'handed-over'))
    })
    done()
  })
  const secrets = login ? spellingsOf(login) : []

  return {
    concurrency: CONNECTIONS,
    send: async (message, signal) => {
      if (!isPlainAddress(message.to)) return { outcome: 'refused', reason: noAddress(message.to) }
      const mail: Mail = {
        ...mailOptions(message, now()),
        xMailer: false,
        progress: { stage: 'connecting' },
        signal,
        dsn: { ret: 'HDRS', envid: message.emailId, notify: 'FAILURE', ...originalRecipient(message) },
      }
      try {
        await turn(signal)
        await transporter.sendMail(mail)
        return { outcome: 'accepted' }
      } catch (error) {
        const { stage } = mail.progress
        if (signal.aborted && stage !== 'handed-over') throw sendingStopped()
        const meaning = meaningOf(error as SmtpFailure, { stage, host, port, message, secrets })
        if (meaning instanceof ConnectorError) throw meaning
        return meaning
      }
    },
    close: () => {
      transporter.close()
      return Promise.resolve()
    },
  }
}

/** Connects, logs in and leaves again. Throws `mail.unavailable`; `sender` is named in its words. */
export async function checkSmtp(
  server: SmtpServer,
  { ca = null, timeouts = TIMEOUTS, sender }: Pick<SmtpOptions, 'ca' | 'timeouts'> & { readonly sender: string },
): Promise<void> {
  const { host, port, login } = server
  const transporter = createTransport(connectionTo(server, { ca, timeouts }))
  try {
    await transporter.verify()
  } catch (error) {
    const message = { from: { name: null, address: sender }, to: '', text: '' }
    const attempt = { stage: 'connecting', host, port, message, secrets: login ? spellingsOf(login) : [] } as const
    throw meaningOf(error as SmtpFailure, attempt) as ConnectorError
  } finally {
    transporter.close()
  }
}

function connectionTo(
  { host, port, secure, login }: SmtpServer,
  { ca, timeouts }: { readonly ca: string | null; readonly timeouts: Timeouts },
) {
  return {
    host,
    port,
    secure,
    ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
    ...(ca === null ? {} : { tls: { ca: [...knownAuthorities(), ca] } }),
    connectionTimeout: timeouts.connectMs,
    dnsTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.answerMs,
  }
}

/** A setting for authorities replaces what Node trusts by itself, so that is named, too. */
function knownAuthorities(): readonly string[] {
  // Since Node 22.15; before it only the authorities Node brings along can be named.
  const { getCACertificates }: typeof tls & { getCACertificates?: (type: 'default') => string[] } = tls
  return getCACertificates?.('default') ?? tls.rootCertificates
}

/** The reports then name the address as we know it, whatever it was rewritten to (RFC 3461 4.2). */
function originalRecipient({ to }: Message): { orcpt?: string } {
  return /^[\x21-\x7e]+$/.test(to) ? { orcpt: `rfc822;${to}` } : {}
}

/** User and password, also as they travel: a server may quote what it refuses. */
function spellingsOf({ user, password }: { user: string; password: string }): string[] {
  const plain = [user, password]
  return [...plain, ...[...plain, `\0${user}\0${password}`].map((text) => Buffer.from(text).toString('base64'))]
}
