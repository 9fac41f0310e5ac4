import { expect } from 'chai'
import type { SMTPServerOptions } from 'smtp-server'
import type { Delivery, Transport } from '../../src/mail/transport.js'
import { failureOf } from '../graph/support/microsoft.js'
import { LINK, messageTo } from './support/messages.js'
import { never, openMailbox, openScripted, refusal, transportTo, type Mailbox } from './support/smtp-servers.js'

const ANA = 'ana@contoso.example'

type Place = 'for the recipient' | 'for the sender' | 'after the message'

const CASES: readonly (readonly [Place, string, string, string])[] = [
  ['for the recipient', '550 5.1.1 User unknown', 'refused', 'address-rejected'],
  ['for the recipient', '550 5.1.10 Recipient not found', 'refused', 'address-rejected'],
  ['after the message', '550 5.1.1 No mailbox here', 'refused', 'address-rejected'],
  ['for the recipient', '550 No such user here', 'refused', 'address-rejected'],
  ['for the recipient', '551 User not local', 'refused', 'address-rejected'],
  ['for the recipient', '553 Mailbox name wrong', 'refused', 'address-rejected'],
  ['for the recipient', '550 5.0.0 unknown user', 'refused', 'address-rejected'],
  ['for the recipient', '550 relay not permitted', 'refused', 'mail-system'],
  ['for the recipient', '550 Administrative prohibition', 'refused', 'mail-system'],
  ['for the recipient', '550 5.7.1 Relaying denied', 'refused', 'mail-system'],
  ['for the recipient', '552 5.2.2 Mailbox full', 'refused', 'mail-system'],
  ['after the message', '552 5.3.4 Message too big', 'refused', 'mail-system'],
  ['after the message', '554 5.7.1 Looks like spam', 'refused', 'mail-system'],
  ['after the message', '550 Rejected', 'refused', 'mail-system'],
  ['for the sender', '550 5.1.8 Sender unknown', 'refused', 'mail-system'],
  ['for the sender', '553 Sender not owned by user', 'refused', 'mail-system'],
  ['for the recipient', '450 4.2.0 Greylisted', 'delayed', 'mail-system'],
  ['for the recipient', '451 Local error', 'delayed', 'mail-system'],
  ['for the sender', '452 4.3.1 Out of space', 'delayed', 'mail-system'],
  ['after the message', '451 4.7.1 Try again', 'delayed', 'mail-system'],
  ['for the recipient', '421 4.7.0 Too many at once', 'delayed', 'mail-system'],
  ['after the message', '421 Closing', 'delayed', 'mail-system'],
]

/** The refusal the case in the address stands for, when it belongs here. */
function refusalOf(address: string, place: Place): Error | null {
  const [at, words = ''] = CASES[Number(/^case-(\d+)@/.exec(address)?.[1])] ?? []
  return at === place ? refusal(Number(words.slice(0, 3)), words.slice(4)) : null
}

const REFUSING: SMTPServerOptions = {
  onMailFrom: ({ address }, _session, done) => done(refusalOf(address, 'for the sender')),
  onRcptTo: ({ address }, _session, done) => done(refusalOf(address, 'for the recipient')),
  onData: (stream, { envelope }, done) => {
    const address = envelope.rcptTo[0]?.address ?? ''
    const quoted = address.startsWith('quoted-link@') ? refusal(554, `5.7.1 ${LINK} is on a list`) : null
    stream.resume()
    stream.on('end', () => done(quoted ?? refusalOf(address, 'after the message')))
  },
}

