import { expect } from 'chai'
import { LARGEST_REPORT } from '../../src/mail/report.js'
import { hasDovecot } from '../support/dovecot.js'
import { aMailbox, idsOf, NOISE, OTHER_ID, type Mailbox } from '../mail/mailbox.js'
import { ADDRESS, aReport, EMAIL_ID } from '../mail/reports.js'

describe(`a mailbox of reports, over IMAP${hasDovecot ? '' : ' (skipped: dovecot is not installed)'}`, () => {
  let mailbox: Mailbox

  before(async function () {
    if (!hasDovecot) return this.skip()
    mailbox = await aMailbox()
  })

  after(async () => {
    if (hasDovecot) await mailbox.server.close()
  })

  const flagsIn = (folder: string): Promise<string[]> =>
    mailbox.asSomebody(folder, async (client) => {
      const all = await client.fetchAll('1:*', { uid: true, flags: true })
      return all.map(({ uid, flags }) => `${uid} ${[...(flags ?? [])].sort().join(' ')}`)
    })

  it('of thousands gives every message once, in order, and downloads the reports only', async () => {
    const old = Array.from({ length: 2000 }, () => NOISE)
    const folder = mailbox.aFolder([...old.slice(0, 700), aReport(EMAIL_ID, ADDRESS), ...old.slice(700)])
    const messages = await mailbox.read({ folder })
    expect(messages.map(({ position }) => position.highestUid)).to.deep.equal(
      Array.from({ length: 2001 }, (_, index) => index + 1),
    )
    expect(new Set(messages.map(({ position }) => position.validity)).size).to.equal(1)
    expect(await idsOf(messages)).to.deep.equal([EMAIL_ID])
    expect(messages[700]?.raw.equals(aReport(EMAIL_ID, ADDRESS))).to.equal(true)
    expect(Buffer.concat(messages.map(({ raw }) => raw)).toString()).not.to.contain('Nothing in particular')
  })

  it('is not read twice: only what came after', async () => {
    const folder = mailbox.aFolder([NOISE, aReport(EMAIL_ID, ADDRESS)])
    const { position } = (await mailbox.read({ folder })).at(-1)!
    expect(await mailbox.read({ folder }, position)).to.deep.equal([])
    mailbox.server.deliver([NOISE, aReport(OTHER_ID, ADDRESS)], folder)
    const later = await mailbox.read({ folder }, position)
    expect(later.map((one) => one.position.highestUid)).to.deep.equal([3, 4])
    expect(await idsOf(later)).to.deep.equal([OTHER_ID])
  })

  it('may be empty, and may become so', async () => {
    const folder = mailbox.aFolder([])
    expect(await mailbox.read({ folder })).to.deep.equal([])
    mailbox.server.deliver([NOISE, NOISE], folder)
    const { position } = (await mailbox.read({ folder })).at(-1)!
    await mailbox.asSomebody(folder, (client) => client.messageDelete('1:*'))
    expect(await mailbox.read({ folder }, position)).to.deep.equal([])
  })

  it('stays as it was, read or unread', async () => {
    const folder = mailbox.aFolder([NOISE, aReport(EMAIL_ID, ADDRESS), aReport(OTHER_ID, ADDRESS), NOISE])
    await mailbox.asSomebody(folder, (client) => client.messageFlagsAdd('2', ['\\Seen', '\\Flagged'], { uid: true }))
    const before = await flagsIn(folder)
    expect(before[1]).to.contain('\\Seen')
    expect(before[2]).not.to.contain('\\Seen')
    expect(await idsOf(await mailbox.read({ folder }))).to.deep.equal([EMAIL_ID, OTHER_ID])
    expect(await flagsIn(folder)).to.deep.equal(before)
  })

  it('made anew is read from the beginning', async () => {
    const folder = mailbox.aFolder([NOISE, NOISE, aReport(EMAIL_ID, ADDRESS)])
    const { position } = (await mailbox.read({ folder })).at(-1)!
    await mailbox.asSomebody('INBOX', (client) => client.mailboxDelete(folder))
    await mailbox.asSomebody('INBOX', async (client) => {
      await client.mailboxCreate(folder)
      await client.append(folder, aReport(OTHER_ID, ADDRESS))
    })
    const anew = await mailbox.read({ folder }, position)
    expect(await idsOf(anew)).to.deep.equal([OTHER_ID])
    expect(anew[0]?.position.validity).not.to.equal(position.validity)
  })

  it('may hold messages that are too large: they are passed over', async () => {
    const large = Buffer.concat([aReport(EMAIL_ID, ADDRESS), Buffer.alloc(LARGEST_REPORT, 'x')])
    const folder = mailbox.aFolder([large, aReport(OTHER_ID, ADDRESS)])
    const messages = await mailbox.read({ folder })
    expect(messages.map(({ position }) => position.highestUid)).to.deep.equal([1, 2])
    expect(messages[0]?.raw.length).to.be.below(1000)
    expect(await idsOf(messages)).to.deep.equal([OTHER_ID])
  })

  it('may have a name with spaces and letters of any kind', async () => {
    await mailbox.asSomebody('INBOX', async (client) => {
      await client.mailboxCreate('Rückläufer & Co')
      await client.append('Rückläufer & Co', aReport(EMAIL_ID, ADDRESS))
    })
    expect(await idsOf(await mailbox.read({ folder: 'Rückläufer & Co' }))).to.deep.equal([EMAIL_ID])
  })

  it('has a name without user and password, and another for another user', () => {
    const name = mailbox.source({ port: 143 }).name
    expect(name).to.match(/^imap:\/\/127\.0\.0\.1:143\/INBOX#[0-9a-f]{8}$/)
    expect(mailbox.source({ port: 143, password: 'other' }).name).to.equal(name)
    expect(mailbox.source({ port: 143, user: 'other' }).name).not.to.equal(name)
  })
})
