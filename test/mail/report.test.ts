import { expect } from 'chai'
import { LARGEST_REPORT, readReport, type DeliveryFailure } from '../../src/mail/report.js'
import { ADDRESS, EMAIL_ID, sample, SAMPLES } from './reports.js'

const rejected = (words: string, over: Partial<DeliveryFailure> = {}): DeliveryFailure => ({
  recipients: [ADDRESS],
  status: '5.1.1',
  code: 'address-rejected',
  words,
  ...over,
})

const EXPECTED: Readonly<Record<string, readonly DeliveryFailure[]>> = {
  exim: [rejected('550 Unrouteable address', { status: '5.0.0', code: 'mail-system' })],
  postfix: [rejected('550 5.1.1 <ada@fabrikam.example>: nobody here has that name')],
  'exchange-online': [
    rejected(
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@fabrikam.example not found by SMTP address lookup',
      { status: '5.1.10' },
    ),
  ],
  gmail: [
    rejected(
      '550-5.1.1 There is no such account here. Look for 550-5.1.1 mistyped letters or needless spaces. For more see ' +
        '550 5.1.1 https://support.fabrikam.example/?p=NoSuchUser d2e1a72fcca58-725 - smtp',
    ),
  ],
  'french-quota': [rejected('552 5.2.2 La boîte aux lettres est pleine', { status: '5.2.2', code: 'mail-system' })],
  japanese: [rejected('550 5.1.1 宛先が見つかりません')],
  smtputf8: [
    rejected('550 5.1.1 <jürgen@müller.example> kennen wir nicht', {
      recipients: ['j\\x{FC}rgen@m\\x{FC}ller.example', 'jürgen@müller.example'],
    }),
  ],
  'several-recipients': [
    rejected('550 5.7.1 Not allowed', { status: '5.7.1', code: 'mail-system' }),
    rejected('5.1.2 Two of four failed.', { status: '5.1.2', recipients: ['barbara@fabrikam.example'] }),
  ],
  'envelope-only': [
    rejected('No such mailbox (#5.1.1)', {
      status: '5.0.0',
      recipients: ['ada+2Bnews@fabrikam.example', 'ada+news@fabrikam.example'],
    }),
  ],
}

/** A sample with other words in it. */
function altered(name: string, ...changes: readonly (readonly [string | RegExp, string])[]): Promise<unknown> {
  return readReport(
    Buffer.from(changes.reduce((text, [from, to]) => replaced(text, from, to), sample(name).toString())),
  )
}

function replaced(text: string, from: string | RegExp, to: string): string {
  const after = text.replaceAll(from, to)
  expect(after).not.to.equal(text)
  return after
}

