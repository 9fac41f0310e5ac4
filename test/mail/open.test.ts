import { expect } from 'chai'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MailConfig } from '../../src/config/config.js'
import { openTransport } from '../../src/mail/open.js'
import { messageTo } from './support/messages.js'
import { never, openMailbox, TIMEOUTS } from './support/smtp-servers.js'

const now = (): Date => new Date('2026-11-21T10:00:00Z')

describe('the way of sending', () => {
  it('file: writes into the folder', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'connector-open-'))
    const transport = openTransport({ kind: 'file', directory }, { url: `file:${directory}`, now })
    await transport.send(messageTo('ana@contoso.example'), never)
    expect(readdirSync(directory)).to.have.length(1)
    await transport.close()
    rmSync(directory, { recursive: true })
  })

  it('smtp: logs in with user and password of the URL, as they were before they were encoded', async () => {
    const logins: unknown[] = []
    const mailbox = await openMailbox({
      authOptional: false,
      onAuth: ({ username, password }, _session, done) => {
        logins.push([username, password])
        done(null, { user: username })
      },
    })
    const config: MailConfig = { kind: 'smtp', host: '127.0.0.1', port: mailbox.port, secure: false }
    for (const login of ['ana%40contoso.example:p%C3%A4ss%2Fw%3Aord', 'ana:100%']) {
      const transport = openTransport(config, { url: `smtp://${login}@127.0.0.1`, now, timeouts: TIMEOUTS })
      expect((await transport.send(messageTo('ana@contoso.example'), never)).outcome).to.equal('accepted')
      await transport.close()
    }
    await mailbox.close()
    expect(logins).to.deep.equal([
      ['ana@contoso.example', 'päss/w:ord'],
      ['ana', '100%'],
    ])
  })

  it('smtp: without a user it does not log in', async () => {
    const mailbox = await openMailbox()
    const config: MailConfig = { kind: 'smtp', host: '127.0.0.1', port: mailbox.port, secure: false }
    const transport = openTransport(config, { url: 'smtp://127.0.0.1', now, timeouts: TIMEOUTS })
    await transport.send(messageTo('ana@contoso.example'), never)
    expect(mailbox.received[0]?.user).to.equal(undefined)
    await transport.close()
    await mailbox.close()
  })

  it('graph: is not opened here', () => {
    const config: MailConfig = { kind: 'graph', sender: 'intranet@contoso.example' }
    expect(() => openTransport(config, { url: 'graph:intranet@contoso.example', now })).to.throw('Microsoft Graph')
  })
})
