import { fold } from '../domain/fold.js'
import type { User } from '../domain/user.js'
import { inWords, labelOf } from '../domain/history-words.js'
import type { Conflict } from '../domain/conflicts.js'
import type { ExplainedStep, Expected, Facts, LastRead } from './facts.js'
import { isUndone, noSeatLeft, syncOf } from './blocks.js'
import { keptText } from './kept.js'
import { chainOf, nameOf, outBecause, reasonOf, remedyOf, sentences, shortly, when } from './words.js'

/** What the directory says this moment, and how our record compares. */

export function found(facts: Facts): ExplainedStep {
  const { live, user, byMail, asked } = facts
  const step = 'found'
  switch (live.found) {
    case 'live': {
      const { profile, entraObjectId } = live.patch
      const name = profile.userPrincipalName ?? null
      const guest = profile.userType === 'Guest' ? 'a guest, ' : ''
      const who = `Entra has ${nameOf(facts)}: ${guest}${name ?? 'without a user name'}, object id ${entraObjectId}`
      const isOther = asked.includes('@') && !byMail && name !== null && fold(name) !== fold(asked)
      return {
        step,
        outcome: 'yes',
        detail: sentences(who, byMail && mailTold(facts), isOther && `“${asked}” is not their user name any more`),
      }
    }
    case 'unreadable':
      return { step, outcome: 'yes', detail: `Entra has them, and the entry cannot be read: ${live.problem}.` }
    case 'soft-deleted':
      return {
        step,
        outcome: 'no',
        detail: sentences('Deleted in Entra, where they can be restored for 30 days', byMail && mailTold(facts)),
      }
    case 'nowhere':
      return { step, outcome: 'no', detail: sentences(nowhere(user), byMail && mailTold(facts)) }
    case 'unknown':
      return {
        step,
        outcome: 'unknown',
        detail: sentences(`Entra could not be asked: ${reasonOf(live.error)}`, remedyOf(live.error)),
      }
  }
}

function mailTold({ asked }: Facts): string {
  return `“${asked}” is their email address, not their user name`
}

function nowhere(user: User | null): string {
  if (user?.entraObjectId === null) return 'This record never came from Entra'
  return user
    ? `Entra has nobody with the object id ${user.entraObjectId}: deleted for good`
    : 'Entra has nobody of this name'
}

export function enabled({ live, user, lastRead, now }: Facts): ExplainedStep {
  const step = 'enabled'
  if (live.found === 'soft-deleted' || live.found === 'nowhere')
    return { step, outcome: 'info', detail: 'There is no account in Entra to be enabled.' }
  if (live.found === 'unknown' || live.found === 'unreadable') {
    const read = user && lastRead.readAt !== null ? `As of ${when(lastRead.readAt, now)}: ${heard(user)}` : null
    return { step, outcome: 'unknown', detail: sentences('Entra could not tell', read) }
  }
  const { accountEnabled } = live.patch
  if (accountEnabled === true) return { step, outcome: 'yes', detail: 'The account is enabled in Entra.' }
  if (accountEnabled === false) return { step, outcome: 'no', detail: 'Entra has this account disabled.' }
  return { step, outcome: 'unknown', detail: 'Entra does not tell us whether the account is enabled.' }
}

const HEARD: Record<User['presence'], string> = {
  enabled: 'enabled',
  disabled: 'disabled',
  'soft-deleted': 'deleted',
  gone: 'deleted for good',
  'out-of-scope': 'not in scope',
  undone: 'the run that created them was undone',
}

function heard({ presence, removal }: User): string {
  return HEARD[removal !== null && removal.state !== 'done' ? removal.presence : presence]
}

export function inScope(facts: Facts): ExplainedStep {
  const { scope, live, ways } = facts
  const step = 'in-scope'
  if (live.found === 'soft-deleted' || live.found === 'nowhere')
    return { step, outcome: 'info', detail: 'There is nobody in Entra to be in scope.' }
  if (!scope) return { step, outcome: 'unknown', detail: 'Entra could not be asked for what the scope depends on.' }
  if (scope.in === 'unknown') {
    const why = scope.error ? `: ${reasonOf(scope.error)}` : ''
    const detail = sentences(
      `An assigned group could not be read${why}`,
      scope.error && remedyOf(scope.error),
      facts.user && 'Nobody goes out of scope meanwhile',
    )
    return { step, outcome: 'unknown', detail }
  }
  if (!scope.in)
    return { step, outcome: 'no', detail: sentences(`Not in scope: ${outBecause(scope)}`, keptText(facts)) }
  if (ways.everyone) return { step, outcome: 'yes', detail: 'Everybody of the tenant is in scope.' }
  const through = scope.chain.length > 0 ? [`through ${chainOf(scope.chain)}`] : []
  return { step, outcome: 'yes', detail: sentences(`In scope: ${[...through, ...ways.conditions].join('; ')}`) }
}

