import fastifyCookie from '@fastify/cookie'
import fastifyHelmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { registerAssets } from './assets.js'
import { pageCookies } from './cookies.js'
import { answerFault, ForeignForm, nothingHere } from './faults.js'
import { isForeign, readFormsOnly } from './guard.js'
import { LIMITER } from './limits.js'
import { registerLogin } from './login.js'
import { registerMicrosoft } from './microsoft.js'
import type { PageParts } from './parts.js'
import { registerPassword } from './password.js'
import { pageRoom } from './visit.js'
import { registerWelcome } from './welcome.js'

/**
 * Everything under /welcome and /login: server-rendered HTML that works without scripts. It keeps to itself: what it reads,
 * how it answers errors and which headers it sends concern no other route. The path of PUBLIC_URL has to be taken off
 * before a route is looked for.
 */
export function registerPages(app: FastifyInstance, parts: PageParts): void {
  const { pathname, protocol } = new URL(parts.publicUrl)
  const base = pathname.replace(/\/$/, '')
  const room = pageRoom(parts, base, pageCookies(base, protocol === 'https:'))

  void app.register(async (pages) => {
    await pages.register(fastifyHelmet, headers(parts))
    await pages.register(fastifyCookie)
    await pages.register(fastifyRateLimit, LIMITER)
    pages.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store').header('x-robots-tag', 'noindex')
      if (request.method === 'POST' && isForeign(request, parts.publicUrl)) throw new ForeignForm()
      return Promise.resolve()
    })
    pages.setErrorHandler((thrown, request, reply) => answerFault(room, thrown, { request, reply }))
    readFormsOnly(pages)

    registerAssets(pages, parts.logo)
    registerWelcome(pages, room)
    registerPassword(pages, room)
    registerLogin(pages, room)
    if (parts.microsoft) registerMicrosoft(pages, room, parts.microsoft)
    for (const url of ['/welcome', '/welcome/*', '/login/*'])
      pages.all(url, (request, reply) => nothingHere(room, { request, reply }))
  })
}

function headers({ intranet, intranets }: PageParts): FastifyHelmetOptions {
  const self = ["'self'"]
  // Browsers hold every redirect that follows a form to this list, and an intranet may send people on to wherever its own
  // login is: whoever has just logged in must not be stopped there.
  const targets = [...(intranets?.values() ?? [intranet])].flatMap(({ url }) =>
    url === null ? [] : new URL(url).origin,
  )
  const formAction = targets.length === 0 ? self : [...self, ...new Set(targets), 'https:']
  const directives = {
    defaultSrc: ["'none'"],
    styleSrc: self,
    scriptSrc: self,
    imgSrc: self,
    formAction,
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  }
  return {
    contentSecurityPolicy: { useDefaults: false, directives },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // A promise for the whole host, which is not ours alone: it belongs to whoever ends TLS.
    strictTransportSecurity: false,
  }
}
