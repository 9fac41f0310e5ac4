import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLink } from '../../src/domain/access.js'
import { STEPS, type Explanation, type StepName } from '../../src/explain/facts.js'
import { hashOf } from '../../src/secret.js'
import { aTenant, Clock, ON_MONGO, type Tenant } from '../support/tenant.js'

const DAY_MS = 24 * 60 * 60 * 1000
const { signal } = new AbortController()
const asked = { dryRun: false, by: 'Mia Keller', signal }

/** Somebody for whom something stands in the way, or nothing does. */
interface Case {
  /** Gives what is asked for. */
  readonly prepare: (tenant: Tenant) => Promise<string>
  readonly stopsAt: StepName | null
  readonly answer: RegExp
  readonly steps: Partial<Record<StepName, 'yes' | 'no' | 'unknown' | 'info'>>
  readonly detail?: Partial<Record<StepName, RegExp>>
}

const explain = (tenant: Tenant, who: string): Promise<Explanation> =>
  tenant.app.explain(who, { connections: ['default'], signal })

const hire = (tenant: Tenant, name: string, over: Record<string, unknown> = {}) =>
  tenant.simulator.directory.create({ displayName: name, userPrincipalName: `${name}@contoso.example`, ...over })

const hireAndSync = async (tenant: Tenant, name: string, over: Record<string, unknown> = {}): Promise<string> => {
  const { id } = hire(tenant, name, over)
  await tenant.sync()
  return id
}

const onAhead = async (tenant: Tenant, name: string, over: Record<string, unknown> = {}): Promise<string> => {
  const id = await hireAndSync(tenant, name, { mail: `${name}@contoso.example`, ...over })
  await tenant.app.ask('enable-ahead-login', [id], asked)
  return `${name}@contoso.example`
}

const fail = (tenant: Tenant, fault: Parameters<Tenant['simulator']['faults']['add']>[0]['do'], path: RegExp): void =>
  void tenant.simulator.faults.add({ match: { path }, times: 50, do: fault })