export function matched(facts: Facts): ExplainedStep {
  const { user, live, lastRead, now, expected, conflicts } = facts
  const step = 'matched'
  if (!user)
    return { step, outcome: 'no', detail: sentences(notHere(facts), earlierText(facts), failedText(lastRead, now)) }
  const asOf =
    lastRead.readAt === null ? 'No run has read Entra to its end yet' : `Last read at ${when(lastRead.readAt, now)}`
  const detail = sentences(
    `We have them as ${user.userPrincipalName ?? user.displayName ?? user.id}, id ${user.id}, since ${when(user.createdAt, now)}`,
    asOf,
    live.found !== 'unknown' && expected && difference(user, expected, howItComes(facts)),
    failedText(lastRead, now),
    ...conflicts.map((conflict) => conflictText(conflict, user)),
  )
  return { step, outcome: 'yes', detail }
}

function notHere({ scope, lastRead, now, ways }: Facts): string {
  if (scope?.in === false) return 'We do not have them: people who are not in scope are not kept'
  if (scope === null) return 'We do not have them'
  if (lastRead.completedAt === null) return 'We do not have them: nobody has been read from Entra to the end yet'
  const at = lastRead.readAt === null ? '' : `, the last one was at ${when(lastRead.readAt, now)}`
  const seats = noSeatLeft({ ways }) ? '. All seats are taken: they will wait for one' : ''
  return `We do not have them yet: the next run brings them${at}${seats}`
}

function earlierText({ earlier }: Facts): string | null {
  if (earlier.length === 0) return null
  return `An earlier account of this user name is here: ${earlier.map((one) => shortly(one)).join(', ')}`
}

function failedText({ failed }: LastRead, now: Facts['now']): string | null {
  return failed && `The last run failed at ${when(failed.at, now)}: ${failed.message}`
}

function howItComes(facts: Facts): string {
  if (!isUndone(facts)) return 'The next run brings it'
  return `A run was undone that had brought it: it stays so until Entra changes it, or “${syncOf(facts)}” reads it`
}

/** What the next look at them would change, as far as it concerns anybody. */
function difference(user: User, expected: Expected, comes: string): string | null {
  const here = `${user.account}${user.accountReason === null ? '' : ` (${inWords(user.accountReason)})`}`
  const { account, accountReason, removal, fields } = expected
  const there = `${account}${accountReason === null ? '' : ` (${inWords(accountReason)})`}`
  const named = fields.slice(0, FIELDS_TOLD).map(({ field, here: ours, inEntra }) => {
    return `${labelOf(field)} is ${quoted(inEntra)} in Entra and ${quoted(ours)} here`
  })
  const more = fields.length > FIELDS_TOLD ? [`${fields.length - FIELDS_TOLD} more fields`] : []
  const said = [
    ...(removal?.state === 'noted' ? [`Entra says “${removal.cause.text}”, here the account is ${here}`] : []),
    ...(account !== user.account || accountReason !== user.accountReason
      ? [`by what Entra says now the account is ${there}, here it is ${here}`]
      : []),
    ...named,
    ...more,
  ]
  return said.length === 0 ? null : `Different: ${said.join('; ')}. ${comes}`
}

const FIELDS_TOLD = 3

function quoted(value: string | null): string {
  return value === null ? 'empty' : `“${value}”`
}

const CONFLICTS: Record<Conflict['kind'], string> = {
  'same-address': 'Somebody else has the same address',
  rehired: 'There is another record of this address, of another account in Entra',
  moved: 'Another connection has a record of them',
  twice: 'The same account is present in another connection',
}

function conflictText({ kind, users }: Conflict, user: User): string {
  const others = users.filter(({ id, connection }) => id !== user.id || connection !== user.connection)
  return `${CONFLICTS[kind]}: ${others.map((one) => shortly(one, user.connection)).join(', ')}`
}
