import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { fill } from '../texts/index.js'
import type { Visit } from './visit.js'
import { say, type Content } from './words.js'

/** One page: a heading and what stands below it. */
export interface Page {
  /** 200 unless said otherwise. */
  readonly status?: number
  /** A sentence that may name the intranet. */
  readonly title: string
  /** What was wrong with a form; the title then says that there is something. */
  readonly summary?: Content
  readonly content: readonly Content[]
}

/** The whole document. */
export function frame(visit: Visit, page: Page): string {
  const document = h(
    'html',
    { lang: visit.language },
    h('head', null, head(visit, page)),
    h('body', null, body(visit, page)),
  )
  return `<!doctype html>${renderToString(document)}`
}

function head({ base, names, texts, hasLogo }: Visit, { title, summary }: Page): Content {
  const heading = fill(title, names)
  const whole = title.includes('{intranet}') ? heading : `${heading} – ${fill('{Intranet}', names)}`
  const assets = `${base}/welcome/assets`
  return [
    h('meta', { charset: 'utf-8' }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'robots', content: 'noindex' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('title', null, summary ? `${texts.pages.errorPrefix} ${whole}` : whole),
    h('link', { rel: 'icon', href: `${assets}/${hasLogo ? 'logo' : 'icon.svg'}` }),
    h('link', { rel: 'stylesheet', href: `${assets}/pages.css` }),
    h('script', { src: `${assets}/pages.js`, defer: true }),
  ]
}

function body({ base, names, hasLogo, ...visit }: Visit, { title, summary, content }: Page): Content {
  return h(
    'div',
    { class: 'page' },
    h(
      'header',
      null,
      hasLogo && h('img', { src: `${base}/welcome/assets/logo`, alt: '' }),
      h('p', null, say('{Intranet}', names)),
    ),
    h('main', null, summary, h('h1', null, say(title, names)), ...content),
    h('footer', null, help(visit), languages(visit)),
  )
}

function help({ texts, contact }: Pick<Visit, 'texts' | 'contact'>): Content {
  return contact !== null && h('p', null, say(texts.pages.help, { contact }))
}

function languages({
  language: current,
  languages: all,
  here,
}: Pick<Visit, 'language' | 'languages' | 'here'>): Content {
  const items = all.map(({ language, ownName }) => {
    if (language === current) return h('span', { lang: language, 'aria-current': 'true' }, ownName)
    return h('a', { href: `${here}?lang=${language}`, lang: language, hreflang: language }, ownName)
  })
  return h(
    'nav',
    null,
    h(
      'ul',
      null,
      items.map((item) => h('li', null, item)),
    ),
  )
}