describe('delivery reports', () => {
  it('have a sample for each expectation, and the other way round', () => {
    const real = SAMPLES.filter((name) => !name.startsWith('none-'))
    expect(real).to.have.members(Object.keys(EXPECTED))
    expect(SAMPLES.length).to.be.greaterThan(real.length + 10)
  })

  for (const [name, failures] of Object.entries(EXPECTED))
    it(`are read: ${name}`, async () => {
      expect(await readReport(sample(name))).to.deep.equal({ emailIds: [EMAIL_ID], failures })
    })

  for (const [name, failures] of Object.entries(EXPECTED))
    it(`are read with bare line feeds: ${name}`, async () => {
      const raw = Buffer.from(sample(name).toString().replaceAll('\r\n', '\n'))
      expect(await readReport(raw)).to.deep.equal({ emailIds: [EMAIL_ID], failures })
    })

  for (const name of SAMPLES.filter((one) => one.startsWith('none-')))
    it(`are not made of this: ${name}`, async () => {
      expect(await readReport(sample(name))).to.equal(null)
    })

  it('name the email by its Message-ID, by our header or by the envelope id', async () => {
    const other = '0d0d0d0d-0000-4000-8000-000000000000'
    const both = await altered('exim', [`X-Entra-Connector-Email: ${EMAIL_ID}`, `X-Entra-Connector-Email: ${other}`])
    expect(both).to.have.property('emailIds').that.deep.equals([EMAIL_ID, other])
    const id = await altered('exim', ['X-Entra-Connector-Email', 'X-Other'])
    expect(id).to.have.property('emailIds').that.deep.equals([EMAIL_ID])
    const header = await altered('exim', ['Message-ID: <5f', 'Message-ID: <zz'])
    expect(header).to.have.property('emailIds').that.deep.equals([EMAIL_ID])
    const envelope = await altered('postfix', ['Message-ID: <5f', 'X: <'], ['X-Entra-Connector-Email', 'X-Other'])
    expect(envelope).to.have.property('emailIds').that.deep.equals([EMAIL_ID])
    expect(await altered('exim', ['Message-ID: <5f', 'X: <'], ['X-Entra-Connector-Email', 'X'])).to.equal(null)
  })

  it('may write ids and field names in capitals, and fold them', async () => {
    const read = await altered(
      'exim',
      [`Message-ID: <${EMAIL_ID}`, `MESSAGE-ID:\r\n <${EMAIL_ID.toUpperCase()}`],
      ['X-Entra-Connector-Email', 'X-Other'],
      ['Action: failed', 'ACTION:\r\n\tFAILED'],
    )
    expect(read).to.have.property('emailIds').that.deep.equals([EMAIL_ID])
  })

  it('speak of the address the email was sent to, which is the original one', async () => {
    const forwarded = await altered('postfix', ['Final-Recipient: rfc822; ada@', 'Final-Recipient: rfc822; box7@'])
    expect(forwarded).to.have.nested.property('failures[0].recipients').that.deep.equals([ADDRESS])
    const other = await altered('postfix', ['Original-Recipient: rfc822;ada@', 'Original-Recipient: rfc822;mallory@'])
    expect(other).to.have.nested.property('failures[0].recipients').that.deep.equals(['mallory@fabrikam.example'])
    const bracketed = await altered('exim', ['rfc822;ada@fabrikam.example', '<ada@fabrikam.example>'])
    expect(bracketed).to.have.nested.property('failures[0].recipients').that.deep.equals([ADDRESS])
  })

  it('say that the address is wrong by the status or by the code in the diagnostic', async () => {
    const codes: readonly (readonly [string, string, string])[] = [
      ['5.1.1', 'smtp; 550 no', 'address-rejected'],
      ['5.0.0', 'smtp; 550 5.1.3 no', 'address-rejected'],
      ['5.0.0', 'smtp; 550 #5.1.0 Address rejected', 'address-rejected'],
      ['5.1.1 (bad)', 'smtp; 550 no', 'address-rejected'],
      ['5.0.0', 'smtp; 550-5.1.1 no', 'address-rejected'],
      ['5.7.1', 'smtp; 550 5.7.1 see 5.1.1', 'mail-system'],
      ['5.4.4', 'smtp; 550 host 5.1.1.4 is listed', 'mail-system'],
      ['5.0.0', 'smtp; 550 no', 'mail-system'],
      ['5.11.1', 'smtp; 550 15.1.1', 'mail-system'],
      ['', '', 'mail-system'],
    ]
    for (const [status, diagnostic, code] of codes) {
      const read = await altered(
        'exim',
        [/Status: 5.0.0/g, `Status:  ${status}`],
        ['smtp; 550 Unrouteable address', diagnostic],
      )
      expect(read, `${status} ${diagnostic}`).to.have.nested.property('failures[0].code', code)
    }
  })

  it('quote the server on one line, without control characters, links and no end', async () => {
    const words = async (text: string): Promise<string> => {
      const read = await readReport(
        Buffer.from(sample('exim').toString().replace('smtp; 550 Unrouteable address', `smtp; ${text}`)),
      )
      return read?.failures[0]?.words ?? ''
    }
    expect(await words('550 \u001b[31mred\u0000\u202e  text\u2028end')).to.equal('550 [31mred text end')
    expect(await words(`550 ${'long '.repeat(500)}`))
      .to.match(/^550 (long )+(lon?)?…$/)
      .and.have.length.below(501)
    const link = await words('550 blocked: http://intranet.contoso.example/welcome/J8s_dk3-SECRET is listed')
    expect(link).to.equal('550 blocked: http://intranet.contoso.example/welcome/[redacted] is listed')
    expect(await words(`550 ${'😀'.repeat(2000)}`)).to.satisfy((text: string) => text.isWellFormed())
    expect(await words('')).to.match(
      /^5\.0\.0 Your message did not reach one of its readers: ada@fabrikam\.example the /,
    )
    const bare = sample('exim').toString().replace('text/plain', 'text/html')
    expect(await readReport(Buffer.from(bare.replace(/Diagnostic-Code[^\r]*\r\n/, '')))).to.have.nested.property(
      'failures[0].words',
      '5.0.0',
    )
  })

  it('are read whatever the parts around them are', async () => {
    const long = await altered('exim', ['Your message did not', `${'Long text. '.repeat(6)}\r\n`.repeat(20_000)])
    expect(long).to.have.property('emailIds')
    const unclosed = await altered('postfix', [/\r\n--[^\r]*--\r\n$/g, ''])
    expect(unclosed).to.have.property('emailIds')
    const big = Buffer.concat([sample('exim').subarray(0, -21), Buffer.alloc(9_000_000, 'Rest of the message.\r\n')])
    expect(await readReport(big)).to.have.property('emailIds')
  })

  it('are nothing when their shape is another one', async () => {
    expect(await altered('exim', ['multipart/report', 'multipart/mixed'])).to.equal(null)
    expect(await altered('exim', ['report-type=delivery-status;', 'x-report-type=delivery-status;'])).to.equal(null)
    const twoAddresses = 'Action: failed\r\nFinal-Recipient: rfc822; grace@fabrikam.example'
    expect(await altered('postfix', ['Action: failed', twoAddresses])).to.equal(null)
    // A message without headers: what looks like them is its text.
    const bare = await altered('exim', ['message/rfc822\r\n\r\n', 'message/rfc822\r\n\r\n\r\n'])
    expect(bare).to.equal(null)
  })

  it('are nothing when too large, too deep or broken', async () => {
    const raw = sample('postfix')
    expect(await readReport(Buffer.concat([raw, Buffer.alloc(LARGEST_REPORT)]))).to.equal(null)
    expect(await readReport(Buffer.alloc(0))).to.equal(null)
    const head = 'Content-Type: multipart/report; report-type=delivery-status; boundary=b0\r\n\r\n'
    const deep = Array.from({ length: 5000 }, (_, i) => {
      return `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`
    })
    expect(await readReport(Buffer.from(head + deep.join('')))).to.equal(null)
    expect(await readReport(Buffer.from(head + '--b0\r\n\r\n'.repeat(500_000)))).to.equal(null)
    expect(await readReport(Buffer.from(head + '\r\n'.repeat(1_100_000)))).to.equal(null)
    expect(await readReport(Buffer.from(`X: ${'x'.repeat(1_000_000)}\r\n${raw.toString()}`))).to.equal(null)
    expect(await altered('postfix', ['report-type=delivery-status;', ''])).to.equal(null)
    expect(await altered('postfix', [/boundary="[^"]*"/g, 'boundary=other'])).to.equal(null)
  })
})