const CASES: Readonly<Record<string, Case>> = {
  'somebody in order': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, "O'Brien-王")
      tenant.simulator.signIns.add({ userId: id })
      await tenant.sync()
      return "o'brien-王@CONTOSO.example"
    },
    stopsAt: null,
    answer: /^Nothing stands in the way of O'Brien-王, who has logged in with Microsoft/,
    steps: Object.fromEntries(STEPS.map((step) => [step, 'yes'])),
  },
  'somebody who has never logged in': {
    prepare: (tenant) => hireAndSync(tenant, 'never'),
    stopsAt: null,
    answer: /^Nothing stands in the way of never, who has not logged in with Microsoft once/,
    steps: { found: 'yes', account: 'yes', status: 'info', invitations: 'info' },
  },
  'a guest': {
    prepare: async (tenant) => {
      await hireAndSync(tenant, 'guest', { userPrincipalName: 'g_f.example#EXT#@contoso.example', userType: 'Guest' })
      return 'g_f.example#EXT#@contoso.example'
    },
    stopsAt: null,
    answer: /^Nothing stands in the way of guest/,
    steps: { found: 'yes', account: 'yes' },
    detail: { found: /a guest, g_f\.example#EXT#@contoso\.example/ },
  },
  'somebody no run has brought yet': {
    prepare: (tenant) => Promise.resolve(hire(tenant, 'new').id),
    stopsAt: 'matched',
    answer: /^new is in order in Entra and has not come over to us yet.*sync --user/,
    steps: { found: 'yes', enabled: 'yes', 'in-scope': 'yes', matched: 'no' },
  },
  'somebody disabled': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'disabled')
      tenant.simulator.directory.disable(id)
      await tenant.sync()
      return id
    },
    stopsAt: 'enabled',
    answer: /^The account of disabled is disabled in Entra/,
    steps: { found: 'yes', enabled: 'no', account: 'no', capabilities: 'no', seat: 'yes' },
    detail: { account: /^Frozen \(disabled in Entra\)/ },
  },
  'somebody disabled since the last run': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'soon')
      tenant.simulator.directory.disable(id)
      return id
    },
    stopsAt: 'enabled',
    answer: /^The account of soon is disabled in Entra/,
    steps: { enabled: 'no', matched: 'yes', account: 'yes' },
    detail: { matched: /account is frozen \(disabled in Entra\), here it is active. The next run brings it/ },
  },
  'somebody enabled again since the last run': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'back', { accountEnabled: false })
      tenant.simulator.directory.enable(id)
      return id
    },
    stopsAt: 'account',
    answer: /^back is in order in Entra now; our last run \(.*UTC\) did not know it yet. The next run lets them in/,
    steps: { enabled: 'yes', matched: 'yes', account: 'no' },
    detail: { matched: /account is active, here it is frozen/ },
  },
  'somebody deleted': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'deleted')
      tenant.simulator.directory.softDelete(id)
      await tenant.sync()
      return 'DELETED@contoso.example'
    },
    stopsAt: 'found',
    answer: /^deleted was deleted in Entra. If they should have access, have them restored in Entra within 30 days/,
    steps: { found: 'no', enabled: 'info', 'in-scope': 'info', matched: 'yes', account: 'no', seat: 'info' },
  },
  'somebody deleted for good, whom no run has missed yet': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'purged')
      tenant.simulator.directory.softDelete(id)
      tenant.simulator.directory.purge(id)
      return id
    },
    stopsAt: 'found',
    answer: /^purged does not exist in Entra any more. If they should have access, they need a new account there/,
    steps: { found: 'no', matched: 'yes', account: 'yes' },
    detail: { matched: /Entra says “deleted in Entra”, here the account is active/ },
  },
  'somebody who came back under another account': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'again')
      tenant.simulator.directory.softDelete(id)
      await hireAndSync(tenant, 'again')
      return id
    },
    stopsAt: 'found',
    answer: /^again was deleted in Entra. There is a newer account of this address \(id [0-9a-f-]+\): explain that one/,
    steps: { found: 'no', account: 'no' },
    detail: { matched: /There is another record of this address/ },
  },
  'somebody who came back, asked for by name before a run has seen it': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'rehire')
      tenant.simulator.directory.softDelete(id)
      hire(tenant, 'rehire')
      return 'rehire@contoso.example'
    },
    stopsAt: 'matched',
    answer: /^rehire is in order in Entra and has not come over to us yet/,
    steps: { found: 'yes', matched: 'no' },
    detail: { matched: /An earlier account of this user name is here: rehire \(.*active, id / },
  },
  'somebody whose user name has changed since the last run, by the old one': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'maiden')
      tenant.simulator.directory.update(id, { userPrincipalName: 'married@contoso.example' })
      return 'maiden@contoso.example'
    },
    stopsAt: null,
    answer: /^Nothing stands in the way.*Their user name is now married@contoso\.example/,
    steps: { found: 'yes' },
    detail: {
      found: /married@contoso\.example, .*“maiden@contoso\.example” is not their user name any more/,
      matched: /user name is “married@contoso\.example” in Entra and “maiden@contoso\.example” here/,
    },
  },
  'somebody by the new user name no run has seen': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'before')
      tenant.simulator.directory.update(id, { userPrincipalName: 'after@contoso.example' })
      return 'after@contoso.example'
    },
    stopsAt: null,
    answer: /^Nothing stands in the way of before/,
    steps: { found: 'yes', matched: 'yes' },
  },
  'somebody by their email address': {
    prepare: async (tenant) => {
      await hireAndSync(tenant, 'mailed', { mail: 'Info.Desk@contoso.example' })
      return 'info.desk@contoso.example'
    },
    stopsAt: null,
    answer: /^Nothing stands in the way of mailed/,
    steps: { found: 'yes' },
    detail: { found: /“info\.desk@contoso\.example” is their email address, not their user name/ },
  },
  'an email address several people have': {
    prepare: async (tenant) => {
      hire(tenant, 'day', { mail: 'desk@contoso.example' })
      await hireAndSync(tenant, 'night', { mail: 'Desk@contoso.example' })
      return 'desk@contoso.example'
    },
    stopsAt: 'found',
    answer: /^Several people go by desk@contoso\.example. Ask which one is meant.*(day|night) [0-9a-f-]+, (day|night) /,
    steps: { found: 'info' },
  },
  'nobody at all': {
    prepare: () => Promise.resolve('nobody@contoso.example'),
    stopsAt: 'found',
    answer:
      /^Nobody in Entra has nobody@contoso\.example as their user name, and nobody here as user name or email address\. People we do not have cannot be found by their email address\. Ask for the user name/,
    steps: { found: 'no' },
  },
  'part of a name': {
    prepare: async (tenant) => {
      await hireAndSync(tenant, 'Quendolin')
      return 'quendol'
    },
    stopsAt: 'found',
    answer: /Perhaps this is meant: Quendolin \(Quendolin@contoso\.example\)/,
    steps: { found: 'no' },
  },
  'what cannot be the name of anybody': {
    prepare: () => Promise.resolve('delta'),
    stopsAt: 'found',
    answer: /^Nobody in Entra has delta as their object id, and nobody here as id or user name/,
    steps: { found: 'no' },
  },
  'an email address of somebody no run has brought yet': {
    prepare: (tenant) => {
      hire(tenant, 'unread', { mail: 'first.last@contoso.example' })
      return Promise.resolve('first.last@contoso.example')
    },
    stopsAt: 'found',
    answer: /People we do not have cannot be found by their email address/,
    steps: { found: 'no' },
  },
  'somebody deleted in Entra whom we never had': {
    prepare: (tenant) => {
      const { id } = hire(tenant, 'unseen')
      tenant.simulator.directory.softDelete(id)
      return Promise.resolve(id)
    },
    stopsAt: 'found',
    answer: /was deleted in Entra, and we do not have them\. If they should have access, have them restored/,
    steps: { found: 'no' },
  },
  'an address that is no name of a person': {
    prepare: async (tenant) => {
      await hireAndSync(tenant, 'boss')
      return 'boss@contoso.example/manager'
    },
    stopsAt: 'found',
    answer: /^Nobody in Entra has boss@contoso\.example\/manager/,
    steps: { found: 'no' },
  },
  'an address that leads elsewhere': {
    prepare: () => Promise.resolve('../../users?$top=1'),
    stopsAt: 'found',
    answer: /^Nobody in Entra has \.\.\/\.\.\/users\?\$top=1/,
    steps: { found: 'no' },
  },
  'somebody we do not have while we may not read people': {
    prepare: (tenant) => {
      fail(tenant, { kind: 'forbidden' }, /\/users\//)
      return Promise.resolve('stranger@contoso.example')
    },
    stopsAt: 'found',
    answer: /^We have nobody called stranger@.*User\.Read\.All(?!.*minutes)/,
    steps: { found: 'unknown' },
  },
  'somebody an admin has frozen': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'frozen')
      await tenant.app.ask('freeze', [id], asked)
      return id
    },
    stopsAt: 'account',
    answer: /^Mia Keller has frozen the account of frozen .*“users activate”/,
    steps: { enabled: 'yes', account: 'no', capabilities: 'no' },
    detail: { 'last-change': /active → frozen/ },
  },
  'somebody an admin has deactivated': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'off')
      await tenant.app.ask('deactivate', [id], asked)
      return id
    },
    stopsAt: 'account',
    answer: /^Mia Keller has deactivated the account of off/,
    steps: { account: 'no', seat: 'info' },
  },
  'somebody frozen by an admin, then disabled': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'both')
      await tenant.app.ask('freeze', [id], asked)
      tenant.simulator.directory.disable(id)
      await tenant.sync()
      return id
    },
    stopsAt: 'enabled',
    answer:
      /^The account of both is disabled in Entra\. Whoever looks after accounts there can enable it\. Besides, Mia Keller has frozen the account \(08:00 UTC\): ask them to lift it with “users activate”\.$/,
    steps: { enabled: 'no', account: 'no' },
    detail: { account: /^Frozen \(disabled in Entra\)\. Besides, Mia Keller has frozen the account, 08:00 UTC\.$/ },
  },
  'somebody deactivated by an admin, then deleted': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'left')
      await tenant.app.ask('deactivate', [id], asked)
      tenant.simulator.directory.softDelete(id)
      await tenant.sync()
      return id
    },
    stopsAt: 'found',
    answer:
      /^left was deleted in Entra\. .* within 30 days of the deletion\. Besides, Mia Keller has deactivated the account/,
    steps: { found: 'no', account: 'no' },
    detail: { account: /^Inactive \(.*Besides, Mia Keller has deactivated|^Inactive by Mia Keller/ },
  },
  'somebody deactivated whose seat is taken': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'taken')
      await tenant.app.ask('deactivate', [id], asked)
      await tenant.reopen({ LICENSE_SEATS: '3' })
      return id
    },
    stopsAt: 'account',
    answer: /^Mia Keller has deactivated the account of taken .*Besides, no licence seat is free for them/,
    steps: { account: 'no' },
  },
  'somebody frozen who has not opened the link either': {
    prepare: async (tenant) => {
      const who = await onAhead(tenant, 'unopened')
      await tenant.app.ask('send-invitation', [who], asked)
      await tenant.app.ask('freeze', [who], asked)
      return who
    },
    stopsAt: 'account',
    answer: /^Mia Keller has frozen the account of unopened .*After that: unopened has not opened the link/,
    steps: { account: 'no', status: 'no', invitations: 'no' },
    detail: { invitations: /its link does not work as long as the account is frozen, and expires / },
  },
  'somebody frozen whose email is not sent': {
    prepare: async (tenant) => {
      const who = await onAhead(tenant, 'kept')
      await tenant.reopen({ EMAIL_ENABLED: 'false' })
      await tenant.app.ask('send-invitation', [who], asked)
      await tenant.app.ask('freeze', [who], asked)
      await tenant.reopen()
      return who
    },
    stopsAt: 'account',
    answer: /^Mia Keller has frozen the account of kept/,
    steps: { account: 'no', invitations: 'no' },
    detail: { invitations: /waits as long as the account is frozen/ },
  },
  'somebody frozen after they had opened the link': {
    prepare: async (tenant) => {
      const who = await opened(tenant, 'halfway')
      await tenant.app.ask('freeze', [who], asked)
      return who
    },
    stopsAt: 'account',
    answer: /^Mia Keller has frozen the account of halfway/,
    steps: { account: 'no', invitations: 'no' },
    detail: { invitations: /no password can be set as long as the account is frozen/ },
  },
  'somebody deleted who had an email address together with a colleague': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'gone', { mail: 'box@contoso.example' })
      hire(tenant, 'stays', { mail: 'box@contoso.example' })
      await tenant.sync()
      clock.advance(DAY_MS)
      tenant.simulator.directory.softDelete(id)
      await tenant.sync()
      return id
    },
    stopsAt: 'found',
    answer: /^gone was deleted in Entra\. If they should have access, have them restored/,
    steps: { found: 'no' },
  },
  'somebody asked for by an old user name that is their email address': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'old', { mail: 'old@contoso.example' })
      tenant.simulator.directory.update(id, { userPrincipalName: 'wed@contoso.example' })
      await tenant.sync()
      return 'old@contoso.example'
    },
    stopsAt: null,
    answer: /Their user name is wed@contoso\.example: they log in with that, not with “old@contoso\.example”/,
    steps: { found: 'yes' },
  },
  'somebody without a seat': {
    prepare: async (tenant) => {
      await tenant.reopen({ LICENSE_SEATS: '3' })
      return hireAndSync(tenant, 'seatless')
    },
    stopsAt: 'account',
    answer: /^No licence seat is free for seatless/,
    steps: { account: 'no', seat: 'no' },
    detail: { seat: /3 in all/ },
  },
  'somebody whose onboarding email nobody has sent': {
    prepare: (tenant) => onAhead(tenant, 'unsent'),
    stopsAt: 'status',
    answer: /^unsent is to log in with user name and password and has not got the onboarding email: nobody has sent it/,
    steps: { account: 'yes', status: 'no', invitations: 'no' },
  },
  'somebody owed an email while email is switched off': {
    prepare: async (tenant) => {
      await tenant.reopen({ EMAIL_ENABLED: 'false' })
      const who = await onAhead(tenant, 'owed')
      await tenant.app.ask('send-invitation', [who], asked)
      return who
    },
    stopsAt: 'status',
    answer: /has not got the onboarding email: email is switched off/,
    steps: { status: 'no', invitations: 'no' },
    detail: { invitations: /would be sent: email is switched off/ },
  },
  'somebody who is to get an email and has no address': {
    prepare: (tenant) => onAhead(tenant, 'addressless', { mail: undefined }),
    stopsAt: 'status',
    answer: /has not got the onboarding email: Entra has no email address for them/,
    steps: { status: 'no', invitations: 'no' },
  },
  'somebody whose email could not be delivered': {
    prepare: async (tenant) => {
      const who = await onAhead(tenant, 'failed', { mail: undefined })
      await tenant.app.ask('send-invitation', [who], asked)
      return who
    },
    stopsAt: 'status',
    answer: /^The onboarding email to failed could not be delivered: .*Add an address in Entra, then start again/,
    steps: { status: 'no', invitations: 'no' },
  },
  'somebody who has not opened the link': {
    prepare: async (tenant) => {
      const who = await onAhead(tenant, 'pending')
      await tenant.app.ask('send-invitation', [who], asked)
      return who
    },
    stopsAt: 'status',
    answer:
      /^pending has not opened the link in the onboarding email \(pending@contoso\.example, .*until .*junk folder/,
    steps: { status: 'no', invitations: 'yes' },
  },
  'somebody whose link has expired': {
    prepare: async (tenant) => {
      const who = await onAhead(tenant, 'late')
      await tenant.app.ask('send-invitation', [who], asked)
      clock.advance(8 * DAY_MS)
      return who
    },
    stopsAt: 'status',
    answer: /^The link in the email to late \(.*\) has expired. They can have a new one sent/,
    steps: { status: 'no', invitations: 'no' },
  },
  'somebody who has opened the link': {
    prepare: (tenant) => opened(tenant, 'open'),
    stopsAt: 'status',
    answer: /^open has opened the link and not chosen a password yet. They can go on in the same browser until/,
    steps: { status: 'no', invitations: 'yes' },
  },
  'somebody whose password page is over': {
    prepare: async (tenant) => {
      const who = await opened(tenant, 'over')
      clock.advance(DAY_MS)
      return who
    },
    stopsAt: 'status',
    answer: /^over has opened the link .*The page is over: have a new email sent/,
    steps: { status: 'no' },
  },
  'somebody while Microsoft is busy': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'busy')
      fail(tenant, { kind: 'throttle', retryAfter: '600' }, /\/users\//)
      return id
    },
    stopsAt: null,
    answer: /^Nothing stands in the way of busy.*Entra could not be asked just now .*this is as of /,
    steps: { found: 'unknown', enabled: 'unknown', 'in-scope': 'unknown', matched: 'yes', account: 'yes' },
    detail: { enabled: /As of .* UTC: enabled/, found: /asked us to wait until .* UTC\. Ask again then\.$/ },
  },
  'somebody while we may not read people': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'denied', { accountEnabled: false })
      fail(tenant, { kind: 'forbidden' }, /\/users\//)
      return id
    },
    stopsAt: 'account',
    answer: /^When we last read Entra, the account of denied was disabled there/,
    steps: { found: 'unknown', account: 'no' },
    detail: { found: /User\.Read\.All/ },
  },
  'somebody gone for good, while we may not read people': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'purged')
      tenant.simulator.directory.softDelete(id)
      tenant.simulator.directory.purge(id)
      await tenant.sync()
      fail(tenant, { kind: 'forbidden' }, /\/users\//)
      return id
    },
    stopsAt: 'account',
    answer:
      /^When we last read Entra, purged did not exist there any more\. If they should have access, they need a new account there/,
    steps: { found: 'unknown', account: 'no' },
  },
  'somebody we do not have while Microsoft is down': {
    prepare: (tenant) => {
      fail(tenant, { status: 503, body: 'oops' }, /\/users\//)
      return Promise.resolve('stranger@contoso.example')
    },
    stopsAt: 'found',
    answer: /^We have nobody called stranger@contoso\.example, and Entra could not be asked just now/,
    steps: { found: 'unknown' },
  },
  'somebody whose entry cannot be read': {
    prepare: async (tenant) => {
      const id = await hireAndSync(tenant, 'odd')
      const edit = (body: Record<string, unknown>): void => void (body['accountEnabled'] = 'perhaps')
      fail(tenant, { kind: 'edit', edit }, /\/users\//)
      return id
    },
    stopsAt: null,
    answer: /^Nothing stands in the way of odd.*Their entry in Entra cannot be read \(.*\); this is as of /,
    steps: { found: 'yes', enabled: 'unknown', 'in-scope': 'unknown', matched: 'yes' },
  },
}

let clock: Clock

async function opened(tenant: Tenant, name: string): Promise<string> {
  const who = await onAhead(tenant, name)
  await tenant.app.ask('send-invitation', [who], asked)
  const user = await tenant.person(who)
  const step = openLink(user!, user!.ahead!.emails[0]!, 'key', clock.now().toISOString())
  await tenant.app.store.write({ users: [{ before: user!, after: step!.user, entries: step!.entries }] })
  return who
}

/** All there is: people with their histories, feeds, and the file itself. */
async function everything(tenant: Tenant): Promise<unknown> {
  const { store } = tenant.app
  const people = await tenant.everyone()
  const histories = await Promise.all(people.map(({ id }) => store.history(id)))
  const feeds = await Promise.all((['directory', 'sign-ins', 'bounces'] as const).map((name) => store.feed(name)))
  const file = ON_MONGO ? null : await readFile(join(tenant.directory, 'connector.db'))
  const sum = file && createHash('sha256').update(file).digest('hex')
  return { people, histories, feeds, runs: await store.runs.list({ limit: 1000 }), sum }
}

describe('explain', () => {
  let tenant: Tenant

  beforeEach(async () => {
    clock = new Clock(new Date('2026-11-21T08:00:00.000Z'))
    tenant = await aTenant({ clock, users: 3, env: { MAIL_URL: 'file:outbox', MAIL_FROM: 'intranet@contoso.example' } })
    await tenant.sync()
  })
  afterEach(() => tenant.close())

  for (const [name, { prepare, stopsAt, answer, steps, detail = {} }] of Object.entries(CASES))
    it(`tells of ${name}, and writes nothing`, async () => {
      const who = await prepare(tenant)
      const before = await everything(tenant)
      const start = performance.now()
      const told = await explain(tenant, who)
      if (process.env['EXPLAIN_TIMES'])
        process.stdout.write(`      ${Math.round(performance.now() - start)} ms: ${told.answer}\n`)
      expect(told.answer).to.match(answer)
      expect(told.stopsAt).to.equal(stopsAt)
      expect(Object.fromEntries(told.steps.map(({ step, outcome }) => [step, outcome]))).to.include(
        name === 'somebody in order' ? { ...steps, invitations: 'info', 'last-change': 'info' } : steps,
      )
      for (const [step, pattern] of Object.entries(detail))
        expect(told.steps.find((one) => one.step === step)?.detail, step).to.match(pattern)
      expect(
        told.steps.map(({ step }) => step),
        'in their order, as far as one gets',
      ).to.deep.equal(STEPS.slice(0, told.steps.length))
      for (const one of told.steps) expect(one.detail).to.match(/[.!?”]$/)
      expect(await everything(tenant)).to.deep.equal(before)
    })

  it('is an answer before the first run, too', async () => {
    const fresh = await aTenant({ users: 2 })
    try {
      const { answer, steps } = await explain(fresh, 'zoe.mueller@contoso.example')
      expect(answer).to.match(/run “entra-connector sync” for the first time/)
      expect(steps.map(({ outcome }) => outcome)).to.deep.equal(['yes', 'yes', 'yes', 'no'])
    } finally {
      await fresh.close()
    }
  })

  it('asks for one person only, whatever the size of the tenant', async () => {
    const id = await hireAndSync(tenant, 'few')
    tenant.simulator.requests.clear()
    await explain(tenant, id)
    expect(tenant.simulator.requests.list(/^\/v1\.0\//)).to.have.length(1)
    await explain(tenant, 'few@contoso.example')
    expect(tenant.simulator.requests.list(/^\/v1\.0\//)).to.have.length(2)
  })

  it('names one time to ask again, the one Microsoft has told', async () => {
    fail(tenant, { kind: 'throttle', retryAfter: '3600' }, /\/users\//)
    const { answer, steps } = await explain(tenant, 'stranger@contoso.example')
    for (const told of [answer, steps[0]?.detail]) {
      expect(told).to.match(/asked us to wait until .* UTC.*Ask again then/)
      expect(told).not.to.contain('minutes')
    }
  })

  it('takes no other tenant for an answer', async () => {
    const id = await hireAndSync(tenant, 'ours')
    const feed = await tenant.app.store.feed('directory')
    expect(feed.tenantId).not.to.equal(null)
    tenant.simulator.tokens.foreignTenant = '11111111-2222-4333-8444-555555555555'
    tenant.simulator.directory.softDelete(id)
    const { steps, answer } = await explain(tenant, id)
    expect(steps[0]).to.include({ step: 'found', outcome: 'unknown' })
    expect(answer).to.match(/^Nothing stands in the way/)
  })

  it('answers the API of serve, for a token of its own connection, and says so in the log', async () => {
    const id = await hireAndSync(tenant, 'api', { accountEnabled: false })
    const { url } = await tenant.serve()
    const createdAt = clock.now().toISOString()
    const token = { id: 't-1', name: 'Helpdesk', scope: 'support', createdAt, revokedAt: null } as const
    await tenant.app.store.tokens.create(token, hashOf('ect_support'))
    const headers = { authorization: 'Bearer ect_support' }
    const response = await fetch(`${url}/api/v1/explain?person=${id}`, { headers })
    expect(response.status).to.equal(200)
    const body = (await response.json()) as Explanation
    expect(Object.keys(body)).to.deep.equal(['answer', 'steps'])
    expect(body.answer).to.match(/^The account of api is disabled in Entra/)
    const line = tenant.log.find(({ message }) => message === 'Somebody was looked up in Entra over the API')
    expect(line?.fields).to.include({ person: id, by: 'Helpdesk', tokenId: 't-1', scope: 'support' })
  })
})
