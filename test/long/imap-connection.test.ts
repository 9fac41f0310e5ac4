import { expect } from 'chai'
import { setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'
import { imapFailure } from '../../src/mail/imap-failure.js'
import { hasDovecot } from '../support/dovecot.js'
import { aMailbox, idsOf, NOISE, OTHER_ID, START, takeAll, type Mailbox } from '../mail/mailbox.js'
import { startMute, startProxy } from '../mail/proxy.js'
import { ADDRESS, aReport, EMAIL_ID } from '../mail/reports.js'

describe(`the connection to a mailbox of reports${hasDovecot ? '' : ' (skipped: dovecot is not installed)'}`, () => {
  let mailbox: Mailbox

  before(async function () {
    if (!hasDovecot) return this.skip()
    mailbox = await aMailbox()
  })

  after(async () => {
    if (hasDovecot) await mailbox.server.close()
  })

  it('is encrypted from the first byte with imaps:, under a private authority', async () => {
    const folder = mailbox.aFolder([aReport(EMAIL_ID, ADDRESS)])
    const secure = { folder, secure: true, port: mailbox.server.securePort }
    expect(await idsOf(await mailbox.read(secure))).to.deep.equal([EMAIL_ID])
    const { error } = await mailbox.reading({ ...secure, ca: null })
    expect(error).to.have.property('code', 'mail.unavailable')
    expect(error?.message).to.contain('certificate this machine does not trust')
    expect(error?.remedy).to.contain('NODE_EXTRA_CA_CERTS')
  })

  it('is encrypted before the login with imap:, and only reads', async () => {
    const folder = mailbox.aFolder([aReport(EMAIL_ID, ADDRESS)])
    const proxy = await startProxy(mailbox.server.port)
    expect(await idsOf(await mailbox.read({ folder, port: proxy.port }))).to.deep.equal([EMAIL_ID])
    await proxy.close()
    const sent = proxy.sent()
    expect(sent).to.match(/ STARTTLS\r\n/)
    expect(sent).not.to.match(/LOGIN|AUTHENTICATE|EXAMINE/)
    const { error } = await mailbox.reading({ folder, ca: null })
    expect(error?.message).to.contain('certificate this machine does not trust')
  })

  it('asks for nothing that changes the mailbox', async () => {
    const folder = mailbox.aFolder([NOISE, aReport(EMAIL_ID, ADDRESS)])
    const proxy = await startProxy(mailbox.server.port, (text) => text.replaceAll('STARTTLS', 'XTARTTLS'))
    expect(await idsOf(await mailbox.read({ folder, port: proxy.port, ca: null }))).to.deep.equal([EMAIL_ID])
    await proxy.close()
    const commands = proxy.sent()
    for (const expected of [' EXAMINE ', 'BODY.PEEK[HEADER']) expect(commands).to.contain(expected)
    expect(commands).not.to.match(/\b(?:SELECT|STORE|COPY|MOVE|EXPUNGE|CLOSE|APPEND|DELETE)\b|BODY\[/)
    expect(commands.match(/BODY\.PEEK\[\]/g)).to.have.length(1)
  })

  it('cut on the way: what arrived stays good, and the next reading goes on there', async () => {
    const many = Array.from({ length: 40 }, () => aReport(EMAIL_ID, ADDRESS, `X-Filler: ${'x '.repeat(400)}\r\n`))
    const folder = mailbox.aFolder(many)
    const proxy = await startProxy(mailbox.server.port)
    const { messages: first, error } = await takeAll(mailbox.source({ folder, port: proxy.port }), {
      onMessage: (count) => (count === 7 ? proxy.cut() : undefined),
    })
    await proxy.close()
    expect(error).to.have.property('code', 'mail.unavailable')
    expect(first.length).to.be.within(7, 39)
    const rest = await mailbox.read({ folder }, first.at(-1)!.position)
    const uids = [...first, ...rest].map(({ position }) => position.highestUid)
    expect(uids).to.deep.equal(many.map((_, index) => index + 1))
    expect(await idsOf([...first, ...rest])).to.have.length(40)
  })

  it('to a server that says nothing is given up', async () => {
    const mute = await startMute()
    const { error } = await mailbox.reading({ port: mute.port, silenceMs: 150 })
    expect(error).to.have.property('code', 'mail.unavailable')
    expect(error?.message).to.contain('has said nothing')
    await mute.close()
  })

  it('to a server that falls silent in the middle is given up, too', async () => {
    const folder = mailbox.aFolder([NOISE, aReport(EMAIL_ID, ADDRESS)])
    const proxy = await startProxy(mailbox.server.port)
    const source = mailbox.source({ folder, port: proxy.port, silenceMs: 3_000 })
    const { messages, error } = await takeAll(source, { onMessage: () => proxy.mute() })
    expect(messages.map(({ position }) => position.highestUid)).to.deep.equal([1])
    expect(error).to.have.property('message').that.contains('has said nothing')
    await proxy.close()
  })

  it('is not given up because we take our time', async () => {
    const folder = mailbox.aFolder([aReport(EMAIL_ID, ADDRESS), aReport(OTHER_ID, ADDRESS)])
    const { messages, error } = await takeAll(mailbox.source({ folder, silenceMs: 3_000 }), {
      onMessage: (count) => (count === 1 ? setTimeout(4_000) : undefined),
    })
    expect(error).to.equal(null)
    expect(await idsOf(messages)).to.deep.equal([EMAIL_ID, OTHER_ID])
  })

  it('to a port nobody listens on is told as such', async () => {
    const mute = await startMute()
    await mute.close()
    const { error } = await mailbox.reading({ port: mute.port })
    expect(error).to.have.property('code', 'mail.unavailable')
    expect(error?.message).to.equal(`We cannot read the mailbox for delivery reports at 127.0.0.1:${mute.port}`)
    expect(error?.details.code).to.equal('ECONNREFUSED')
  })

  it('ends at once when the run is stopped', async () => {
    const folder = mailbox.aFolder(Array.from({ length: 20 }, () => aReport(EMAIL_ID, ADDRESS)))
    const stop = new AbortController()
    const { messages, error } = await takeAll(mailbox.source({ folder }), {
      signal: stop.signal,
      onMessage: () => stop.abort(),
    })
    expect(error).to.have.property('code', 'run.interrupted')
    expect(messages.length).to.be.below(20)
    expect((await mailbox.reading({ folder }, START, AbortSignal.abort())).error?.code).to.equal('run.interrupted')
  })

  it('with a wrong login is told: neither user nor password is shown', async () => {
    const { error } = await mailbox.reading({ password: 'wr0ng p@ss/%' })
    expect(error).to.have.property('code', 'mail.unavailable')
    expect(error?.message).to.contain('refuses the login')
    expect(error?.details).to.deep.equal({ code: 'AUTHENTICATIONFAILED', words: 'Authentication failed.' })
    const told = inspect(error, { depth: 9, showHidden: true })
    for (const secret of [mailbox.server.user, 'wr0ng']) expect(told).not.to.contain(secret)
  })

  it('fails without showing user and password, even where the server repeats them', () => {
    const secrets = ['ines@contoso.example', 'pä+ss']
    const [user, password] = secrets as [string, string]
    const said = [
      user,
      password,
      encodeURIComponent(password),
      Buffer.from(`\0${user}\0${password}`).toString('base64'),
    ]
    const thrown = Object.assign(new Error('Command failed'), { responseText: `No: ${said.join(', ')}` })
    const error = imapFailure(thrown, {
      host: 'mail.contoso.example',
      port: 993,
      folder: 'INBOX',
      silenceMs: 1,
      secrets,
    })
    expect(error.details.words).to.equal(`No: ${said.map(() => '[redacted]').join(', ')}`)
    expect(error.cause).to.equal(undefined)
  })

  it('to a folder that is not there is told as such', async () => {
    const { error } = await mailbox.reading({ folder: 'No such folder' })
    expect(error).to.have.property('code', 'mail.unavailable')
    expect(error?.message).to.contain('We cannot open the folder No such folder')
    expect(error?.details.words).to.be.a('string').and.not.to.equal('')
  })
})
