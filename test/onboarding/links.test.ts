import { expect } from 'chai'
import { claim, emailBounced } from '../../src/domain/mailing.js'
import { stateOf } from '../../src/domain/onboarding.js'
import { anOffice, DAY, HOUR, MINUTE, type Office } from './office.js'

const PASSWORD = 'correct horse battery'

describe('links of invitations', () => {
  let office: Office
  beforeEach(async () => {
    office = await anOffice()
    await office.ask('enable-ahead-login')
    await send()
  })
  afterEach(() => office.close())

  async function send(): Promise<void> {
    await office.ask('send-invitation')
    await office.deliver()
  }
  const link = (which = -1): string => office.outbox.at(which)!.link
  const look = async (which = -1) => (await office.links.look(link(which))).kind
  const open = async (): Promise<string> => {
    const opened = await office.links.open(link())
    if (opened.kind !== 'open') throw new Error(`the link is ${opened.kind}`)
    return opened.session
  }

  it('are looked at without any change', async () => {
    const before = await office.who()
    for (let i = 0; i < 10; i += 1) expect(await look()).to.equal('live')
    expect(await office.who()).to.deep.equal(before)
  })

  it('work once, for one browser', async () => {
    const both = await Promise.all([office.links.open(link()), office.links.open(link())])
    expect(both.map(({ kind }) => kind).sort()).to.deep.equal(['open', 'used'])
    expect(await look()).to.equal('used')
  })

  it('live seven days', async () => {
    office.clock.advance(7 * DAY - MINUTE)
    expect(await look()).to.equal('live')
    office.clock.advance(MINUTE)
    expect(await look()).to.equal('expired')
    expect((await office.links.open(link())).kind).to.equal('expired')
    expect((await office.who()).status).to.equal('pending')
  })

  it('are replaced by a newer one once that is sent, not before', async () => {
    await office.ask('restart-onboarding')
    expect(await look()).to.equal('live')
    await office.deliver()
    expect([await look(0), await look(1)]).to.deep.equal(['replaced', 'live'])
    expect((await office.links.open(link(0))).kind).to.equal('replaced')
  })

  it('are destroyed on the way back to Microsoft', async () => {
    const session = await open()
    await office.ask('back-to-microsoft')
    expect(await look()).to.equal('damaged')
    expect((await office.links.choose(session, PASSWORD)).kind).to.equal('over')
    expect((await office.who()).ahead).to.deep.include({ password: null, passwordSession: null, sessions: [] })
  })

  it('do not work while the account is frozen, and do again afterwards', async () => {
    await office.ask('freeze')
    expect((await office.links.open(link())).kind).to.equal('paused')
    await office.ask('activate')
    expect((await office.links.open(link())).kind).to.equal('open')
  })

  it('that are none are all damaged', async () => {
    const strange = ['', 'x', link().slice(1), `${link()}x`, link().toUpperCase(), '../../etc/passwd', 'ü'.repeat(43)]
    for (const one of strange) expect((await office.links.look(one)).kind, one).to.equal('damaged')
  })

  it('open for a password within sixty minutes, which a refused one starts anew', async () => {
    const session = await open()
    office.clock.advance(59 * MINUTE)
    expect(await office.links.choose(session, 'short')).to.include({ kind: 'refused', problem: 'short' })
    office.clock.advance(59 * MINUTE)
    expect((await office.links.resume(session)).kind).to.equal('choosing')
    expect((await office.links.choose(session, PASSWORD)).kind).to.equal('chosen')
    expect(stateOf(await office.who())).to.equal('ahead-id:onboarded')
  })

  it('leave nothing changed when the time is over', async () => {
    const session = await open()
    office.clock.advance(HOUR)
    const before = await office.who()
    expect((await office.links.choose(session, PASSWORD)).kind).to.equal('over')
    expect(await office.who()).to.deep.equal(before)
  })

  it('give nothing to a browser that did not open them', async () => {
    const session = await open()
    const other = `${session.slice(0, -43)}${'A'.repeat(43)}`
    for (const strange of [null, '', 'x', other, session.slice(1)]) {
      expect((await office.links.resume(strange)).kind).to.equal('over')
      expect((await office.links.choose(strange, PASSWORD)).kind).to.equal('over')
    }
  })

  it('end a page that is open as soon as a newer email is sent, back to pending', async () => {
    const session = await open()
    await office.links.askAgain(link())
    expect((await office.links.resume(session)).kind).to.equal('choosing')
    await office.deliver()
    expect((await office.who()).status).to.equal('pending')
    expect((await office.links.choose(session, PASSWORD)).kind).to.equal('over')
    expect((await office.who()).ahead?.password).to.equal(null)
  })

  it('log the person in when the password is set, with evidence', async () => {
    await office.links.choose(await open(), PASSWORD)
    const user = await office.who()
    const now = office.clock.now().toISOString()
    expect(user).to.include({ firstLoginAt: now, firstLoginSource: 'ahead-login', lastLoginAt: now })
    expect(user.ahead?.sessions).to.have.length(1)
  })

  it('that no longer work can be had anew, at most every ten minutes', async () => {
    office.clock.advance(8 * DAY)
    for (let i = 0; i < 3; i += 1) {
      await office.links.askAgain(link(0))
      await office.deliver()
    }
    expect(office.outbox).to.have.length(2)
    office.clock.advance(10 * MINUTE)
    await office.links.askAgain(link(0))
    await office.deliver()
    expect(office.outbox).to.have.length(3)
  })

  it('give somebody who is onboarded the password email instead', async () => {
    await office.links.choose(await open(), PASSWORD)
    await office.links.askAgain(link())
    await office.deliver()
    expect(office.outbox.at(-1)?.kind).to.equal('password-reset')
    expect(stateOf(await office.who())).to.equal('ahead-id:onboarded')
    const { ahead } = await office.who()
    const session = await open()
    expect((await office.who()).ahead?.password, 'until a new one is saved').to.deep.equal(ahead?.password)
    await office.links.choose(session, `${PASSWORD}, and more`)
    expect((await office.who()).ahead?.password).not.to.deep.equal(ahead?.password)
    expect((await office.who()).ahead?.sessions, 'whoever else was logged in').to.have.length(1)
  })

  it('of an email that bounced before its sending was recorded live seven days, too', async () => {
    await office.ask('restart-onboarding')
    const { ahead } = await office.who()
    const email = ahead!.emails.at(-1)!
    const now = office.clock.now().toISOString()
    const reason = { code: 'mail-system', message: 'no' }
    const claimed = claim(await office.who(), { by: 'x', until: now, now, link: 'hash' })!.user
    const bounced = emailBounced(claimed, email.id, reason, now)!.user
    const { expiresAt } = bounced.ahead!.emails.at(-1)!
    expect(Date.parse(expiresAt ?? '') - Date.parse(now)).to.equal(7 * DAY)
  })

  it('write a password reset into the history', async () => {
    await office.links.choose(await open(), PASSWORD)
    office.clock.advance(HOUR)
    await office.links.askAgain(link())
    await office.deliver()
    await office.links.choose(await open(), `${PASSWORD}, and more`)
    const [entry] = (await office.store.history((await office.who()).id)).slice(-1)
    expect(entry?.to).to.deep.equal({ passwordSetAt: office.clock.now().toISOString() })
    expect(entry?.cause).to.equal('invitation')
  })

  it('of a new onboarding do not speak of the one before', async () => {
    await office.links.choose(await open(), PASSWORD)
    await office.ask('back-to-microsoft')
    office.clock.advance(8 * DAY)
    await office.ask('enable-ahead-login')
    await send()
    office.clock.advance(DAY)
    await send()
    expect(office.outbox.at(-1)).to.include({ kind: 'reminder' })
    expect(office.letters.at(-1)?.firstSentAt).to.deep.equal(new Date(office.clock.now().getTime() - DAY))
  })

  it('send a reminder to people who wait, an invitation to those who start again', async () => {
    office.clock.advance(DAY)
    await send()
    await office.ask('restart-onboarding')
    await office.deliver()
    expect(office.outbox.map(({ kind }) => kind)).to.deep.equal(['invitation', 'reminder', 'invitation'])
  })
})
