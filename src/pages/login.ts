import type { FastifyInstance } from 'fastify'
import { formOf } from './guard.js'
import { ASKING } from './limits.js'
import { loggedIn } from './logged-in.js'
import { forgottenPage, loggedInPage, loginPage, missing, refusedLogin } from './login-words.js'
import type { PageRoom } from './visit.js'
import { pausedPage, sentPage } from './welcome-words.js'

/** User name and password, log out, forgotten password. */
export function registerLogin(app: FastifyInstance, room: PageRoom): void {
  const { parts, cookies } = room
  const { door } = parts

  app.get('/login', async (request, reply) => {
    const asked = { request, reply }
    const user = await loggedIn(room, asked)
    return user ? room.show(asked, { user }, loggedInPage) : room.show(asked, {}, (visit) => loginPage(visit, null))
  })

  app.post('/login', async (request, reply) => {
    const asked = { request, reply }
    const { username: name = '', password = '' } = formOf(request)
    if (name.trim() === '' || password === '') {
      return room.show(asked, {}, (visit) =>
        loginPage(visit, { name, errors: missing(visit, { name, password }), status: 422 }),
      )
    }
    const result = await door.logIn({ name, password, network: request.ip })
    if (result.kind === 'paused') return room.show(asked, { user: result.user }, pausedPage)
    if (result.kind !== 'in') {
      return room.show(asked, {}, (visit) => loginPage(visit, refusedLogin(visit, name, result)))
    }
    cookies.set(reply, 'login', result.session, { until: result.until })
    return room.goInside(asked, result.user)
  })

  app.post('/login/logout', async (request, reply) => {
    await door.logOut(cookies.get(request, 'login'), formOf(request)['everywhere'] === 'yes')
    cookies.clear(reply, 'login')
    return room.go({ request, reply }, '/login')
  })

  app.get('/login/forgotten', (request, reply) =>
    room.show({ request, reply }, {}, (visit) => forgottenPage(visit, null)),
  )

  app.post('/login/forgotten', ASKING, async (request, reply) => {
    const asked = { request, reply }
    const { username: name = '' } = formOf(request)
    if (name.trim() === '') {
      return room.show(asked, {}, (visit) =>
        forgottenPage(visit, { name, errors: missing(visit, { name }), status: 422 }),
      )
    }
    await door.forgotten({ name, network: request.ip })
    return room.go(asked, '/login/sent')
  })

  app.get('/login/sent', (request, reply) => room.show({ request, reply }, {}, (visit) => sentPage(visit)))
}
