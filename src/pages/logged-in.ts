import type { User } from '../domain/user.js'
import type { Asked, PageRoom } from './visit.js'

/** Who is logged in with this browser. Its cookie is exchanged when it is time for that. */
export async function loggedIn({ parts, cookies }: PageRoom, { request, reply }: Asked): Promise<User | null> {
  const who = await parts.door.whoIs(cookies.get(request, 'login'))
  if (who?.renewed) cookies.set(reply, 'login', who.renewed.session, { until: who.renewed.until })
  return who && who.user
}
