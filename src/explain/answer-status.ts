import { emailState } from '../domain/ahead.js'
import type { Explanation } from './facts.js'
import { lastEmail, type OwnFacts } from './steps-here.js'
import { nameOf, sentences, when } from './words.js'

/** Pure: what to tell somebody whose account is active: how far their onboarding is, and what is theirs to do. */
export function answerOnStatus(facts: OwnFacts): Pick<Explanation, 'answer' | 'stopsAt'> {
  const { user, now } = facts
  const name = nameOf(facts)
  switch (user.status) {
    case 'onboarded': {
      const last = user.lastLoginAt === null ? '' : `, last ${when(user.lastLoginAt, now)}`
      const answer =
        user.identity === 'ahead-id'
          ? `Nothing stands in the way of ${name}, who logs in with user name and password${last}, not with Microsoft. A forgotten password is set anew from the login page`
          : `Nothing stands in the way of ${name}, who has logged in with Microsoft${last}. If Microsoft refuses them, the reason stands in the sign-in log of Entra`
      return { answer, stopsAt: null }
    }
    case 'never-logged-in':
      return {
        answer: `Nothing stands in the way of ${name}, who has not logged in with Microsoft once. Ask what they see when they try; what Microsoft refuses stands in the sign-in log of Entra`,
        stopsAt: null,
      }
    case 'migrating':
      return { answer: migrating(facts), stopsAt: 'status' }
    case 'pending':
      return { answer: pending(facts), stopsAt: 'status' }
    case 'failed':
      return { answer: failed(facts), stopsAt: 'status' }
    case 'onboarding-incomplete':
      return { answer: incomplete(facts), stopsAt: 'status' }
  }
}

function migrating(facts: OwnFacts): string {
  const { user, ways, now } = facts
  const name = nameOf(facts)
  const start = `${name} is to log in with user name and password and has not got the onboarding email`
  const email = lastEmail(user)
  const isOwed = email !== null && emailState(email, now) === 'owed'
  if (user.mail === null)
    return sentences(
      `${start}: Entra has no email address for them`,
      'Add one there, then send the email: “users send-invitation”',
    )
  if (!ways.emailEnabled)
    return sentences(`${start}: email is switched off`, 'An admin can switch it on (EMAIL_ENABLED) and send it')
  if (!isOwed) return sentences(`${start}: nobody has sent it`, 'An admin can: “users send-invitation”')
  if (!email.problem)
    return sentences(`${start} yet`, 'It goes out with the next run, within minutes where “serve” is running')
  const next = email.nextTryAt === null ? '' : `; next attempt ${when(email.nextTryAt, now)}`
  return sentences(`${start}: the mail system does not take it (${email.problem.message})`, `It is tried again${next}`)
}

function pending(facts: OwnFacts): string {
  const { user, now } = facts
  const name = nameOf(facts)
  const email = lastEmail(user)
  const to = email?.to ?? user.mail ?? 'their address'
  if (email?.sentAt && emailState(email, now) === 'expired')
    return sentences(
      `The link in the email to ${name} (${to}, ${when(email.sentAt, now)}) has expired`,
      'They can have a new one sent from the page it leads to, or an admin sends it: “users restart-onboarding”',
    )
  const sent = email?.sentAt ? `, ${when(email.sentAt, now)}` : ''
  const until = email?.expiresAt ? `, until ${when(email.expiresAt, now)}` : ''
  return sentences(
    `${name} has not opened the link in the onboarding email (${to}${sent})`,
    `They set their password with it${until}; if it did not arrive, look into the junk folder or have it sent again: “users send-invitation”`,
  )
}

function failed(facts: OwnFacts): string {
  const { user } = facts
  const { code, message } = user.statusReason ?? { code: '', message: 'we do not know why' }
  const help =
    code === 'mail-system'
      ? 'Solve what the mail system says'
      : code === 'address-missing'
        ? 'Add an address in Entra'
        : 'Correct the address in Entra'
  return sentences(
    `The onboarding email to ${nameOf(facts)} could not be delivered: ${message}`,
    `${help}, then start again: “users restart-onboarding”`,
  )
}

function incomplete(facts: OwnFacts): string {
  const { user, now } = facts
  const until = user.ahead?.passwordSession?.until
  const start = `${nameOf(facts)} has opened the link and not chosen a password yet`
  return until !== undefined && until > now.toISOString()
    ? sentences(start, `They can go on in the same browser until ${when(until, now)}`)
    : sentences(start, 'The page is over: have a new email sent with “users restart-onboarding”')
}
