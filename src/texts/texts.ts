import type { EmailKind, Language } from '../domain/ahead.js'

/**
 * Every sentence an employee reads, in one shape for all languages. `{name}` stands for a value. Whole sentences, never
 * glued; paragraphs of an email are the items of `paragraphs`, its button stands where `button` says.
 */
export interface Texts {
  readonly language: Language
  /** The language's own name: "Deutsch". */
  readonly ownName: string
  /** What things are called as long as the settings give them no name. */
  readonly unset: { readonly intranet: string; readonly organisation: string; readonly contact: string }
  readonly pages: PageTexts
  readonly emails: Readonly<Record<EmailKind, EmailTexts>>
}

/**
 * `{intranet} {org} {contact}` are known in every line; `{firstName}` in the greeting only, because not everybody has one;
 * `{userName} {expires} {sender}` in paragraphs, and `{firstSent}` in those of a reminder. Nothing personal in a subject.
 */
export interface EmailTexts {
  readonly subject: string
  readonly greeting: string
  /** Without a first name. */
  readonly greetingWithoutName: string
  readonly before: readonly string[]
  readonly button: string
  readonly after: readonly string[]
}

export type PageTexts = Readonly<Record<PageText, string>>

/** `…One` is the same sentence for a single thing: `counted` picks. */
export const PAGE_TEXTS = [
  'errorHeading',
  'errorPrefix',
  'help',
  'welcomeTitle',
  'welcomeText',
  'welcomeButton',
  'resetTitle',
  'resetText',
  'resetButton',
  'passwordTitle',
  'passwordLabel',
  'passwordUserName',
  'passwordHint',
  'passwordShow',
  'passwordHide',
  'passwordMore',
  'passwordMoreOne',
  'passwordLongEnough',
  'passwordButton',
  'passwordEmpty',
  'passwordShort',
  'passwordShortOne',
  'passwordLong',
  'passwordCommon',
  'doneTitle',
  'doneText',
  'doneButton',
  'usedTitle',
  'usedText',
  'expiredTitle',
  'expiredText',
  'replacedTitle',
  'replacedText',
  'damagedTitle',
  'damagedText',
  'timeOverTitle',
  'timeOverText',
  'newLinkButton',
  'sentTitle',
  'sentText',
  'sentTextOne',
  'pausedTitle',
  'pausedText',
  'loginTitle',
  'loginName',
  'loginPassword',
  'loginButton',
  'loginMicrosoft',
  'loginForgotten',
  'loginNameEmpty',
  'loginWrong',
  'loginTooMany',
  'loginTooManyOne',
  'forgottenText',
  'forgottenButton',
  'ourFaultTitle',
  'ourFaultText',
  'loggedInTitle',
  'loggedInText',
  'logOutButton',
  'logOutEverywhereButton',
  'aheadTitle',
  'aheadText',
  'notAllowedTitle',
  'notAllowedText',
  'microsoftFailedTitle',
  'microsoftFailedText',
  'microsoftBusyTitle',
  'microsoftBusyText',
  'tryAgainButton',
] as const
export type PageText = (typeof PAGE_TEXTS)[number]