describe('what a mail server says against an email', () => {
  const opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  })

  function sending(port: number): Transport {
    const transport = transportTo(port)
    opened.push(transport)
    return transport
  }

  /** Answers as a server does unless `answer` has something else to say. */
  async function scripted(answer: Parameters<typeof openScripted>[0]): Promise<number> {
    const server = await openScripted((line, socket) => {
      const said = answer(line, socket)
      if (said !== null) return said === '' ? null : said
      if (line === null) return '220 ready'
      if (/^(EHLO|MAIL|RCPT|RSET|QUIT)/.test(line)) return '250 ok'
      if (line === 'DATA') return '354 go on'
      return line === '.' ? '250 taken' : null
    })
    opened.push(server)
    return server.port
  }

  describe('in an answer', () => {
    let mailbox: Mailbox
    let transport: Transport
    before(async () => {
      mailbox = await openMailbox(REFUSING)
      transport = transportTo(mailbox.port)
    })
    after(async () => {
      await transport.close()
      await mailbox.close()
    })

    for (const [index, [at, words, outcome, code]] of CASES.entries()) {
      it(`“${words}” ${at}: ${outcome}, ${code}`, async () => {
        const address = `case-${index}@contoso.example`
        const delivery = await transport.send(messageTo(address, { from: { name: null, address } }), never)
        expect(delivery).to.have.property('outcome', outcome)
        expect(delivery).to.have.nested.property('reason.code', code)
        expect(delivery).to.have.nested.property('reason.message').that.contains(words)
      })
    }

    it('the reason has the address, the server and its words', async () => {
      const delivery = await transport.send(messageTo('case-0@contoso.example'), never)
      const message = 'case-0@contoso.example does not exist, says 127.0.0.1: 550 5.1.1 User unknown'
      expect(delivery).to.deep.equal({ outcome: 'refused', reason: { code: 'address-rejected', message } })
    })

    it('the link is not quoted, even when the server does', async () => {
      const delivery = await transport.send(messageTo('quoted-link@contoso.example'), never)
      expect(delivery).to.have.nested.property('reason.message').that.contains('*** is on a list')
      expect(JSON.stringify(delivery)).not.to.contain('welcome')
    })
  })

  it('several lines become one, without what controls a terminal', async () => {
    const server = await scripted((line) =>
      line?.startsWith('RCPT') ? '550-5.1.1 The address\r\n550-5.1.1 \x1b[31mwas\x07 not\r\n550 5.1.1 found' : null,
    )
    const delivery = await sending(server).send(messageTo(ANA), never)
    expect(delivery).to.have.nested.property(
      'reason.message',
      'ana@contoso.example does not exist, says 127.0.0.1: 550 5.1.1 The address [31mwas not found',
    )
  })

  it('a connection lost before the message: delayed', async () => {
    for (const command of ['MAIL', 'RCPT', 'DATA']) {
      const port = await scripted((line, socket) => {
        if (line?.startsWith(command) !== true) return null
        socket.destroy()
        return ''
      })
      const delivery = await sending(port).send(messageTo(ANA), never)
      expect(delivery, command).to.have.property('outcome', 'delayed')
      expect(delivery, command).to.have.nested.property('reason.code', 'mail-system')
    }
  })

  it('a connection lost in the middle of the message: delayed', async () => {
    let mailbox: Mailbox | null = null
    const before = await openMailbox({
      onData: (stream) => {
        stream.once('data', () => mailbox?.crash())
        stream.on('error', () => undefined)
      },
    })
    mailbox = before
    opened.push(before)
    const message = messageTo(ANA, { text: 'a long line of an endless message\n'.repeat(300_000) })
    expect(await sending(before.port).send(message, never)).to.have.property('outcome', 'delayed')
  })

  it('a connection lost after the message, without an answer: unknown', async () => {
    const port = await scripted((line, socket) => {
      if (line !== '.') return null
      socket.destroy()
      return ''
    })
    const delivery = await sending(port).send(messageTo(ANA), never)
    expect(delivery).to.have.property('outcome', 'unknown')
    expect(delivery).to.have.nested.property('reason.message').that.contains('before the mail system said whether')
  })

  it('no answer in time: delayed before the message, unknown after it', async () => {
    const silent = async (command: string): Promise<Delivery> => {
      const port = await scripted((line) => (line?.startsWith(command) === true ? '' : null))
      const transport = transportTo(port, {}, { timeouts: { connectMs: 5_000, greetingMs: 5_000, answerMs: 200 } })
      opened.push(transport)
      return transport.send(messageTo(ANA), never)
    }
    expect(await silent('RCPT')).to.have.property('outcome', 'delayed')
    expect(await silent('.')).to.have.property('outcome', 'unknown')
  })

  it('a sender that needs a login says so for everybody, not for this email', async () => {
    const port = await scripted((line) => (line?.startsWith('MAIL') === true ? '530 5.7.0 Log in first' : null))
    await failureOf(sending(port).send(messageTo(ANA), never), 'mail.unavailable')
  })

  it('an address that is none, or several, is refused before anything is sent', async () => {
    const lines: string[] = []
    const port = await scripted((line) => {
      lines.push(line ?? '')
      return null
    })
    const transport = sending(port)
    for (const to of ['a>b@x.example', 'a@x.example, b@x.example', 'Ana <a@x.example>', 'ana', 'a b@x.example', '']) {
      const delivery = await transport.send(messageTo(to), never)
      expect(delivery, to).to.have.property('outcome', 'refused')
      expect(delivery, to).to.have.nested.property('reason.code', 'address-rejected')
    }
    expect(lines).to.deep.equal([])
  })
})
