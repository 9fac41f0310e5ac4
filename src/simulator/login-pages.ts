import type { Answer } from './answer.js'
import type { Exchange } from './exchange.js'
import type { Person } from './person.js'

/** An error of the sign-in page: it stays there, the application never hears of it. */
export interface PageRefusal {
  /** The AADSTS number. */
  readonly code: number
  readonly text: string
}

const MOST_SHOWN = 60

/** Who signs in? Each name is a link to the same address with a `login_hint`. */
export function peoplePage({ path, search }: Exchange, people: Iterable<Person>): Answer {
  const link = (more: string): string => escaped(`${path}?${search}&${more}`)
  const items: string[] = []
  for (const person of people) {
    if (items.length === MOST_SHOWN) break
    const { userPrincipalName: upn, displayName } = person
    const disabled = person.accountEnabled === false ? ' (disabled)' : ''
    const href = link(`login_hint=${encodeURIComponent(upn)}`)
    items.push(`<li><a href="${href}">${escaped(displayName ?? upn)}</a> ${escaped(upn)}${disabled}</li>`)
  }
  const cancel = `<p><a href="${link('sim_cancel=1')}">Cancel</a></p>`
  return page(
    200,
    `<h1>Who signs in?</h1><p>A simulated Microsoft. Nobody needs a password.</p><ul>${items.join('')}</ul>${cancel}`,
  )
}

export function refusalPage({ code, text }: PageRefusal): Answer {
  return page(
    code === 50034 || code === 50057 ? 200 : 400,
    `<h1>Sign-in failed</h1><p>AADSTS${code}: ${escaped(text)}</p>`,
  )
}

export function redirectTo(redirectUri: string, values: Readonly<Record<string, string>>): Answer {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value)
  return { status: 302, headers: { Location: url.href, 'Cache-Control': 'no-store' }, body: [] }
}

function page(status: number, content: string): Answer {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Simulated sign-in</title><body>${content}</body></html>`
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }
  return { status, headers, body: [Buffer.from(html)] }
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
