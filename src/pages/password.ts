import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hashOf } from '../secret.js'
import type { User } from '../domain/user.js'
import type { Chosen } from '../onboarding/links.js'
import { formOf } from './guard.js'
import { loggedIn } from './logged-in.js'
import { guessing } from './limits.js'
import { Once } from './once.js'
import type { Asked, PageRoom } from './visit.js'
import { donePage, passwordPage, pausedPage, timeOverPage, type Refusal } from './welcome-words.js'

/** The password is chosen by the browser that opened the link, within its sixty minutes. */

const HERE = '/welcome/password'
const SECOND_CLICK_MS = 60_000

export function registerPassword(app: FastifyInstance, room: PageRoom): void {
  const { parts, cookies } = room
  const { links, now } = parts
  const savings = new Once<Chosen>({ now, keepMs: SECOND_CLICK_MS, keep: ({ kind }) => kind === 'chosen' })
  const sessionOf = (request: FastifyRequest): string | null => cookies.get(request, 'choosing')
  const isGenuine = async (request: FastifyRequest): Promise<boolean> =>
    (await links.resume(sessionOf(request))).kind === 'choosing'

  app.get(HERE, async (request, reply) => {
    const asked = { request, reply }
    const choosing = await links.resume(sessionOf(request))
    if (choosing.kind === 'choosing') return ask(room, asked, choosing.user, null)
    if (choosing.kind === 'paused') return room.show(asked, { user: choosing.user }, pausedPage)
    // Back, after the password was saved.
    const isDone = sessionOf(request) === null && (await loggedIn(room, asked)) !== null
    return isDone ? room.go(asked, '/login') : room.show(asked, {}, timeOverPage)
  })

  app.post(HERE, guessing(isGenuine), async (request, reply) => {
    const asked = { request, reply }
    const session = sessionOf(request)
    const { password = '' } = formOf(request)
    const chosen = await savings.run(hashOf(`${session ?? ''} ${password}`), () => links.choose(session, password))
    switch (chosen.kind) {
      case 'chosen':
        cookies.clear(reply, 'choosing')
        cookies.set(reply, 'login', chosen.session, { until: chosen.until })
        return room.go(asked, '/welcome/done')
      case 'refused':
        // Only a real session is answered so: its sixty minutes have just begun anew.
        cookies.keepChoosing(reply, session ?? '')
        return ask(room, asked, chosen.user, { problem: chosen.problem, length: charactersOf(password) })
      case 'paused':
        return room.show(asked, { user: chosen.user }, pausedPage)
      case 'over':
        return room.show(asked, {}, timeOverPage)
    }
  })

  app.get('/welcome/done', async (request, reply) => {
    const asked = { request, reply }
    const user = await loggedIn(room, asked)
    if (!user) return room.go(asked, '/login')
    return room.show(asked, { user }, (visit) => donePage(visit, userNameOf(user)))
  })
}

function ask(room: PageRoom, asked: Asked, user: User, refusal: Refusal | null): unknown {
  return room.show(asked, { user }, (visit) => passwordPage(visit, userNameOf(user), refusal))
}

/** What one logs in with. */
function userNameOf({ userPrincipalName, mail }: User): string {
  return userPrincipalName ?? mail ?? ''
}

/** As the rule for passwords counts them. */
function charactersOf(password: string): number {
  return Array.from(password.normalize('NFC')).length
}
