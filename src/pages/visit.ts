import type { FastifyReply, FastifyRequest } from 'fastify'
import { LANGUAGES, type Language } from '../domain/ahead.js'
import type { IntranetConfig } from '../config/config.js'
import type { User } from '../domain/user.js'
import type { Choice } from '../login/door.js'
import { namesOf, type Values } from '../texts/index.js'
import type { Texts } from '../texts/texts.js'
import type { PageCookies } from './cookies.js'
import { frame, type Page } from './frame.js'
import { pageLanguage, pickedLanguage, readChoice, writeChoice, type Choice as LanguageChoice } from './language.js'
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
  /** Whose Microsoft, where there are several. */
  readonly choices: readonly Choice[]
  readonly timeZone: string | null
}

export interface Asked {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export interface VisitOptions {
  /** Whom a session knows. */
  readonly user?: User | null
  /** Whose connection is meant, where nobody is known by a session; without either, none in particular. */
  readonly connection?: string | null
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
  /** To this person's intranet, or to our own page that says that one is logged in. */
  goInside(asked: Asked, user: User): FastifyReply
  intranetOf(connection: string | null): IntranetConfig
}

const YEAR_S = 365 * 24 * 60 * 60

/** `base` is the path of PUBLIC_URL without a slash at the end. */
export function pageRoom(parts: PageParts, base: string, cookies: PageCookies): PageRoom {
  const languages = LANGUAGES.map((language) => ({ language, ownName: parts.texts(language).ownName }))
  const intranetOf = (connection: string | null): IntranetConfig =>
    parts.intranets?.get(connection ?? '') ?? parts.intranet
  const insideOf = ({ url }: IntranetConfig): string => url ?? `${base}/login`

  function languageFor({ request, reply }: Asked, person: User | null, otherwise: Language): Language {
    const picked = pickedNow(request, person)
    if (picked) cookies.set(reply, 'language', writeChoice(picked), { seconds: YEAR_S })
    const choice = picked ?? readChoice(cookies.get(request, 'language'))
    const accepted = request.headers['accept-language']
    return pageLanguage({ person, choice, accepted, otherwise })
  }

  function visit(asked: Asked, options: VisitOptions): Visit {
    const { user = null, connection = user?.connection ?? null, here = pathOf(asked.request) } = options
    const intranet = intranetOf(connection)
    const { name, organisation, supportContact } = intranet
    const language = languageFor(asked, user, parts.intranets ? intranet.language : parts.defaultLanguage)
    const texts = parts.texts(language)
    return {
      language,
      texts,
      languages,
      base,
      here: base + here,
      names: { ...namesOf(texts, { name, organisation, contact: supportContact }) },
      contact: supportContact,
      inside: insideOf(intranet),
      hasLogo: parts.logo !== null,
      hasMicrosoft: parts.microsoft !== null,
      choices: parts.microsoft?.choices ?? [],
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
    goInside: ({ reply }, { connection }) => reply.redirect(insideOf(intranetOf(connection)), 303),
    intranetOf,
  }
}

function pickedNow({ query }: FastifyRequest, person: User | null): LanguageChoice | null {
  const language = pickedLanguage((query as { lang?: unknown }).lang)
  return language && { language, by: person?.id ?? null }
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0] ?? '/login'
}
