import { CAST } from './cast.js'
import { DEPARTMENTS, JOB_TITLES, LANGUAGES, OFFICES, type Language } from './names.js'
import type { Person, PersonInput } from './person.js'
import { randomFrom, type Random } from './random.js'

/** Makes people one after the other: the first n are the same whatever the size of the company. */
export function peopleFrom(seed: number, domain: string): () => Person {
  const random = randomFrom(seed)
  const taken = new Map<string, number>()
  const ids: string[] = []
  return () => {
    const index = ids.length
    const id = random.guid()
    const made = invent(random, index)
    const unusual = CAST[index]
    const user = unique(unusual?.user ?? made.user, taken)
    const upn = `${user}@${domain}`
    ids.push(id)
    return {
      id,
      standing: 'live',
      userPrincipalName: upn,
      ...made.properties,
      mail: made.guest ?? upn,
      manager: index > 0 ? ids[Math.floor((index - 1) / 8)] : undefined,
      ...unusual?.properties,
    }
  }
}

function unique(user: string, taken: Map<string, number>): string {
  const before = taken.get(user) ?? 0
  taken.set(user, before + 1)
  if (before === 0) return user
  const [local = user, extension = ''] = user.split('#EXT#')
  return user.includes('#EXT#') ? `${local}${before + 1}#EXT#${extension}` : `${user}${before + 1}`
}

interface Invented {
  readonly user: string
  readonly guest: string | undefined
  readonly properties: Omit<PersonInput, 'userPrincipalName'>
}

function invent(random: Random, index: number): Invented {
  const language = random.pick(LANGUAGES)
  const given = random.pick(language.given)
  const surname = random.pick(language.surnames)
  const dice = index < CAST.length ? 50 : random.below(100)
  const isGuest = dice < 4
  const local = `${given.ascii}.${surname.ascii}`
  const guest = isGuest ? `${local}.${index}@partner.example` : undefined
  return {
    user: guest ? `${guest.replace('@', '_')}#EXT#` : local,
    guest,
    properties: {
      displayName: language.familyFirst ? `${surname.text}${given.text}` : `${given.text} ${surname.text}`,
      givenName: given.text,
      surname: surname.text,
      accountEnabled: dice < 97,
      userType: isGuest ? 'Guest' : 'Member',
      createdDateTime: new Date(Date.UTC(2019, 0, 7, 8) + (index % 60_000) * 3_600_000)
        .toISOString()
        .replace('.000Z', 'Z'),
      preferredLanguage: dice % 3 === 0 ? undefined : language.code,
      usageLocation: language.country,
      onPremisesSyncEnabled: !isGuest && dice % 2 === 0 ? true : undefined,
      externalUserState: isGuest ? 'Accepted' : undefined,
      ...work(random, language, isGuest, index),
    },
  }
}

function work(random: Random, language: Language, isGuest: boolean, index: number): PersonInput {
  const jobTitle = random.pick(JOB_TITLES)
  const department = random.pick(DEPARTMENTS)
  const office = random.pick(OFFICES)
  const dice = random.below(100)
  return {
    jobTitle: isGuest || dice < 8 ? undefined : jobTitle,
    department: isGuest ? undefined : department,
    companyName: isGuest ? undefined : `Contoso ${language.country}`,
    officeLocation: dice < 60 ? office : undefined,
    mobilePhone: dice % 3 === 0 ? `+41 79 ${String(1_000_000 + index)}` : undefined,
    employeeId: isGuest ? undefined : String(10_001 + index),
  }
}
