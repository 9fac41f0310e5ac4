import { h, type ComponentChild } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Language } from '../domain/ahead.js'
import { piecesOf, type Values } from '../texts/index.js'

/** The sentences still have their placeholders: in HTML every value stands in an element of its own. */
export interface Letter {
  readonly language: Language
  /** Filled. */
  readonly subject: string
  readonly greeting: string
  readonly before: readonly string[]
  readonly button: string
  readonly after: readonly string[]
  readonly values: Values
  readonly link: string
}

/*
 * No colours but those of the button, which can be read on white and on black: every mail program then shows text and
 * page in its own, dark ones in dark mode. Styles are inline, because some programs drop everything else.
 */
const BODY =
  'margin:0;padding:24px 16px;font-family:system-ui,"Segoe UI",Arial,sans-serif;font-size:16px;line-height:1.5'
const COLUMN = 'max-width:560px;margin:0 auto;overflow-wrap:anywhere'
const PARAGRAPH = 'margin:0 0 16px'
const BUTTON =
  'display:inline-block;padding:12px 24px;border-radius:4px;background-color:#0b5cad;color:#ffffff;font-weight:600;text-decoration:none'

/** Values that are names of somebody or something; dates are words of the sentence. */
const DATES = ['expires', 'firstSent']

/** An email of plain paragraphs, without a link. The texts are filled. */
export function noticeHtml(subject: string, paragraphs: readonly string[]): string {
  return pageOf(
    'en',
    subject,
    paragraphs.map((text) => h('p', { style: PARAGRAPH }, text)),
  )
}

/** A whole page without images, scripts or anything to be loaded; its only link is the button. */
export function emailHtml({ language, subject, greeting, before, button, after, values, link }: Letter): string {
  const sentence = (text: string): ComponentChild[] =>
    piecesOf(text, values).map((piece) =>
      piece.name === null || DATES.includes(piece.name) ? piece.text : h('bdi', null, piece.text),
    )
  const paragraph = (text: string): ComponentChild => h('p', { style: PARAGRAPH }, sentence(text))
  return pageOf(language, subject, [
    paragraph(greeting),
    before.map(paragraph),
    h('p', { style: PARAGRAPH }, h('a', { href: link, style: BUTTON }, sentence(button))),
    after.map(paragraph),
  ])
}

function pageOf(language: Language, subject: string, content: readonly ComponentChild[]): string {
  const page = h(
    'html',
    { lang: language, style: 'color-scheme:light dark' },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { name: 'viewport', content: 'width=device-width' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('meta', { name: 'supported-color-schemes', content: 'light dark' }),
      // Otherwise some programs make links of the user name and of dates.
      h('meta', { name: 'format-detection', content: 'telephone=no,date=no,address=no,email=no,url=no' }),
      h('title', null, subject),
    ),
    h('body', { style: BODY }, h('div', { lang: language, style: COLUMN }, content)),
  )
  return `<!doctype html>\n${renderToString(page)}\n`
}
