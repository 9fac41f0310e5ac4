import { expect } from 'chai'
import { simpleParser } from 'mailparser'
import type { FaultAction } from '../../src/simulator/faults.js'
import type { Delivery } from '../../src/mail/transport.js'
import { failureOf, never } from './support/microsoft.js'
import { aMessage, SENDER, withMail } from './support/mail.js'

const SEND = { match: { path: '/sendMail' } }
const asGraph = (status: number, code: string, message = 'In Exchange’s words.'): FaultAction => ({
  status,
  body: { error: { code, message, innerError: {} } },
})
const codeOf = (delivery: Delivery): string | null => ('reason' in delivery ? delivery.reason.code : null)

describe('emails over Graph', () => {
  it('go out as they are, with our Message-ID and the header that names them', () =>
    withMail({}, async ({ simulator, connection }) => {
      expect(await connection.mail(SENDER).send(aMessage(1), never)).to.deep.equal({ outcome: 'accepted' })
      const [caught, ...others] = simulator.outbox.caught
      expect(others).to.deep.equal([])
      expect(caught).to.deep.include({ sender: SENDER, to: ['person1@contoso.example'] })
      const { from, replyTo, subject, text, html, messageId, headers } = await simpleParser(caught?.mime ?? '')
      expect(from?.value[0]).to.include({ name: 'Größe & Co. Intranet', address: SENDER })
      expect(replyTo?.value[0]).to.include({ address: 'help@contoso.example' })
      expect({ subject, messageId, html }).to.deep.equal({
        subject: 'Ihr Zugang für das Intranet',
        messageId: aMessage(1).messageId,
        html: '<p>Grüezi</p>',
      })
      expect(text?.trim()).to.equal('Grüezi')
      expect(headers.get('x-entra-connector-email')).to.equal(aMessage(1).emailId)
      expect(headers.get('auto-submitted')).to.equal('auto-generated')
      expect(headers.get('content-language')).to.equal('de')
    }))

  const verdicts: readonly (readonly [string, FaultAction, Delivery['outcome'], string])[] = [
    ['an invalid recipient', asGraph(400, 'ErrorInvalidRecipients'), 'refused', 'address-rejected'],
    ['a status 5.1.10', asGraph(400, 'ErrorX', 'RESOLVER.ADR: 550 5.1.10 not found'), 'refused', 'address-rejected'],
    ['broken MIME', asGraph(400, 'ErrorMimeContentInvalid'), 'refused', 'mail-system'],
    ['too large', asGraph(413, 'ErrorMessageSizeExceeded'), 'refused', 'mail-system'],
    ['too many today', asGraph(403, 'ErrorExceededMessageLimit'), 'delayed', 'mail-system'],
    ['503', { status: 503, body: '' }, 'delayed', 'mail-system'],
    ['429 for an hour', { kind: 'throttle', retryAfter: '3600' }, 'delayed', 'mail-system'],
    ['500', { status: 500, body: '' }, 'unknown', 'mail-system'],
    ['a gateway that got no answer', { kind: 'html', status: 504 }, 'unknown', 'mail-system'],
    ['a connection reset', 'reset', 'unknown', 'mail-system'],
    ['no answer in time', 'hang', 'unknown', 'mail-system'],
    ['a success nobody knows', { status: 200, body: '<html>' }, 'unknown', 'mail-system'],
  ]
  for (const [name, action, outcome, reason] of verdicts)
    it(`${name}: ${outcome}, ${reason}, and the request is not made again`, () =>
      withMail({}, async ({ simulator, connection, posts }) => {
        const fault = simulator.faults.add({ ...SEND, do: action })
        const delivery = await connection.mail(SENDER, { timeoutMs: 300 }).send(aMessage(1), never)
        expect([delivery.outcome, codeOf(delivery)]).to.deep.equal([outcome, reason])
        expect([fault.hits, posts()]).to.deep.equal([1, 1])
        expect(simulator.outbox.caught.length).to.be.at.most(1)
      }))

  it('never leave for what is no address, or several', () =>
    withMail({}, async ({ connection, posts }) => {
      const mail = connection.mail(SENDER)
      for (const to of ['a@b.example, c@d.example', 'Ada <ada@contoso.example>', 'a b@c.example', 'nobody']) {
        const delivery = await mail.send(aMessage(1, { to }), never)
        expect([delivery.outcome, codeOf(delivery)], to).to.deep.equal(['refused', 'address-rejected'])
      }
      expect(posts()).to.equal(0)
    }))

  it('quote what Exchange says', () =>
    withMail({}, async ({ simulator, connection }) => {
      simulator.outbox.invalid.add('person1@contoso.example')
      const delivery = await connection.mail(SENDER).send(aMessage(1), never)
      const message = 'reason' in delivery ? delivery.reason.message : ''
      expect(message).to.equal(
        'Microsoft Graph says HTTP 400 ErrorInvalidRecipients At least one recipient is not valid.',
      )
    }))

  const systems: readonly (readonly [string, FaultAction, 'mail.denied' | 'mail.unavailable'])[] = [
    ['ErrorSendAsDenied', asGraph(403, 'ErrorSendAsDenied'), 'mail.denied'],
    ['ErrorAccessDenied', asGraph(403, 'ErrorAccessDenied'), 'mail.denied'],
    ['MailboxNotEnabledForRESTAPI', asGraph(404, 'MailboxNotEnabledForRESTAPI'), 'mail.unavailable'],
    ['ErrorMessageSubmissionBlocked', asGraph(400, 'ErrorMessageSubmissionBlocked'), 'mail.unavailable'],
    ['ErrorInvalidUser', asGraph(404, 'ErrorInvalidUser'), 'mail.unavailable'],
    ['a redirect', { kind: 'redirect', location: 'https://elsewhere.example/' }, 'mail.unavailable'],
  ]
  for (const [code, action, told] of systems)
    it(`${code}: the mail system takes nothing from us, and no email is blamed for it`, () =>
      withMail({}, async ({ simulator, connection, posts }) => {
        simulator.faults.add({ ...SEND, do: action })
        const error = await failureOf(connection.mail(SENDER).send(aMessage(1), never), told)
        expect(error.message).to.equal(`The mail system does not let us send as ${SENDER}`)
        expect(error.meanwhile).to.equal('Sync goes on. Emails that are owed wait and go out afterwards.')
        expect(error.remedy).to.contain('Mail.Send')
        expect(posts()).to.equal(1)
      }))

  it('a missing permission, a foreign sender and a mailbox on premises are the mail system’s', async () => {
    await withMail({ roles: ['User.Read.All'] }, async ({ connection }) => {
      const error = await failureOf(connection.mail(SENDER).send(aMessage(1), never), 'mail.denied')
      expect(error.details).to.include({ code: 'ErrorAccessDenied', status: 403 })
    })
    await withMail({}, async ({ connection, simulator }) => {
      const mail = connection.mail('other@contoso.example')
      const foreign = await failureOf(mail.send(aMessage(1), never), 'mail.denied')
      expect(foreign.details.code).to.equal('ErrorSendAsDenied')
      simulator.mailboxes.unreachable.add(SENDER)
      const away = await failureOf(connection.mail(SENDER).send(aMessage(1), never), 'mail.unavailable')
      expect(away.details.code).to.equal('MailboxNotEnabledForRESTAPI')
    })
  })

  it('a refused sign-in and a server that is not there are, too: nothing was sent', () =>
    withMail({}, async ({ connection, simulator, posts }) => {
      simulator.tokens.failNext(1, 'expired-secret')
      const refused = await failureOf(connection.mail(SENDER).send(aMessage(1), never), 'mail.denied')
      expect(refused.details.code).to.equal('AADSTS7000222')
      expect(posts()).to.equal(0)
      await connection.mail(SENDER).send(aMessage(1), never)
      await simulator.close()
      const gone = await failureOf(connection.mail(SENDER).send(aMessage(2), never), 'mail.unavailable')
      expect(gone.details.code).to.equal('ECONNREFUSED')
    }))

  it('a refused token is renewed once', () =>
    withMail({}, async ({ connection, simulator, posts }) => {
      const mail = connection.mail(SENDER)
      await mail.send(aMessage(1), never)
      simulator.tokens.expireIssued()
      expect(await mail.send(aMessage(2), never)).to.deep.equal({ outcome: 'accepted' })
      expect([posts(), simulator.tokens.issued]).to.deep.equal([3, 2])
      simulator.faults.add({ ...SEND, times: 2, do: { kind: 'unauthorized', reason: 'expired' } })
      await failureOf(mail.send(aMessage(3), never), 'mail.denied')
      expect(posts()).to.equal(5)
    }))

  it('a short wait we are told is waited for', () =>
    withMail({}, async ({ connection, simulator, clock, posts }) => {
      simulator.faults.add({ ...SEND, do: { kind: 'throttle', retryAfter: '7' } })
      expect(await connection.mail(SENDER).send(aMessage(1), never)).to.deep.equal({ outcome: 'accepted' })
      expect(clock.slept).to.deep.equal([7000])
      expect(posts()).to.equal(2)
    }))

  it('a long one makes emails wait, and nothing is asked meanwhile', () =>
    withMail({}, async ({ connection, simulator, clock, posts }) => {
      const mail = connection.mail(SENDER)
      simulator.faults.add({ ...SEND, do: { kind: 'throttle', retryAfter: '120' } })
      for (let number = 1; number < 4; number += 1)
        expect(await mail.send(aMessage(number), never)).to.have.property('outcome', 'delayed')
      expect([posts(), clock.slept.length]).to.deep.equal([1, 0])
      clock.pass(120_000)
      expect(await mail.send(aMessage(1), never)).to.have.property('outcome', 'accepted')
    }))

  it('never more than 30 go out within a minute, and fewer when told', async () => {
    for (const [perMinute, most] of [
      [null, 30],
      [100, 30],
      [10, 10],
    ] as const)
      await withMail({}, async ({ connection, clock, simulator }) => {
        const mail = connection.mail(SENDER, { perMinute })
        for (let number = 0; number < most + 2; number += 1) await mail.send(aMessage(number), never)
        expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).to.equal(60_000)
        expect(simulator.outbox.caught).to.have.length(most + 2)
      })
  })

  it('being stopped before it went out is no outcome; while it goes out, nobody knows', () =>
    withMail({}, async ({ connection, simulator, posts }) => {
      const mail = connection.mail(SENDER)
      await failureOf(mail.send(aMessage(1), AbortSignal.abort()), 'run.interrupted')
      expect(posts()).to.equal(0)
      await mail.send(aMessage(1), never)
      const stop = new AbortController()
      simulator.faults.add({ ...SEND, do: 'hang' })
      const sending = mail.send(aMessage(2), stop.signal)
      while (posts() < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      stop.abort()
      expect(await sending).to.have.property('outcome', 'unknown')
    }))
})
