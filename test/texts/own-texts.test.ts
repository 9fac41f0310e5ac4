import { expect } from 'chai'
import { OUR_TEXTS } from '../../src/texts/index.js'
import { readTexts } from '../../src/texts/own-texts.js'

describe('own texts', () => {
  it('replace single sentences and leave the others', () => {
    const { texts, problems } = readTexts({
      de: {
        emails: { invitation: { subject: 'Grüezi bei {intranet}', before: ['Salü.', 'Du bist {userName}.'] } },
        pages: { welcomeTitle: 'Grüezi bei {intranet}' },
      },
    })
    expect(problems).to.deep.equal([])
    expect(texts.de.pages.welcomeTitle).to.equal('Grüezi bei {intranet}')
    expect(texts.de.pages.welcomeText).to.equal(OUR_TEXTS.de.pages.welcomeText)
    expect(texts.de.emails.invitation).to.deep.equal({
      ...OUR_TEXTS.de.emails.invitation,
      subject: 'Grüezi bei {intranet}',
      before: ['Salü.', 'Du bist {userName}.'],
    })
    expect(texts.de.emails.reminder).to.deep.equal(OUR_TEXTS.de.emails.reminder)
    expect(texts.en).to.deep.equal(OUR_TEXTS.en)
  })

  it('may be none', () => {
    expect(readTexts({})).to.deep.equal({ texts: OUR_TEXTS, problems: [] })
    expect(readTexts({ fr: {}, it: { pages: {}, emails: { reminder: {} } } }).problems).to.deep.equal([])
  })

  it('every problem is named by its path', () => {
    const { texts, problems } = readTexts({
      es: {},
      en: {
        page: {},
        pages: { welcomeTitle: 7, doneTitel: 'x', doneText: 'Hello {firstName}', usedText: ' ', help: 'a {contact' },
        emails: {
          welcome: {},
          invitation: {
            subject: 'For {userName}',
            greeting: 'Hi\nyou',
            greetingWithoutName: 'Hi {firstName}',
            before: 'text',
            button: '',
            after: ['fine', null, 'On {firstSent}', '{link}'],
            footer: 'x',
          },
          reminder: { after: ['On {firstSent} until {expires}, ask {contact}'] },
          'password-reset': [],
        },
      },
      de: 'text',
      fr: { pages: null, emails: 1 },
    })
    expect(problems.map(({ path }) => path).sort()).to.deep.equal(
      [
        'es',
        'en.page',
        'en.pages.doneTitel',
        'en.pages.welcomeTitle',
        'en.pages.doneText',
        'en.pages.usedText',
        'en.pages.help',
        'en.emails.welcome',
        'en.emails.invitation.footer',
        'en.emails.invitation.subject',
        'en.emails.invitation.greeting',
        'en.emails.invitation.greetingWithoutName',
        'en.emails.invitation.before',
        'en.emails.invitation.button',
        'en.emails.invitation.after[1]',
        'en.emails.invitation.after[2]',
        'en.emails.invitation.after[3]',
        'en.emails.password-reset',
        'de',
        'fr.pages',
        'fr.emails',
      ].sort(),
    )
    expect(texts.en.emails.invitation).to.deep.equal(OUR_TEXTS.en.emails.invitation)
    expect(texts.en.emails.reminder.after).to.have.length(1)
  })

  it('the problem says what would be possible', () => {
    const messageOf = (json: unknown) => readTexts(json).problems.map(({ path, message }) => `${path} ${message}`)
    expect(messageOf({ es: {} })).to.deep.equal(['es is not known; possible: en, de, fr, it'])
    expect(messageOf({ en: { pages: { doneText: '{firstName}' } } })).to.deep.equal([
      'en.pages.doneText has {firstName}, which is not known here; possible: {userName}',
    ])
    expect(messageOf({ en: { emails: { invitation: { button: '' } } } })).to.deep.equal([
      'en.emails.invitation.button must not be empty',
    ])
    expect(messageOf({ en: { pages: { loginButton: '{n}' } } })).to.deep.equal([
      'en.pages.loginButton has {n}, which is not known here; possible: none',
    ])
  })

  it('what is no object at all is one problem', () => {
    for (const json of [null, [], 'x', 3]) {
      const { texts, problems } = readTexts(json)
      expect(problems).to.deep.equal([{ path: '', message: 'must be an object, written in braces' }])
      expect(texts).to.deep.equal(OUR_TEXTS)
    }
  })
})
