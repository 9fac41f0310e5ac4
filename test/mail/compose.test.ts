import { expect } from 'chai'
import { EMAIL_KINDS, LANGUAGES, type EmailKind, type Language } from '../../src/domain/ahead.js'
import { compose, type Composition } from '../../src/mail/compose.js'
import { dateIn } from '../../src/texts/date.js'
import { mimeOf } from '../../src/mail/mime.js'
import type { Message } from '../../src/mail/transport.js'
import { readTexts } from '../../src/texts/own-texts.js'
import { COMPOSITION, LINK, parse } from './support/messages.js'

function composed(more: Partial<Composition> = {}): Message {
  return compose({ ...COMPOSITION, ...more })
}

function of(kind: EmailKind, language: Language): Message {
  return composed({ email: { ...COMPOSITION.email, kind }, language })
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

/** What somebody reads who sees the HTML: paragraphs, the words of the button included. */
function readingOf(html: string): string[] {
  const [, body = ''] = /<body[^>]*>(.*)<\/body>/s.exec(html) ?? []
  return body
    .split(/<\/p>/)
    .map((part) =>
      part.replace(/<[^>]*>/g, '').replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? ''),
    )
    .filter((text) => text.trim() !== '')
}

/** The same of the text part, whose button has the link on a line of its own below. */
function paragraphsOf(text: string): string[] {
  return text
    .trimEnd()
    .split('\n\n')
    .map((paragraph) => paragraph.replace(`\n${LINK}`, ''))
}

