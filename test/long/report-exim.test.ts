import { expect } from 'chai'
import type { AddressInfo } from 'node:net'
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { claim, emailSent, owe } from '../../src/domain/mailing.js'
import { readReport } from '../../src/mail/report.js'
import { EMAIL_HEADER } from '../../src/mail/transport.js'
import { applyReport } from '../../src/onboarding/bounces.js'
import { openStore } from '../../src/store/open.js'
import { created, person, tempFolder } from '../store/support.js'
import { hasExim, startExim, type Exim } from '../support/exim.js'
import { EMAIL_ID } from '../mail/reports.js'

describe(`reports as exim writes them${hasExim ? '' : ' (skipped: exim4 is not installed)'}`, () => {
  let remote: SMTPServer
  let exim: Exim

  before(async function () {
    if (!hasExim) return this.skip()
    remote = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onRcptTo: ({ address }, _session, done) =>
        done(Object.assign(new Error(`5.1.1 <${address}>: nobody here has that name`), { responseCode: 550 })),
    })
    await new Promise<void>((resolve) => {
      remote.listen(0, '127.0.0.1', () => resolve())
    })
    exim = await startExim((remote.server.address() as AddressInfo).port)
  })

  after(async () => {
    if (!hasExim) return
    await exim.close()
    await new Promise<void>((resolve) => {
      remote.close(() => resolve())
    })
  })

  interface Sent {
    readonly to: string
    /** What is asked to come back. */
    readonly back?: 'headers' | 'full'
    readonly marked?: boolean
  }

  async function bounceOf({ to, back, marked = true }: Sent): Promise<Buffer> {
    const transport = createTransport({ host: '127.0.0.1', port: exim.port })
    await transport.sendMail({
      from: 'Intranet <intranet@contoso.example>',
      to,
      envelope: { from: 'bounces@contoso.example', to },
      subject: 'Ihr Zugang zum Intranet für Zürich',
      text: 'Grüße',
      messageId: `<${marked ? EMAIL_ID : 'another'}@contoso.example>`,
      ...(marked ? { headers: { [EMAIL_HEADER]: EMAIL_ID } } : {}),
      ...(back ? { dsn: { id: EMAIL_ID, return: back, notify: ['failure', 'delay'], recipient: to } } : {}),
    })
    transport.close()
    return exim.nextBounce()
  }

  for (const back of ['headers', 'full', undefined] as const)
    it(`name the email and the address another server refused: ${back ?? 'nothing'} asked back`, async () => {
      const raw = await bounceOf({ to: 'ada+news@fabrikam.example', ...(back ? { back } : {}) })
      expect(raw.toString()).to.contain(back === 'headers' ? 'text/rfc822-headers' : 'message/rfc822')
      const report = await readReport(raw)
      expect(report?.emailIds).to.deep.equal([EMAIL_ID])
      expect(report?.failures).to.have.length(1)
      expect(report?.failures[0]).to.deep.include({
        status: '5.0.0',
        code: 'address-rejected',
        words: '550 5.1.1 <ada+news@fabrikam.example>: nobody here has that name',
      })
      expect(report?.failures[0]?.recipients).to.include('ada+news@fabrikam.example')
    })

  it('name the address exim itself does not know, in its words to people', async () => {
    const report = await readReport(await bounceOf({ to: 'gone@contoso.example', back: 'headers' }))
    expect(report?.emailIds).to.deep.equal([EMAIL_ID])
    expect(report?.failures[0]).to.deep.include({ recipients: ['gone@contoso.example'], code: 'mail-system' })
    expect(report?.failures[0]?.words).to.match(/^5\.0\.0 .*gone@contoso\.example nobody here has that name$/)
  })

  it('make the person failed whom the email was for', async () => {
    const folder = tempFolder()
    const now = new Date()
    const opened = await openStore({ kind: 'sqlite', path: `${folder.path}/store.db` }, { now: () => now })
    try {
      const store = opened.of('default')
      const ada = person(1, { identity: 'ahead-id', status: 'migrating', mail: 'Ada@Fabrikam.example' })
      const at = now.toISOString()
      const owed = owe(ada, { kind: 'invitation', by: 'Ines', id: EMAIL_ID, now: at })!
      const { user } = claim(owed, { by: 'us', until: '9999-12-31T00:00:00.000Z', now: at, link: 'hash' })!
      await store.write({ users: [created(emailSent(user, EMAIL_ID, at)!.user)] })
      const report = await readReport(await bounceOf({ to: 'ada@fabrikam.example', back: 'headers' }))
      expect(await applyReport(report!, { store, now: () => now })).to.equal('failed')
      const [after] = await store.find(ada.id)
      expect(after).to.include({ status: 'failed' })
      expect(after?.statusReason).to.deep.equal({
        code: 'address-rejected',
        message: '550 5.1.1 <ada@fabrikam.example>: nobody here has that name',
      })
    } finally {
      await opened.close()
      folder.remove()
    }
  })

  it('name the email by the envelope id alone', async () => {
    const raw = await bounceOf({ to: 'gone@contoso.example', back: 'headers', marked: false })
    expect((await readReport(raw))?.emailIds).to.deep.equal([EMAIL_ID])
  })

  it('name no email of ours when somebody else wrote it', async () => {
    expect(await readReport(await bounceOf({ to: 'gone@contoso.example', marked: false }))).to.equal(null)
  })
})
