import { h } from 'preact'
import { linkButton } from './blocks.js'
import type { Page } from './frame.js'
import type { Visit } from './visit.js'
import { say } from './words.js'

/** `reference` finds the request in the log. */
export function ourFaultPage({ texts: { pages }, names }: Visit, status: number, reference: string): Page {
  return {
    status,
    title: pages.ourFaultTitle,
    content: [h('p', null, say(pages.ourFaultText, { ...names, ref: reference }))],
  }
}

/** Below /login there is nothing but the login. */
export function nothingHerePage({ texts: { pages }, base }: Visit): Page {
  return { status: 404, title: pages.damagedTitle, content: [linkButton(`${base}/login`, pages.loginButton)] }
}
