import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ConnectorError } from '../domain/errors.js'
import type { MicrosoftLogins, MicrosoftReturn } from '../login/door.js'
import { loggedInWithMicrosoftPage, microsoftPage } from './login-words.js'
import type { Asked, PageRoom } from './visit.js'
import { pausedPage } from './welcome-words.js'

const TEN_MINUTES = { seconds: 10 * 60 }

/** A person came back at an address that works once: another language is to be had on the login page. */
const HERE = '/login'

/** The way to Microsoft and back. Nothing in a request decides where it leads, and no refusal leads back to Microsoft. */
export function registerMicrosoft(app: FastifyInstance, room: PageRoom, microsoft: MicrosoftLogins): void {
  const { cookies } = room

  // Neither for HEAD: the one would begin a login nobody wants, the other use up the one under way.
  app.get('/login/microsoft', { exposeHeadRoute: false }, async (request, reply) => {
    try {
      const begun = await microsoft.begin(one(request, 'connection'))
      if (!begun) return await room.go({ request, reply }, HERE)
      cookies.set(reply, 'microsoft', begun.browser, TEN_MINUTES)
      return await reply.redirect(begun.url, 302)
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
        if (room.intranetOf(result.user.connection).url !== null) return room.goInside(asked, result.user)
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

function returnOf(request: FastifyRequest): MicrosoftReturn {
  return {
    code: one(request, 'code'),
    state: one(request, 'state'),
    error: one(request, 'error'),
    errorDescription: one(request, 'error_description'),
  }
}

/** A value given twice is none: Microsoft sends each once. */
function one({ query }: FastifyRequest, name: string): string | null {
  const value = (query as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' && value !== '' ? value : null
}
