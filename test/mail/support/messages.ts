import { simpleParser, type ParsedMail } from 'mailparser'
import { compose, type Composition } from '../../../src/mail/compose.js'
import type { Message } from '../../../src/mail/transport.js'
import { OUR_TEXTS } from '../../../src/texts/index.js'

export const LINK = 'https://connect.contoso.example/welcome/Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHNlY3JldA'

export const COMPOSITION: Composition = {
  email: { id: '4f7c2a10-93be-4c52-8d0e-6b1f5a7d9e01', kind: 'invitation' },
  language: 'en',
  to: 'ana@contoso.example',
  from: { name: null, address: 'intranet@contoso.example' },
  user: { givenName: 'Ana', userPrincipalName: 'ana@login.contoso.example' },
  link: LINK,
  expiresAt: new Date('2026-11-28T09:15:00Z'),
  firstSentAt: new Date('2026-11-14T08:00:00Z'),
  sender: 'Beat Admin',
  intranet: { name: 'Contoso Hub', organisation: 'Contoso AG', contact: 'it-help@contoso.example' },
  timeZone: 'Europe/Zurich',
  texts: OUR_TEXTS,
}

let made = 0

/** An email with an id of its own. */
export function messageTo(to: string, more: Partial<Message> = {}): Message {
  made += 1
  const id = `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`
  return { ...compose({ ...COMPOSITION, to, email: { id, kind: 'invitation' } }), ...more }
}

export function parse(raw: string | Buffer): Promise<ParsedMail> {
  return simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true })
}

/** Header names in lower case, values as they stand there. */
export function headerOf(mail: ParsedMail, name: string): string | undefined {
  const found = mail.headerLines.find(({ key }) => key === name.toLowerCase())
  return found?.line.slice(found.line.indexOf(':') + 1).trim()
}
