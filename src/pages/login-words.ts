import { h } from 'preact'
import type { LoginResult, MicrosoftResult } from '../login/door.js'
import { counted } from '../texts/index.js'
import { errorSummary, field, form, linkButton, type FieldError } from './blocks.js'
import type { Page } from './frame.js'
import type { Visit } from './visit.js'
import { say, type Content } from './words.js'

/** What stands on the pages under /login. */

export interface LoginTry {
  /** As it was typed. */
  readonly name: string
  readonly errors: readonly FieldError[]
  readonly status: number
}

/** The fields nobody can log in without. */
export function missing({ texts: { pages } }: Visit, given: { name: string; password?: string }): FieldError[] {
  const name = given.name.trim() === '' ? [{ field: 'username', message: pages.loginNameEmpty }] : []
  const password = given.password === '' ? [{ field: 'password', message: pages.passwordEmpty }] : []
  return [...name, ...password]
}

/** A known name is refused in the same words as an unknown one. */
export function refusedLogin(
  { texts }: Visit,
  name: string,
  result: Extract<LoginResult, { kind: 'wrong' | 'too-many' }>,
): LoginTry {
  const tooMany = result.kind === 'too-many'
  const message = tooMany ? counted(texts, 'loginTooMany', result.minutes) : texts.pages.loginWrong
  return { name, errors: [{ field: 'username', message }], status: tooMany ? 429 : 422 }
}

export function loginPage(visit: Visit, refused: LoginTry | null): Page {
  const { pages } = visit.texts
  const { base } = visit
  return {
    title: pages.loginTitle,
    ...problems(visit, refused),
    content: [
      form(
        { action: `${base}/login`, button: pages.loginButton },
        nameField(visit, refused),
        field({
          name: 'password',
          label: pages.loginPassword,
          type: 'password',
          autocomplete: 'current-password',
          ...errorOf(refused, 'password'),
        }),
      ),
      microsoftButtons(visit),
      h('p', { class: 'aside' }, h('a', { href: `${base}/login/forgotten` }, pages.loginForgotten)),
    ],
  }
}

/** Where several connections are at this address, one for each. */
function microsoftButtons({ texts: { pages }, base, hasMicrosoft, choices }: Visit): Content {
  const target = `${base}/login/microsoft`
  if (choices.length === 0) return hasMicrosoft && linkButton(target, pages.loginMicrosoft, false)
  return choices.map(({ connection, label }) =>
    linkButton(`${target}?connection=${encodeURIComponent(connection)}`, `${pages.loginMicrosoft}: ${label}`, false),
  )
}

export function forgottenPage(visit: Visit, refused: LoginTry | null): Page {
  const { pages } = visit.texts
  return {
    title: pages.loginForgotten,
    ...problems(visit, refused),
    content: [
      h('p', null, say(pages.forgottenText, visit.names)),
      form({ action: `${visit.base}/login/forgotten`, button: pages.forgottenButton }, nameField(visit, refused)),
    ],
  }
}

function problems({ texts: { pages } }: Visit, refused: LoginTry | null): Partial<Page> {
  if (!refused) return {}
  return { status: refused.status, summary: errorSummary(pages.errorHeading, refused.errors) }
}

function nameField({ texts: { pages } }: Visit, refused: LoginTry | null): Content {
  return field({
    name: 'username',
    label: pages.loginName,
    autocomplete: 'username',
    value: refused?.name ?? '',
    ...errorOf(refused, 'username'),
  })
}

function errorOf(refused: LoginTry | null, name: string): { error?: Content } {
  const error = refused?.errors.find(({ field: id }) => id === name)
  return error ? { error: error.message } : {}
}

export function loggedInPage({ texts: { pages }, names, base, inside }: Visit): Page {
  const elsewhere = inside !== `${base}/login`
  const logout = `${base}/login/logout`
  return {
    title: pages.loggedInTitle,
    content: [
      h('p', null, say(pages.loggedInText, names)),
      elsewhere && linkButton(inside, say(pages.doneButton, names)),
      form({ action: logout, button: pages.logOutButton, primary: !elsewhere }),
      form({
        action: logout,
        button: pages.logOutEverywhereButton,
        primary: false,
        hidden: { everywhere: 'yes' },
      }),
    ],
  }
}

/** Microsoft's login leaves no session of ours, so there is nothing to log out of. */
export function loggedInWithMicrosoftPage({ texts: { pages }, names }: Visit): Page {
  return { title: pages.loggedInTitle, content: [h('p', null, say(pages.loggedInText, names))] }
}

type Refusal = Exclude<MicrosoftResult['kind'], 'in' | 'paused'>

/** None of them leads on to Microsoft by itself. */
export function microsoftPage(visit: Visit, kind: Refusal): Page {
  const { texts, names, base } = visit
  const { pages } = texts
  const login = (label: string): Content => linkButton(`${base}/login`, label)
  switch (kind) {
    case 'ahead':
      return {
        status: 403,
        title: pages.aheadTitle,
        content: [h('p', null, say(pages.aheadText, names)), login(pages.loginButton)],
      }
    case 'stranger':
      return { status: 403, title: pages.notAllowedTitle, content: [h('p', null, say(pages.notAllowedText, names))] }
    case 'busy':
      return {
        status: 503,
        title: pages.microsoftBusyTitle,
        content: [h('p', null, say(pages.microsoftBusyText, names)), login(pages.tryAgainButton)],
      }
    default:
      return {
        status: 400,
        title: pages.microsoftFailedTitle,
        content: [h('p', null, say(pages.microsoftFailedText, names)), login(pages.tryAgainButton)],
      }
  }
}
