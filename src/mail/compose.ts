import { domainToASCII } from 'node:url'
import type { EmailKind, Language } from '../domain/ahead.js'
import { dateIn } from '../texts/date.js'
import { fill, namesOf, type TextsByLanguage, type Values } from '../texts/index.js'
import { isPlainAddress } from './address.js'
import { emailHtml } from './email-html.js'
import type { Message, Sender } from './transport.js'

export interface Composition {
  /** `id` is the email's id in our store. */
  readonly email: { readonly id: string; readonly kind: EmailKind }
  readonly language: Language
  readonly to: string
  readonly from: Sender
  readonly user: { readonly givenName: string | null; readonly userPrincipalName: string | null }
  /** The whole link. It stands in the message and nowhere else. */
  readonly link: string
  readonly expiresAt: Date
  /** When the email before a reminder was sent. */
  readonly firstSentAt: Date | null
  /** The name of the person who had it sent; null: the organisation. */
  readonly sender: string | null
  readonly intranet: {
    readonly name: string | null
    readonly organisation: string | null
    readonly contact: string | null
  }
  /** A name of the IANA list; null: the one of this machine. */
  readonly timeZone: string | null
  readonly texts: TextsByLanguage
}

/** One email in the person's language: HTML and text with the same words, and a Message-ID made of the email's id. */
export function compose(composition: Composition): Message {
  const { email, language, to, from, user, link, intranet, timeZone } = composition
  const texts = composition.texts[language]
  const names = namesOf(texts, {
    name: visible(intranet.name),
    organisation: visible(intranet.organisation),
    contact: visible(intranet.contact),
  })
  const firstName = visible(user.givenName)
  const date = (at: Date): string => dateIn(language, at, timeZone)
  const values: Values = {
    ...names,
    // Without a user name there is still the address to log in with.
    userName: visible(user.userPrincipalName) ?? to,
    sender: visible(composition.sender) ?? names.org,
    expires: date(composition.expiresAt),
    ...(firstName === null ? {} : { firstName }),
    ...(composition.firstSentAt === null ? {} : { firstSent: date(composition.firstSentAt) }),
  }
  const words = texts.emails[wordsOf(email.kind, composition.firstSentAt)]
  const letter = {
    language,
    subject: fill(words.subject, values),
    greeting: firstName === null ? words.greetingWithoutName : words.greeting,
    before: words.before,
    button: words.button,
    after: words.after,
    values,
    link,
  }
  const lines = (paragraphs: readonly string[]): string[] => paragraphs.map((paragraph) => fill(paragraph, values))
  const button = `${fill(words.button, values)}\n${link}`
  return {
    emailId: email.id,
    messageId: `<${email.id}@${domainOf(from.address)}>`,
    from: { name: from.name ?? visible(intranet.name), address: from.address },
    replyTo: intranet.contact !== null && isPlainAddress(intranet.contact) ? intranet.contact : null,
    to,
    subject: letter.subject,
    text: `${[...lines([letter.greeting, ...words.before]), button, ...lines(words.after)].join('\n\n')}\n`,
    html: emailHtml(letter),
    language,
  }
}

/** Names of domains in other scripts are written in ASCII, as headers want it. */
export function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const ascii = domainToASCII(domain)
  return ascii === '' ? domain : ascii
}

/** A reminder speaks of the email before it; without one only the words of an invitation are true. */
function wordsOf(kind: EmailKind, firstSentAt: Date | null): EmailKind {
  return kind === 'reminder' && firstSentAt === null ? 'invitation' : kind
}

/**
 * A name as it may stand in a sentence or a header: on one line, without anything that turns the direction of the text
 * around it. Null when nothing is left.
 */
export function visible(name: string | null): string | null {
  const text = (name ?? '')
    .replace(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
    .replace(/\p{Bidi_Control}/gu, '')
    .trim()
  return text === '' ? null : text
}
