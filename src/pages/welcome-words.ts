import { h } from 'preact'
import { ASK_AGAIN_MS } from '../domain/access.js'
import type { Email } from '../domain/ahead.js'
import type { Look, PasswordProblem } from '../onboarding/links.js'
import { dateIn } from '../texts/date.js'
import { counted } from '../texts/index.js'
import { errorSummary, field, form, linkButton } from './blocks.js'
import type { Page } from './frame.js'
import type { Visit } from './visit.js'
import { say, type Content } from './words.js'

/** What stands on the pages an emailed link leads to. `path` is the link's own address, PUBLIC_URL's path included. */

export function linkPage(visit: Visit, seen: Look, path: string): Page {
  switch (seen.kind) {
    case 'live':
      return startPage(visit, seen.email, path)
    case 'damaged':
      return damagedPage(visit)
    default:
      return deadLinkPage(visit, seen, path)
  }
}

/** Names nobody: a scanner, or whoever an email was forwarded to, may be looking. */
function startPage({ texts: { pages }, names }: Visit, { kind }: Email, path: string): Page {
  if (kind === 'password-reset') {
    const content = [h('p', null, say(pages.resetText, names)), form({ action: path, button: pages.resetButton })]
    return { title: pages.resetTitle, content }
  }
  const content = [h('p', null, say(pages.welcomeText, names)), form({ action: path, button: pages.welcomeButton })]
  return { title: pages.welcomeTitle, content }
}

function damagedPage({ texts: { pages } }: Visit): Page {
  return { status: 404, title: pages.damagedTitle, content: [h('p', null, pages.damagedText)] }
}

/** `at` is ISO 8601 UTC. */
function dateOf(at: string | null, { language, timeZone }: Visit): string {
  return at === null ? '–' : dateIn(language, new Date(at), timeZone)
}

/** Told only to whoever holds a real link; the status is that of any other string. */
function deadLinkPage(visit: Visit, { kind, email }: Exclude<Look, { kind: 'damaged' }>, path: string): Page {
  const { pages } = visit.texts
  const dead = (title: string, text: Content, ...more: Content[]): Page => ({
    status: 404,
    title,
    content: [h('p', null, text), form({ action: `${path}/new`, button: pages.newLinkButton }), ...more],
  })
  switch (kind) {
    case 'expired':
      return dead(pages.expiredTitle, say(pages.expiredText, { date: dateOf(email.expiresAt, visit) }))
    case 'replaced':
      return dead(pages.replacedTitle, say(pages.replacedText, { date: dateOf(email.replacedAt, visit) }))
    default:
      return dead(pages.usedTitle, pages.usedText, linkButton(`${visit.base}/login`, pages.loginButton, false))
  }
}

/** The same whether or not an email goes out. */
export function sentPage({ texts }: Visit, minutes = ASK_AGAIN_MS / 60_000): Page {
  return { title: texts.pages.sentTitle, content: [h('p', null, counted(texts, 'sentText', minutes))] }
}

export interface Refusal {
  readonly problem: PasswordProblem
  /** Characters of what was typed. */
  readonly length: number
}

export function passwordPage(visit: Visit, userName: string, refusal: Refusal | null): Page {
  const { pages } = visit.texts
  const message = refusal && refusalText(visit, refusal)
  return {
    title: pages.passwordTitle,
    ...(message === null
      ? {}
      : { status: 422, summary: errorSummary(pages.errorHeading, [{ field: 'password', message }]) }),
    content: [
      form(
        { action: `${visit.base}/welcome/password`, button: pages.passwordButton },
        field({
          name: 'username',
          label: pages.passwordUserName,
          autocomplete: 'username',
          value: userName,
          readonly: true,
        }),
        field({
          name: 'password',
          label: pages.passwordLabel,
          type: 'password',
          autocomplete: 'new-password',
          hint: pages.passwordHint,
          ...(message === null ? {} : { error: message }),
          beside: showButton(visit),
          below: meter(visit),
        }),
      ),
    ],
  }
}

function refusalText({ texts }: Visit, { problem, length }: Refusal): string {
  const { pages } = texts
  if (problem === 'short') return counted(texts, 'passwordShort', length)
  return { empty: pages.passwordEmpty, long: pages.passwordLong, common: pages.passwordCommon }[problem]
}

/** Shown by our script only: without it, it would do nothing. */
function showButton({ texts: { pages } }: Visit): Content {
  const words = { 'data-show': pages.passwordShow, 'data-hide': pages.passwordHide }
  const aria = { 'aria-pressed': 'false', 'aria-controls': 'password' } as const
  return h('button', { type: 'button', id: 'show', hidden: true, ...aria, ...words }, pages.passwordShow)
}

function meter({ texts: { pages } }: Visit): Content {
  const words = {
    'data-more': pages.passwordMore,
    'data-more-one': pages.passwordMoreOne,
    'data-enough': pages.passwordLongEnough,
  }
  return h('p', { id: 'meter', class: 'hint', role: 'status', ...words })
}

export function donePage({ texts: { pages }, names, inside }: Visit, userName: string): Page {
  const content = [
    h('p', null, say(pages.doneText, { ...names, userName })),
    linkButton(inside, say(pages.doneButton, names)),
  ]
  return { title: pages.doneTitle, content }
}

/** Whoever was here can ask for another email by their name. */
export function timeOverPage({ texts: { pages }, base }: Visit): Page {
  const content = [h('p', null, pages.timeOverText), linkButton(`${base}/login/forgotten`, pages.newLinkButton)]
  return { status: 403, title: pages.timeOverTitle, content }
}

export function pausedPage({ texts: { pages }, names }: Visit): Page {
  return { status: 403, title: pages.pausedTitle, content: [h('p', null, say(pages.pausedText, names))] }
}
