import type { FastifyReply, FastifyRequest } from 'fastify'
import { LANGUAGES, type Language } from '../domain/ahead.js'
import type { User } from '../domain/user.js'
import { namesOf, type Values } from '../texts/index.js'
import type { Texts } from '../texts/texts.js'
import type { PageCookies } from './cookies.js'
import { frame, type Page } from './frame.js'
import { pageLanguage, pickedLanguage, readChoice, writeChoice, type Choice } from './language.js'
import type { PageParts } from './parts.js'

/** One request for a page: in which language, with which names. */
export interface Visit {
  readonly language: Language
  readonly texts: Texts
  readonly languages: readonly { readonly language: Language; readonly ownName: string }[]
  /** The path of PUBLIC_URL, without a slash at the end. */
  readonly base: string
  /** Where this page can be had in another language: a path, PUBLIC_URL's included. */
  readonly here: string
  /** What pages call things: `intranet`, `org`, `contact`. */
  readonly names: Values
  /** Null: nobody is named for help. */
  readonly contact: string | null
  /** Where "continue" leads. */
  readonly inside: string
  readonly hasLogo: boolean
  readonly hasMicrosoft: boolean
  readonly timeZone: string | null
}

export interface Asked {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export interface VisitOptions {
  /** Whom a session knows. */
  readonly user?: User | null
  /** The page to show in another language, without the path of PUBLIC_URL, where it is not this one. */
  readonly here?: string
}

/** What all requests share. */
export interface PageRoom {
  readonly parts: PageParts
  readonly cookies: PageCookies
  /** Answers with a page; `build` is given the words. */
  show(asked: Asked, options: VisitOptions, build: (visit: Visit) => Page): FastifyReply
  /** To another page of ours, so that a reload does not send a form again. `path` is without PUBLIC_URL's. */
  go(asked: Asked, path: string): FastifyReply
  /** To the intranet, or to our own page that says that one is logged in. */
  goInside(asked: Asked): FastifyReply
}

const YEAR_S = 365 * 24 * 60 * 60

/** `base` is the path of PUBLIC_URL without a slash at the end. */
export function pageRoom(parts: PageParts, base: string, cookies: PageCookies): PageRoom {
  const languages = LANGUAGES.map((language) => ({ language, ownName: parts.texts(language).ownName }))
  const { name, organisation, supportContact, url } = parts.intranet
  const inside = url ?? `${base}/login`

  function languageFor({ request, reply }: Asked, person: User | null): Language {
    const picked = pickedNow(request, person)
    if (picked) cookies.set(reply, 'language', writeChoice(picked), { seconds: YEAR_S })
    const choice = picked ?? readChoice(cookies.get(request, 'language'))
    const accepted = request.headers['accept-language']
    return pageLanguage({ person, choice, accepted, otherwise: parts.defaultLanguage })
  }

  function visit(asked: Asked, { user = null, here = pathOf(asked.request) }: VisitOptions): Visit {
    const language = languageFor(asked, user)
    const texts = parts.texts(language)
    return {
      language,
      texts,
      languages,
      base,
      here: base + here,
      names: { ...namesOf(texts, { name, organisation, contact: supportContact }) },
      contact: supportContact,
      inside,
      hasLogo: parts.logo !== null,
      hasMicrosoft: parts.microsoft !== null,
      timeZone: parts.timeZone,
    }
  }

  return {
    parts,
    cookies,
    show(asked, options, build) {
      const seen = visit(asked, options)
      const page = build(seen)
      return asked.reply
        .code(page.status ?? 200)
        .type('text/html; charset=utf-8')
        .send(frame(seen, page))
    },
    go: ({ reply }, path) => reply.redirect(base + path, 303),
    goInside: ({ reply }) => reply.redirect(inside, 303),
  }
}

function pickedNow({ query }: FastifyRequest, person: User | null): Choice | null {
  const language = pickedLanguage((query as { lang?: unknown }).lang)
  return language && { language, by: person?.id ?? null }
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0] ?? '/login'
}
