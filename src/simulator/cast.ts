import type { PersonInput } from './person.js'

const NFD = (text: string): string => text.normalize('NFD')

const LONG_NAME =
  'Maria da Conceição Guadalupe Francisca Xavier de Paula Leopoldina Micaela Rafaela Gonzaga de Bragança e Bourbon Saxe-Coburgo e Gotha de Albuquerque Cavalcanti Vasconcelos Figueiredo Castelo-Branco Pires de Andrade Sottomayor Montenegro Filha'

/** `user` is the local part of the user principal name; the rest is as Graph would return it. */
export interface Unusual {
  readonly user: string
  readonly properties: PersonInput
}

function one(user: string, properties: PersonInput): Unusual {
  return { user, properties }
}

function reception(shift: string, mail: string): PersonInput {
  return { displayName: `Reception (${shift})`, givenName: undefined, surname: undefined, mail }
}

/** The first people of every company: what a real tenant has sooner or later, so that even a small one has it all. */
export const CAST: readonly Unusual[] = [
  one('zoe.mueller', { displayName: 'Zoë Müller', givenName: 'Zoë', surname: 'Müller', preferredLanguage: 'de-CH' }),
  one("siobhan.o'brien", {
    displayName: "Siobhán O'Brien-D'Arcy",
    givenName: 'Siobhán',
    surname: "O'Brien-D'Arcy",
    preferredLanguage: 'en-IE',
  }),
  one('wang.xiaoming', { displayName: '王小明', givenName: '小明', surname: '王', department: '研究開発' }),
  one('mohammed.alfarsi', {
    displayName: 'محمد الفارسي',
    givenName: 'محمد',
    surname: 'الفارسي',
    officeLocation: 'دبي',
  }),
  one('cleo_fabrikam.example#EXT#', {
    displayName: 'Cleo Martin (Fabrikam)',
    givenName: undefined,
    surname: undefined,
    mail: 'cleo@fabrikam.example',
    otherMails: ['cleo@fabrikam.example'],
    userType: 'Guest',
    externalUserState: 'Accepted',
    jobTitle: undefined,
    department: undefined,
    companyName: undefined,
    employeeId: undefined,
  }),
  one('ben.okafor', { displayName: 'Ben Okafor', givenName: 'Ben', surname: 'Okafor', mail: undefined }),
  one('suharto', { displayName: 'Suharto', givenName: undefined, surname: undefined }),
  one('kim.larsen', { displayName: 'Kim 🦊👩‍🚀 Larsen', givenName: 'Kim', surname: 'Larsen' }),
  one('anna.schmidt', { displayName: 'Anna Schmidt', givenName: 'Anna', surname: 'Schmidt', department: 'Finance' }),
  one('anna.schmidt2', { displayName: 'Anna Schmidt', givenName: 'Anna', surname: 'Schmidt', department: 'IT' }),
  one('reception.day', reception('day', 'reception@contoso.example')),
  one('reception.night', reception('night', 'reception@contoso.example')),
  one('reception.weekend', reception('weekend', 'Reception@Contoso.example')),
  one('maria.conceicao', { displayName: LONG_NAME, givenName: 'Maria da Conceição', surname: 'Montenegro Filha' }),
  one('lena.hold', { displayName: 'Lena Hold', givenName: 'Lena', surname: 'Hold', accountEnabled: false }),
  one('noa.cohen', { displayName: 'נועה כהן', givenName: 'נועה', surname: 'כהן' }),
  one('jose.nunez', { displayName: NFD('José Núñez'), givenName: NFD('José'), surname: NFD('Núñez') }),
  one('olena.lukianenko', { displayName: "Олена Лук'яненко", givenName: 'Олена', surname: "Лук'яненко" }),
  one('gus.moreau', {
    displayName: 'Gus Moreau',
    givenName: 'Gus',
    surname: 'Moreau',
    userType: undefined,
    createdDateTime: undefined,
  }),
  one('guest_partner.example#EXT#', {
    displayName: 'guest@partner.example',
    givenName: undefined,
    surname: undefined,
    mail: 'Guest@Partner.example',
    userType: 'Guest',
    externalUserState: 'PendingAcceptance',
    jobTitle: undefined,
    department: undefined,
    companyName: undefined,
    employeeId: undefined,
  }),
  one('rob.tables', { displayName: "Robert'); DROP TABLE users;--", givenName: 'Robert', surname: '<b>Tables</b>' }),
  one('ibrahim.isik', {
    displayName: 'İbrahim Işık',
    givenName: 'İbrahim',
    surname: 'Işık',
    preferredLanguage: 'tr-TR',
  }),
  one('sato.hanako', { displayName: '佐藤 花子', givenName: '花子', surname: '佐藤', jobTitle: '  部長\t' }),
  one('formula', { displayName: '=SUM(A1:A9)', givenName: '"quoted"', surname: 'line\nbreak', jobTitle: '@cmd, "x"' }),
  one('priya.sharma', { displayName: 'प्रिया शर्मा', givenName: 'प्रिया', surname: 'शर्मा' }),
]
