import { expect } from 'chai'
import { EMAIL_KINDS, LANGUAGES } from '../../src/domain/ahead.js'
import {
  counted,
  fill,
  languageOf,
  namesOf,
  OUR_TEXTS,
  piecesOf,
  placeholdersOf,
  textsFor,
} from '../../src/texts/index.js'
import { PAGE_TEXTS, type Texts } from '../../src/texts/texts.js'

/** Every sentence by its path. */
function sentencesOf({ pages, emails }: Texts): [string, string][] {
  const ofEmails = EMAIL_KINDS.flatMap((kind): [string, string][] => {
    const { before, after, ...lines } = emails[kind]
    const paragraphs = [...before.map((text) => ['before', text]), ...after.map((text) => ['after', text])]
    return [...Object.entries(lines), ...paragraphs].map(([key = '', text = '']) => [`${kind}.${key}`, text])
  })
  return [...Object.entries(pages), ...ofEmails]
}

describe('what employees read', () => {
  for (const language of LANGUAGES) {
    describe(`in ${OUR_TEXTS[language].ownName}`, () => {
      const texts = textsFor(language)
      const sentences = sentencesOf(texts)

      it('has every sentence, and says which language it is', () => {
        expect(texts.language).to.equal(language)
        expect(Object.keys(texts.pages)).to.have.members(PAGE_TEXTS)
        expect(Object.keys(texts.emails)).to.have.members(EMAIL_KINDS)
        for (const [path, text] of sentences) expect(text.trim(), path).to.equal(text).and.not.equal('')
      })

      it('has the same values in the same sentences as English', () => {
        const placeholders = (all: [string, string][]) => all.map(([path, text]) => [path, placeholdersOf(text).sort()])
        expect(placeholders(sentences)).to.deep.equal(placeholders(sentencesOf(OUR_TEXTS.en)))
      })

      it('is written as the style wants it: no exclamation, no ß, no double spaces, no stray braces', () => {
        for (const [path, text] of sentences) {
          expect(text, path).not.to.match(/!|ß| {2}|[“”„«»]/)
          expect(text.replace(/\{[A-Za-z]+\}/g, ''), path).not.to.match(/[{}]/)
        }
      })

      it('keeps secrets out of subjects', () => {
        for (const kind of EMAIL_KINDS) {
          expect(placeholdersOf(texts.emails[kind].subject), kind).to.deep.equal(['intranet'])
        }
      })
    })
  }

  it('in French has a no-break space before : ; ? and nowhere else one', () => {
    const sentences = sentencesOf(OUR_TEXTS.fr)
    for (const [path, text] of sentences) {
      expect(text, path).not.to.match(/[^\u00a0][:;?]/)
      expect(text, path).not.to.match(/\u00a0(?![:;?])/)
    }
    expect(sentences.filter(([, text]) => text.includes('\u00a0')).length).to.be.greaterThan(5)
  })

  it('only French needs one', () => {
    for (const language of ['en', 'de', 'it'] as const) {
      for (const [path, text] of sentencesOf(OUR_TEXTS[language])) expect(text, path).not.to.contain('\u00a0')
    }
  })

  it('is in the language somebody prefers, in whatever spelling', () => {
    const spellings = { 'de-CH': 'de', de: 'de', DE_at: 'de', 'fr-CA': 'fr', ' it ': 'it', 'en-US': 'en' }
    for (const [preferred, language] of Object.entries(spellings)) {
      expect(languageOf(preferred, 'fr' === language ? 'it' : 'fr'), preferred).to.equal(language)
    }
    for (const preferred of [null, '', 'es', 'deutsch', 'x-klingon', '-']) {
      expect(languageOf(preferred, 'it'), String(preferred)).to.equal('it')
    }
  })
})

describe('a sentence with values', () => {
  it('is filled', () => {
    expect(fill('{org} and {org} in {n} days', { org: 'Contoso', n: 3 })).to.equal('Contoso and Contoso in 3 days')
    expect(fill('nothing to fill', {})).to.equal('nothing to fill')
  })

  it('does not fill what a value brings along', () => {
    expect(fill('{org} – {n}', { org: '{n} $& {x}', n: 1 })).to.equal('{n} $& {x} – 1')
  })

  it('does not go out with a hole in it', () => {
    expect(() => fill('Hello {firstName}', {})).to.throw('firstName')
    expect(() => fill('Hello {toString}', {})).to.throw('toString')
    expect(fill('Hello {firstName}.', { firstName: '' })).to.equal('Hello .')
  })

  it('begins with a capital where the sentence does, but addresses stay as they are', () => {
    expect(fill('Ask {contact}. {Contact} knows.', { contact: 'the help desk' })).to.equal(
      'Ask the help desk. The help desk knows.',
    )
    expect(fill('{Contact} knows.', { contact: 'it@contoso.example' })).to.equal('it@contoso.example knows.')
  })

  it('comes in pieces, so that a page can mark its values', () => {
    expect(piecesOf('{org}: hello {n}.', { org: 'Contoso', n: 1 })).to.deep.equal([
      { text: 'Contoso', name: 'org' },
      { text: ': hello ', name: null },
      { text: '1', name: 'n' },
      { text: '.', name: null },
    ])
  })

  it('counts as its language does', () => {
    expect(counted(OUR_TEXTS.en, 'passwordMore', 1)).to.equal('1 more character')
    expect(counted(OUR_TEXTS.en, 'passwordMore', 2)).to.equal('2 more characters')
    expect(counted(OUR_TEXTS.en, 'passwordShort', 0)).to.contain('0 characters')
    expect(counted(OUR_TEXTS.fr, 'passwordShort', 0)).to.contain('0 caractère.')
    expect(counted(OUR_TEXTS.de, 'loginTooMany', 1)).to.contain('in 1 Minute wieder')
    expect(counted(OUR_TEXTS.it, 'sentText', 5)).to.contain('tra 5 minuti')
  })

  it('has words of the language for what the settings do not name', () => {
    const none = { name: null, organisation: null, contact: null }
    expect(namesOf(OUR_TEXTS.en, none)).to.deep.equal({
      intranet: 'the intranet',
      org: 'Your organisation',
      contact: 'IT support',
    })
    expect(namesOf(OUR_TEXTS.de, { ...none, name: 'Hub' })).to.include({ intranet: 'Hub', org: 'Ihre Organisation' })
    expect(fill(OUR_TEXTS.fr.pages.pausedText, { ...namesOf(OUR_TEXTS.fr, none) })).to.contain(". L'assistance")
  })
})
