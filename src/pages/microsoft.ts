import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ConnectorError } from '../domain/errors.js'
import type { MicrosoftLogin, MicrosoftReturn } from '../login/door.js'
import { loggedInWithMicrosoftPage, microsoftPage } from './login-words.js'
import type { Asked, PageRoom } from './visit.js'
import { pausedPage } from './welcome-words.js'

const TEN_MINUTES = { seconds: 10 * 60 }

/** A person came back at an address that works once: another language is to be had on the login page. */
const HERE = '/login'

/** The way to Microsoft and back. Nothing in a request decides where it leads, and no refusal leads back to Microsoft. */
export function registerMicrosoft(app: FastifyInstance, room: PageRoom, microsoft: MicrosoftLogin): void {
  const { parts, cookies } = room

  // Neither for HEAD: the one would begin a login nobody wants, the other use up the one under way.
  app.get('/login/microsoft', { exposeHeadRoute: false }, async (request, reply) => {
    try {
      const { url, browser } = await microsoft.begin()
      cookies.set(reply, 'microsoft', browser, TEN_MINUTES)
      return await reply.redirect(url, 302)
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'unavailable') throw error
      return room.show({ request, reply }, { here: HERE }, (visit) => microsoftPage(visit, 'busy'))
    }
  })

  app.get('/login/microsoft/callback', { exposeHeadRoute: false }, async (request, reply) => {
    const browser = cookies.get(request, 'microsoft')
    cookies.clear(reply, 'microsoft')
    const result = await microsoft.finish(returnOf(request), browser)
    const asked: Asked = { request, reply }
    switch (result.kind) {
      case 'in':
        if (parts.intranet.url !== null) return room.goInside(asked)
        return room.show(asked, { user: result.user, here: HERE }, loggedInWithMicrosoftPage)
      case 'paused':
        return room.show(asked, { user: result.user, here: HERE }, pausedPage)
      case 'ahead':
        return room.show(asked, { user: result.user, here: HERE }, (visit) => microsoftPage(visit, 'ahead'))
      default:
        return room.show(asked, { here: HERE }, (visit) => microsoftPage(visit, result.kind))
    }
  })
}

/** A value given twice is none: Microsoft sends each once. */
function returnOf({ query }: FastifyRequest): MicrosoftReturn {
  const given = query as Readonly<Record<string, unknown>>
  const one = (name: string): string | null => {
    const value = given[name]
    return typeof value === 'string' && value !== '' ? value : null
  }
  return {
    code: one('code'),
    state: one('state'),
    error: one('error'),
    errorDescription: one('error_description'),
  }
}
