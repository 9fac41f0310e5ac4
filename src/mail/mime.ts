import MailComposer from 'nodemailer/lib/mail-composer'
import type { Options } from 'nodemailer/lib/mailer'
import { isPlainAddress } from './address.js'
import { EMAIL_HEADER, type Message } from './transport.js'

/**
 * What makes an email of ours, whatever carries it. Automatic replies are asked to stay away, delivery reports are not:
 * `X-Auto-Response-Suppress: All` would silence those too (MS-OXCMAIL 2.2.3.2.14).
 */
export function mailOptions(message: Message, at: Date): Options {
  const { from, replyTo, to, subject, text, html, messageId, emailId, language } = message
  return {
    from: { name: from.name ?? '', address: from.address },
    ...(replyTo === null ? {} : { replyTo }),
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId,
    date: at,
    headers: {
      [EMAIL_HEADER]: emailId,
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
      'Content-Language': language,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** False: a mail system would read the address as another one, or as several. Such an email must not leave. */
export function isForOneAddress({ to }: Message): boolean {
  return isPlainAddress(to)
}

/** The whole email as it goes over the wire (RFC 5322), lines ending in CRLF. */
export function mimeOf(message: Message, at: Date): Promise<Buffer> {
  const node = new MailComposer(mailOptions(message, at)).compile()
  return new Promise((resolve, reject) => node.build((error, bytes) => (error ? reject(error) : resolve(bytes))))
}
