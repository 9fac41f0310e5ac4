import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hashOf, newSecret } from '../secret.js'
import type { Look, Opened } from '../onboarding/links.js'
import { ASKING, guessing } from './limits.js'
import { Once } from './once.js'
import type { Asked, PageRoom } from './visit.js'
import { linkPage, pausedPage, sentPage } from './welcome-words.js'

/** The link of an email: looked at, opened, asked for again. */

interface LinkRequest {
  readonly Params: { readonly link: string }
}

/** A browser may drop the first answer of two within this time. */
const SECOND_CLICK_MS = 60_000
const BROWSER = { seconds: 24 * 60 * 60 }

export function registerWelcome(app: FastifyInstance, room: PageRoom): void {
  const { parts, cookies } = room
  const { links, now } = parts
  const openings = new Once<Opened>({ now, keepMs: SECOND_CLICK_MS, keep: ({ kind }) => kind === 'open' })
  const isGenuine = async ({ params }: FastifyRequest): Promise<boolean> =>
    (await links.look((params as LinkRequest['Params']).link)).kind !== 'damaged'

  // Anybody may look, and any number of times: nothing changes.
  app.get<LinkRequest>('/welcome/:link', async (request, reply) => {
    const asked = { request, reply }
    const seen = await links.look(request.params.link)
    if (await isOpenedHere(room, request, seen)) return room.go(asked, '/welcome/password')
    if (seen.kind === 'live' && cookies.get(request, 'browser') === null) {
      cookies.set(reply, 'browser', newSecret(), BROWSER)
    }
    return answerLook(room, asked, seen)
  })

  app.post<LinkRequest>('/welcome/:link', guessing(isGenuine), async (request, reply) => {
    const asked = { request, reply }
    const { link } = request.params
    if (await isOpenedHere(room, request, await links.look(link))) return room.go(asked, '/welcome/password')
    const browser = cookies.get(request, 'browser')
    const open = (): Promise<Opened> => links.open(link)
    const opened = browser === null ? await open() : await openings.run(hashOf(`${browser} ${link}`), open)
    if (opened.kind === 'paused') return room.show(asked, { connection: opened.user.connection }, pausedPage)
    if (opened.kind !== 'open') return answerLook(room, asked, opened)
    cookies.keepChoosing(reply, opened.session)
    return room.go(asked, '/welcome/password')
  })

  app.post<LinkRequest>('/welcome/:link/new', ASKING, async (request, reply) => {
    await links.askAgain(request.params.link)
    return room.go({ request, reply }, '/welcome/sent')
  })

  app.get('/welcome/sent', (request, reply) => room.show({ request, reply }, {}, (visit) => sentPage(visit)))
}

function answerLook(room: PageRoom, asked: Asked, seen: Look): unknown {
  const { link } = asked.request.params as LinkRequest['Params']
  const connection = seen.kind === 'damaged' ? null : seen.user.connection
  return room.show(asked, { connection }, (visit) =>
    linkPage(visit, seen, `${visit.base}/welcome/${encodeURIComponent(link)}`),
  )
}

/** Whether the session of this browser came from this very link: a second click, Back, a reload. */
async function isOpenedHere({ parts, cookies }: PageRoom, request: FastifyRequest, seen: Look): Promise<boolean> {
  const session = cookies.get(request, 'choosing')
  if (session === null || seen.kind === 'damaged') return false
  const choosing = await parts.links.resume(session)
  if (choosing.kind !== 'choosing' || choosing.user.id !== seen.user.id) return false
  return choosing.user.ahead?.passwordSession?.emailId === seen.email.id
}