describe('a composed email', () => {
  for (const language of LANGUAGES) {
    for (const kind of EMAIL_KINDS) {
      describe(`${kind} in ${language}`, () => {
        const message = of(kind, language)

        it('has the same words in HTML and in text', () => {
          expect(readingOf(message.html)).to.deep.equal(paragraphsOf(message.text))
          expect(paragraphsOf(message.text).length).to.be.at.least(5)
        })

        it('has the link once: behind the button, and on a line of its own', () => {
          expect(message.html.match(/<a /g)).to.have.length(1)
          expect(message.html.match(/href="([^"]*)"/)?.[1]).to.equal(LINK)
          expect(message.html.match(/https?:/g)).to.have.length(1)
          expect(message.text.split('\n').filter((line) => line === LINK)).to.have.length(1)
          expect(message.text.match(/https?:/g)).to.have.length(1)
        })

        it('loads nothing, and says its language', () => {
          expect(message.html).not.to.match(/<(img|script|link|style|iframe|object|form)\b|url\(|src=|@import/i)
          expect(message.html).to.match(new RegExp(`^<!doctype html>\\n<html lang="${language}"`))
          expect(message.language).to.equal(language)
        })

        it('can be read in the dark: its only colours are those of the button', () => {
          expect(message.html).to.contain('<meta name="color-scheme" content="light dark"')
          const [, button = ''] = /<a [^>]*style="([^"]*)"/.exec(message.html) ?? []
          expect(button).to.contain('color:#ffffff').and.to.contain('background-color:#0b5cad')
          expect(message.html.replace(button, '')).not.to.match(/[^-]color:|background/)
        })

        it('keeps user name, person and link out of the subject', () => {
          expect(message.subject).to.contain('Contoso Hub')
          expect(message.subject).not.to.match(/ana@|Ana|http|[{}]/)
        })

        it('arrives as composed', async () => {
          const mail = await parse(await mimeOf(message, new Date('2026-11-21T10:00:00Z')))
          expect(mail.subject).to.equal(message.subject)
          expect(mail.text?.trimEnd()).to.equal(message.text.trimEnd())
          expect(String(mail.html).trimEnd()).to.equal(message.html.trimEnd())
          expect(mail.messageId).to.equal('<4f7c2a10-93be-4c52-8d0e-6b1f5a7d9e01@contoso.example>')
          expect(mail.from?.value).to.deep.equal([{ name: 'Contoso Hub', address: 'intranet@contoso.example' }])
        })
      })
    }
  }

  it('says what the words of the invitation say', () => {
    expect(of('invitation', 'en').text).to.equal(
      [
        'Hello Ana',
        'Contoso AG has set up a login to Contoso Hub for you. Your user name is ana@login.contoso.example.',
        `Choose my password\n${LINK}`,
        `The link works once, until ${dateIn('en', COMPOSITION.expiresAt, 'Europe/Zurich')}. If it has expired, open it anyway and have a new one sent.`,
        'Beat Admin had this email sent. If you did not expect it, ask it-help@contoso.example before you click.\n',
      ].join('\n\n'),
    )
  })

  it('tells times with weekday and zone', () => {
    expect(dateIn('en', COMPOSITION.expiresAt, 'Europe/Zurich')).to.match(
      /^Saturday,? 28 November 2026.*10:15.*(CET|GMT\+1)/,
    )
    expect(dateIn('de', COMPOSITION.expiresAt, 'Europe/Zurich')).to.match(/^Samstag, 28\. November 2026.*10:15.*MEZ/)
    expect(dateIn('fr', COMPOSITION.expiresAt, 'UTC')).to.match(/^samedi 28 novembre 2026.*09:15.*UTC/)
    expect(dateIn('it', COMPOSITION.expiresAt, 'Asia/Tokyo')).to.match(/^sabato 28 novembre 2026.*18:15/)
    const own = new Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(dateIn('en', COMPOSITION.expiresAt, null)).to.equal(dateIn('en', COMPOSITION.expiresAt, own))
  })

  it('greets without a name when there is none', () => {
    for (const givenName of [null, '', '  ', '\u202e']) {
      const { text, html } = composed({ user: { ...COMPOSITION.user, givenName } })
      expect(paragraphsOf(text)[0]).to.equal('Hello')
      expect(readingOf(html)[0]).to.equal('Hello')
    }
  })

  it('speaks of the organisation where nobody in particular had it sent', () => {
    expect(composed({ sender: null }).text).to.contain('Contoso AG had this email sent.')
  })

  it('has words for what the settings do not name', () => {
    const message = composed({ sender: null, intranet: { name: null, organisation: null, contact: null } })
    expect(message.subject).to.equal('Your login for the intranet')
    expect(message.text).to.contain('Your organisation has set up').and.to.contain('ask IT support before')
    expect(message.replyTo).to.equal(null)
    expect(message.from.name).to.equal(null)
  })

  it('is answered to the contact only where that is an address', () => {
    const replyTo = (contact: string) => composed({ intranet: { ...COMPOSITION.intranet, contact } }).replyTo
    expect(replyTo('it-help@contoso.example')).to.equal('it-help@contoso.example')
    for (const contact of [
      'IT (phone 123)',
      'https://help.example',
      'a@b.example, c@d.example',
      'x@y.example\r\nBcc: z@y.example',
    ])
      expect(replyTo(contact), contact).to.equal(null)
  })

  it('comes from the name of MAIL_FROM where it has one', () => {
    const from = { name: 'People & Culture', address: 'hr@contoso.example' }
    expect(composed({ from }).from).to.deep.equal(from)
  })

  it('names an account without a user name by its address', () => {
    const { text } = composed({ user: { givenName: 'Ana', userPrincipalName: null } })
    expect(text).to.contain('Your user name is ana@contoso.example.')
  })

  it('does not remind of an email that never went out', () => {
    const message = composed({ email: { ...COMPOSITION.email, kind: 'reminder' }, firstSentAt: null })
    expect(message.subject).to.equal('Your login for Contoso Hub')
  })

  it('has a Message-ID that mail programs can read, whatever the domain is called', () => {
    const from = { name: null, address: 'intranet@bücher.example' }
    expect(composed({ from }).messageId).to.equal('<4f7c2a10-93be-4c52-8d0e-6b1f5a7d9e01@xn--bcher-kva.example>')
  })

  it('uses an organisation’s own words', () => {
    const { texts } = readTexts({ en: { emails: { invitation: { subject: 'Hop on {intranet}', after: [] } } } })
    const message = composed({ texts })
    expect(message.subject).to.equal('Hop on Contoso Hub')
    expect(paragraphsOf(message.text)).to.have.length(3)
  })

  describe('for odd names', () => {
    const names = [
      "Conan O'Brien-D’Arcy",
      '<b onclick="x">Ana</b> & <script>alert(1)</script>',
      '&lt;',
      'أحمد',
      'שרה',
      '李雷',
      '👩🏽‍🚀 Zoë',
      'x'.repeat(200),
      '{org}',
      '$& $1',
    ]
    for (const givenName of names) {
      it(givenName.slice(0, 40), async () => {
        const message = composed({
          user: { givenName, userPrincipalName: `${givenName}@x.example` },
          sender: givenName,
        })
        expect(paragraphsOf(message.text)[0]).to.equal(`Hello ${givenName}`)
        expect(readingOf(message.html)).to.deep.equal(paragraphsOf(message.text))
        expect(message.html.match(/<bdi>/g)?.length).to.be.at.least(5)
        expect(message.html).not.to.match(/<script|<b /)
        const mail = await parse(await mimeOf(message, new Date(0)))
        expect(mail.text?.trimEnd()).to.equal(message.text.trimEnd())
      })
    }

    it('what would break a header or turn the text around is taken out', async () => {
      const name = 'Hub\r\nBcc: evil@x.example\u202e\u2028end'
      const message = composed({
        intranet: { ...COMPOSITION.intranet, name },
        user: { ...COMPOSITION.user, givenName: 'A\nna\u2066' },
      })
      expect(message.subject).to.equal('Your login for Hub Bcc: evil@x.example end')
      expect(paragraphsOf(message.text)[0]).to.equal('Hello A na')
      const mail = await parse(await mimeOf(message, new Date(0)))
      expect(mail.bcc).to.equal(undefined)
      expect(mail.subject).to.equal(message.subject)
      expect(mail.from?.value[0]).to.deep.equal({
        name: 'Hub Bcc: evil@x.example end',
        address: 'intranet@contoso.example',
      })
    })
  })
})
