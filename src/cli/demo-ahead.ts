import { relative } from 'node:path'
import type { App } from '../app.js'
import { readCaught } from '../mail/caught.js'
import { hanging } from './layout.js'
import { harmless, paint, printLine } from './output.js'

/** The second half of the demo: some people get ahead login, and their emails are caught on this machine. */

const PEOPLE = 3
const ADMIN = 'Mia from IT'

export interface Mailroom {
  readonly app: App
  readonly signal: AbortSignal
  readonly outbox: string
}

/** Enables and invites a few people, and somebody without an address, who cannot be invited. */
export async function inviteSome({ app, signal }: Mailroom): Promise<void> {
  const { users } = await app.store.list({ limit: 200, account: 'active', status: 'never-logged-in' })
  const reachable = users.filter(({ mail, userType }) => mail !== null && userType === 'Member').slice(0, PEOPLE)
  const unreachable = users.filter(({ mail }) => mail === null).slice(0, 1)
  const ids = [...reachable, ...unreachable].map(({ id }) => id)
  await app.ask('enable-ahead-login', ids, { dryRun: false, by: ADMIN, signal })
  const { results } = await app.ask('send-invitation', ids, { dryRun: false, by: ADMIN, signal })
  printLine(paint('bold', `${ADMIN} enables ahead login for ${ids.length} people and sends the onboarding emails.\n`))
  for (const { user, status, error } of results) {
    const because = error === null ? '' : `: ${error.message}`
    const name = user?.displayName ?? user?.userPrincipalName ?? ''
    printLine(hanging('  ', harmless(`${name} is ${status ?? 'unknown'}${because}`)))
  }
  printLine()
}

/** Which emails were caught, and what to click in which order. `url` is where browsers reach us. */
export async function showEmails({ outbox }: Mailroom, url: string): Promise<void> {
  const emails = await readCaught(outbox)
  printLine(paint('bold', 'Caught emails. Be one of these people: open a link, press the button, choose a password.'))
  for (const { to, link, path } of emails) {
    printLine(hanging('  ', harmless(`${to} · ${relative(process.cwd(), path)}`)))
    if (link !== null) printLine(`    ${link}`)
  }
  printLine(`\nThen log in with it:  ${url}/login`)
  printLine(`Or with Microsoft:    ${url}/login/microsoft  (a simulated one: pick anybody)\n`)
}
