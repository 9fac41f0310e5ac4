import { expect } from 'chai'
import { getEventListeners } from 'node:events'
import type { Transport } from '../../src/mail/transport.js'
import { headerOf, LINK, messageTo, parse } from './support/messages.js'
import { never, openMailbox, transportTo, type Mailbox } from './support/smtp-servers.js'

describe('sending over SMTP', () => {
  const opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  })

  async function serving(options: Parameters<typeof openMailbox>[0] = {}): Promise<Mailbox> {
    const mailbox = await openMailbox(options)
    opened.push(mailbox)
    return mailbox
  }

  function sending(...server: Parameters<typeof transportTo>): Transport {
    const transport = transportTo(...server)
    opened.push(transport)
    return transport
  }

  it('an email arrives as it was composed, with the headers that name it', async () => {
    const mailbox = await serving()
    const message = messageTo('ana@contoso.example')
    const delivery = await sending(mailbox.port).send(message, never)
    expect(delivery).to.deep.equal({ outcome: 'accepted' })
    const [received] = mailbox.received
    expect(received).to.include({ from: 'intranet@contoso.example', to: 'ana@contoso.example' })
    const mail = await parse(received?.raw ?? '')
    expect(mail.messageId).to.equal(message.messageId)
    expect(mail.subject).to.equal(message.subject)
    expect(mail.text?.trim()).to.equal(message.text.trim())
    expect(String(mail.html).trim()).to.equal(message.html.trim())
    expect(mail.date).to.deep.equal(new Date('2026-11-21T10:00:00Z'))
    expect(mail.from?.value).to.deep.equal([{ name: 'Contoso Hub', address: 'intranet@contoso.example' }])
    expect(mail.replyTo?.value).to.deep.equal([{ name: '', address: 'it-help@contoso.example' }])
    expect(headerOf(mail, 'X-Entra-Connector-Email')).to.equal(message.emailId)
    expect(headerOf(mail, 'Auto-Submitted')).to.equal('auto-generated')
    expect(headerOf(mail, 'Content-Language')).to.equal('en')
    expect(headerOf(mail, 'X-Mailer')).to.equal(undefined)
    expect(headerOf(mail, 'Content-Type')).to.match(/^multipart\/alternative/)
    expect(mail.attachments).to.deep.equal([])
  })

  it('sending the same email again gives the same Message-ID', async () => {
    const mailbox = await serving()
    const transport = sending(mailbox.port)
    const message = messageTo('ana@contoso.example')
    await transport.send(message, never)
    await transport.send(message, never)
    const ids = await Promise.all(mailbox.received.map(async ({ raw }) => (await parse(raw)).messageId))
    expect(ids).to.deep.equal([message.messageId, message.messageId])
  })

  it('a report is asked for by our id where the server can give one', async () => {
    const mailbox = await serving()
    const message = messageTo('ana+test@contoso.example')
    await sending(mailbox.port).send(message, never)
    const [received] = mailbox.received
    expect(received?.mailArguments).to.include({ ENVID: message.emailId, RET: 'HDRS' })
    expect(received?.recipientArguments).to.include({ NOTIFY: 'FAILURE' })
    expect(received?.recipientArguments['ORCPT']).to.match(/^rfc822;ana(\+|\+2B)test@contoso\.example$/)
  })

  it('a server without reports is not asked for any', async () => {
    const mailbox = await serving({ hideDSN: true })
    await sending(mailbox.port).send(messageTo('ana@contoso.example'), never)
    expect(mailbox.received[0]?.mailArguments).not.to.have.any.keys('ENVID', 'RET')
    expect(mailbox.received[0]?.recipientArguments).not.to.have.any.keys('NOTIFY', 'ORCPT')
  })

  it('user and password of the URL are shown to the server', async () => {
    const mailbox = await serving({ authOptional: false })
    const login = { user: 'sender', password: 'pässword' }
    await sending(mailbox.port, { login }).send(messageTo('ana@contoso.example'), never)
    expect(mailbox.received[0]?.user).to.equal('sender')
  })

  it('there is no connection before there is something to send', async () => {
    const mailbox = await serving()
    const transport = sending(mailbox.port)
    await transport.close()
    expect(mailbox.connections).to.equal(0)
  })

  it('as many as may be on their way at once share their connections', async () => {
    const mailbox = await serving()
    const transport = sending(mailbox.port)
    const rounds = Array.from({ length: 5 }, (_, round) => round)
    for (const round of rounds) {
      const together = Array.from({ length: transport.concurrency }, (_, index) => {
        return transport.send(messageTo(`person-${round}-${index}@contoso.example`), never)
      })
      await Promise.all(together)
    }
    expect(transport.concurrency).to.equal(2)
    expect(mailbox.received).to.have.length(10)
    expect(new Set(mailbox.received.map(({ to }) => to)).size).to.equal(10)
    expect(mailbox.connections).to.equal(2)
  })

  it('a connection that has died between two emails is replaced, and the email arrives once', async () => {
    const mailbox = await serving()
    const transport = sending(mailbox.port)
    await transport.send(messageTo('first@contoso.example'), never)
    mailbox.crash()
    const delivery = await transport.send(messageTo('second@contoso.example'), never)
    expect(delivery.outcome).to.equal('accepted')
    expect(mailbox.received.map(({ to }) => to)).to.deep.equal(['first@contoso.example', 'second@contoso.example'])
  })

  it('a refused email leaves its connection to the next ones', async () => {
    const mailbox = await serving({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('nobody@') ? new Error('no such user') : null),
    })
    const transport = sending(mailbox.port)
    for (let round = 0; round < 4; round += 1) {
      expect((await transport.send(messageTo('nobody@contoso.example'), never)).outcome).to.equal('refused')
      expect((await transport.send(messageTo('ana@contoso.example'), never)).outcome).to.equal('accepted')
    }
    expect(mailbox.connections).to.be.at.most(transport.concurrency)
  })

  it('odd names and addresses arrive unharmed and add no header', async () => {
    const mailbox = await serving()
    const transport = sending(mailbox.port)
    const name = 'Zoë "Z" O’Connor, أحمد 😀\r\nBcc: evil@contoso.example'
    const message = messageTo("o'connor@contoso.example", {
      from: { name, address: 'intranet@contoso.example' },
      subject: 'Line\r\nBcc: evil@contoso.example',
    })
    await transport.send(message, never)
    const mail = await parse(mailbox.received[0]?.raw ?? '')
    expect(mailbox.received.map(({ to }) => to)).to.deep.equal(["o'connor@contoso.example"])
    expect(mail.bcc).to.equal(undefined)
    expect(mail.from?.value[0]?.address).to.equal('intranet@contoso.example')
    expect(mail.from?.value[0]?.name).to.contain('Zoë').and.to.contain('أحمد 😀')
    expect(mail.subject).to.match(/^Line\s+Bcc: evil@contoso\.example$/)
  })

  it('what was stopped before it was handed over is not sent', async () => {
    const stop = new AbortController()
    const mailbox = await serving({
      onRcptTo: (_address, _session, done) => {
        stop.abort()
        setTimeout(() => done(), 50)
      },
    })
    const transport = sending(mailbox.port)
    const error: unknown = await transport.send(messageTo('ana@contoso.example'), stop.signal).catch((e: unknown) => e)
    expect(error).to.have.property('code', 'run.interrupted')
    expect(mailbox.received).to.deep.equal([])
    const late: unknown = await transport.send(messageTo('ana@contoso.example'), stop.signal).catch((e: unknown) => e)
    expect(late).to.have.property('code', 'run.interrupted')
    expect(getEventListeners(stop.signal, 'abort')).to.deep.equal([])
  })

  it('who waits because of the limit per minute can be stopped', async () => {
    const mailbox = await serving()
    const transport = sending(mailbox.port, {}, { perMinute: 1 })
    const stop = new AbortController()
    await transport.send(messageTo('first@contoso.example'), stop.signal)
    const waiting = transport.send(messageTo('second@contoso.example'), stop.signal).catch((e: unknown) => e)
    setTimeout(() => stop.abort(), 50)
    expect(await waiting).to.have.property('code', 'run.interrupted')
    expect(mailbox.received).to.have.length(1)
  })

  it('what was stopped while only the answer was missing may have been sent', async () => {
    const stop = new AbortController()
    const mailbox = await serving({
      onData: (stream, _session, done) => {
        stream.resume()
        stream.on('end', () => {
          stop.abort()
          setTimeout(() => done(), 50)
        })
      },
    })
    const delivery = await sending(mailbox.port).send(messageTo('ana@contoso.example'), stop.signal)
    expect(delivery.outcome).to.equal('unknown')
    expect(JSON.stringify(delivery)).not.to.contain(LINK)
  })
})
