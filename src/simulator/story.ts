import type { Directory } from './directory.js'
import type { Person } from './person.js'
import { randomFrom, type Random } from './random.js'
import type { SignInLog } from './sign-ins.js'

/** What a story happens to. */
export interface Stage {
  readonly directory: Directory
  readonly signIns: SignInLog
  readonly now: () => Date
}

type Scene = (stage: Stage, random: Random) => string | null

/** One a step, in turn. */
const SCENES: readonly Scene[] = [disable, hire, rename, leave, comeBack, promote]

const MOST_FIRST_SIGN_INS = 3
const MINUTE_MS = 60_000

/**
 * A little of a company's life: a few people sign in for the first time, and one thing happens to somebody. The same
 * tenant and step always tell the same story. Gives back what happened, one plain sentence each.
 */
export function liveOneDay(stage: Stage, step: number): string[] {
  const random = randomFrom(stage.directory.options.seed * 1009 + step)
  const sentences = signInFirst(stage, random)
  const happened = SCENES[step % SCENES.length]?.(stage, random)
  return happened ? [...sentences, happened] : sentences
}

function signInFirst({ directory, signIns, now }: Stage, random: Random): string[] {
  const waiting = everybody(directory, (person) => person.accountEnabled !== false && !signIns.hasSignedIn(person.id))
  const sentences: string[] = []
  for (let left = 1 + random.below(MOST_FIRST_SIGN_INS); left > 0 && waiting.length > 0; left -= 1) {
    const [person] = waiting.splice(random.below(waiting.length), 1)
    if (!person) break
    signIns.add({ userId: person.id, at: new Date(now().getTime() - (5 + random.below(40)) * MINUTE_MS) })
    sentences.push(`${nameOf(person)} signed in for the first time`)
  }
  return sentences
}

function disable({ directory }: Stage, random: Random): string | null {
  const person = anyone(directory, random, (candidate) => candidate.accountEnabled !== false)
  if (!person) return null
  directory.disable(person.id)
  return `The account of ${nameOf(person)} was disabled`
}

function hire({ directory }: Stage, random: Random): string {
  const jobTitle = random.pick(['Apprentice', 'Engineer', 'Nurse', 'Team lead'])
  return `${nameOf(directory.create({ jobTitle, userType: 'Member', accountEnabled: true }))} was hired`
}

function rename({ directory }: Stage, random: Random): string | null {
  const person = anyone(directory, random, ({ givenName, surname }) => Boolean(givenName) && Boolean(surname))
  if (!person) return null
  const surname = random.pick(['Lindqvist', "O'Hara", 'Grünenfelder', 'Šimůnek', 'de Souza'])
  const displayName = `${person.givenName ?? ''} ${surname}`
  directory.update(person.id, { surname, displayName })
  return `${nameOf(person)} is now called ${displayName}`
}

function leave({ directory }: Stage, random: Random): string | null {
  const person = anyone(directory, random, () => true)
  if (!person) return null
  directory.softDelete(person.id)
  return `${nameOf(person)} left the company`
}

function comeBack({ directory }: Stage, random: Random): string | null {
  const [gone] = directory.deleted()
  if (gone) {
    directory.restore(gone.id)
    return `${nameOf(gone)} came back to the company`
  }
  const person = anyone(directory, random, (candidate) => candidate.accountEnabled === false)
  if (!person) return null
  directory.enable(person.id)
  return `The account of ${nameOf(person)} was enabled again`
}

function promote({ directory }: Stage, random: Random): string | null {
  const person = anyone(directory, random, ({ userType }) => userType !== 'Guest')
  if (!person) return null
  const jobTitle = random.pick(['Head of Finance', 'Senior Accountant', 'Leitung Pflege', 'Directrice'])
  directory.update(person.id, { jobTitle })
  return `${nameOf(person)} became ${jobTitle}`
}

function anyone(directory: Directory, random: Random, may: (person: Person) => boolean): Person | null {
  const candidates = everybody(directory, may)
  return candidates.length === 0 ? null : random.pick(candidates)
}

function everybody(directory: Directory, may: (person: Person) => boolean): Person[] {
  return [...directory.all()].filter(may)
}

function nameOf(person: Person): string {
  return person.displayName ?? person.userPrincipalName
}
