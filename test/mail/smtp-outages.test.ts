import { expect } from 'chai'
import { inspect } from 'node:util'
import type { SMTPServerOptions } from 'smtp-server'
import type { ConnectorError } from '../../src/domain/errors.js'
import type { SmtpOptions, SmtpServer } from '../../src/mail/smtp.js'
import { privateIdentity } from '../graph/support/certificates.js'
import { failureOf } from '../graph/support/microsoft.js'
import { messageTo } from './support/messages.js'
import { never, openMailbox, openScripted, refusal, transportTo, type Mailbox } from './support/smtp-servers.js'

const identity = privateIdentity()
const LOGIN = { user: 'mail-user', password: 'geheim-ÄÖ' }

describe('a mail system that takes nothing', () => {
  const opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  })

  async function serving(options: SMTPServerOptions = {}): Promise<Mailbox> {
    const mailbox = await openMailbox(options)
    opened.push(mailbox)
    return mailbox
  }

  async function send(port: number, server: Partial<SmtpServer> = {}, options: Partial<SmtpOptions> = {}) {
    const transport = transportTo(port, server, options)
    opened.push(transport)
    return transport.send(messageTo('ana@contoso.example'), never)
  }

  function outage(...sent: Parameters<typeof send>): Promise<ConnectorError> {
    return failureOf(send(...sent), 'mail.unavailable')
  }

  async function greeted(answer: Parameters<typeof openScripted>[0]): Promise<number> {
    const server = await openScripted(answer)
    opened.push(server)
    return server.port
  }

  it('nobody listens', async () => {
    const mailbox = await serving()
    await mailbox.close()
    opened.length = 0
    const error = await outage(mailbox.port)
    expect(error.message).to.equal(`We cannot reach 127.0.0.1:${mailbox.port}`)
    expect(error.details.code).to.equal('ECONNREFUSED')
    expect(error.remedy).to.contain('MAIL_URL')
    expect(error.meanwhile).to.contain('Emails that are owed wait')
  })

  it('a name that does not resolve', async () => {
    const error = await outage(25, { host: 'nobody.invalid' })
    expect(error.message).to.equal('We cannot reach nobody.invalid:25')
  })

  it('a wrong password, without showing user or password in any spelling', async () => {
    const mailbox = await serving({
      authOptional: false,
      onAuth: ({ username = '', password = '' }, _session, done) => {
        const plain = Buffer.from(`\0${username}\0${password}`).toString('base64')
        done(refusal(535, `5.7.8 bad login ${username} / ${password} / ${plain}`))
      },
    })
    const error = await outage(mailbox.port, { login: LOGIN })
    expect(error.message).to.equal('The mail system does not let us send as intranet@contoso.example')
    expect(error.details).to.deep.equal({ code: '535 5.7.8', words: '535 5.7.8 bad login *** / *** / ***' })
    expect(error.remedy).to.contain('MAIL_URL')
    const shown = inspect(error, { depth: null, showHidden: true })
    for (const secret of [...Object.values(LOGIN), Buffer.from(LOGIN.password).toString('base64')])
      expect(shown).not.to.contain(secret)
  })

  it('a login that is needed and not configured', async () => {
    const mailbox = await serving({ authOptional: false })
    const error = await outage(mailbox.port)
    expect(error.message).to.equal('The mail system does not let us send as intranet@contoso.example')
    expect(error.details.code).to.match(/^530/)
  })

  it('a greeting that says no: for now, or for good', async () => {
    const busy = await outage(await greeted((line) => (line === null ? '421 4.3.2 too busy' : null)))
    expect(busy.message).to.equal('The mail system asks us to send more slowly')
    expect(busy.details.words).to.equal('421 4.3.2 too busy')
    const port = await greeted((line) => (line === null ? '554 5.7.1 not from your network' : null))
    const closed = await outage(port)
    expect(closed.message).to.equal(`127.0.0.1:${port} does not take email from this machine`)
    expect(closed.details).to.deep.equal({ code: '554 5.7.1', words: '554 5.7.1 not from your network' })
  })

  it('a connection that ends before the greeting, or right after it', async () => {
    await outage(
      await greeted((_line, socket) => {
        socket.destroy()
        return null
      }),
    )
    await outage(
      await greeted((line, socket) => {
        if (line === null) return '220 ready'
        socket.destroy()
        return null
      }),
    )
  })

  it('a server that never says anything', async () => {
    const port = await greeted(() => null)
    const error = await outage(port, {}, { timeouts: { connectMs: 200, greetingMs: 200, answerMs: 200 } })
    expect(error.message).to.equal(`We cannot reach 127.0.0.1:${port}`)
  })

  it('a server that speaks something else', async () => {
    await outage(await greeted((line) => (line === null ? 'SSH-2.0-OpenSSH' : null)))
  })

  it('STARTTLS is used when offered, with a private authority when it is named', async () => {
    const mailbox = await serving({ ...identity, disabledCommands: [], allowInsecureAuth: false, authOptional: false })
    const delivery = await send(mailbox.port, { login: LOGIN }, { ca: identity.cert })
    expect(delivery.outcome).to.equal('accepted')
    expect(mailbox.received[0]).to.include({ protected: true, user: LOGIN.user })
  })

  it('smtps speaks TLS from the beginning, with a private authority when it is named', async () => {
    const mailbox = await serving({ ...identity, secure: true })
    const delivery = await send(mailbox.port, { secure: true }, { ca: identity.cert })
    expect(delivery.outcome).to.equal('accepted')
    expect(mailbox.received[0]?.protected).to.equal(true)
  })

  it('a certificate nobody vouches for is not trusted, and nothing is sent unprotected instead', async () => {
    const other = privateIdentity().cert
    for (const secure of [false, true]) {
      const mailbox = await serving({ ...identity, secure, disabledCommands: [] })
      for (const ca of [null, other]) {
        const error = await outage(mailbox.port, { secure, login: LOGIN }, { ca })
        expect(error.message).to.equal(`127.0.0.1:${mailbox.port} shows a certificate this machine does not trust`)
        expect(error.remedy).to.contain('NODE_EXTRA_CA_CERTS')
      }
      expect(mailbox.received).to.deep.equal([])
    }
  })

  it('a server that offers STARTTLS and then does not do it', async () => {
    const port = await greeted((line) => {
      if (line === null) return '220 ready'
      return line.startsWith('EHLO') ? '250-hello\r\n250 STARTTLS' : '454 4.7.0 TLS not available'
    })
    await outage(port)
  })

  it('smtps on a port that begins without TLS, and the other way round', async () => {
    const plain = await serving()
    const error = await outage(plain.port, { secure: true }, { ca: identity.cert })
    expect(error.message).to.equal(`No protected connection to 127.0.0.1:${plain.port} came about`)
    const protectedOne = await serving({ ...identity, secure: true })
    const timeouts = { connectMs: 5_000, greetingMs: 300, answerMs: 300 }
    await outage(protectedOne.port, {}, { timeouts })
  })

  it('when it works again, the next email goes out', async () => {
    let busy = true
    const mailbox = await serving({
      onConnect: (_session, done) => done(busy ? refusal(421, 'later') : null),
    })
    const transport = transportTo(mailbox.port)
    opened.push(transport)
    await failureOf(transport.send(messageTo('ana@contoso.example'), never), 'mail.unavailable')
    busy = false
    const delivery = await transport.send(messageTo('ana@contoso.example'), never)
    expect(delivery.outcome).to.equal('accepted')
  })
})
