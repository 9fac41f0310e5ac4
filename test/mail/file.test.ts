import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolder } from '../../src/mail/file.js'
import type { Transport } from '../../src/mail/transport.js'
import { failureOf } from '../graph/support/microsoft.js'
import { headerOf, messageTo, parse } from './support/messages.js'
import { never } from './support/smtp-servers.js'

describe('emails as files', () => {
  let root: string
  let directory: string
  let transport: Transport
  let now: Date

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'connector-outbox-'))
    directory = join(root, 'data', 'outbox')
    now = new Date('2026-11-21T10:00:00.123Z')
    transport = openFolder(directory, { now: () => now })
  })
  afterEach(() => rmSync(root, { recursive: true }))

  it('nothing to send makes no folder', async () => {
    await transport.close()
    expect(readdirSync(root)).to.deep.equal([])
  })

  it('an email is a whole one, named by its id, in a folder made for it', async () => {
    const message = messageTo('ana@contoso.example')
    expect(await transport.send(message, never)).to.deep.equal({ outcome: 'accepted' })
    const name = `${message.emailId}.eml`
    expect(readdirSync(directory)).to.deep.equal([name])
    const mail = await parse(readFileSync(join(directory, name)))
    expect(mail.messageId).to.equal(message.messageId)
    expect(headerOf(mail, 'To')).to.equal('ana@contoso.example')
    expect(headerOf(mail, 'X-Entra-Connector-Email')).to.equal(message.emailId)
    expect(mail.text?.trim()).to.equal(message.text.trim())
  })

  it('only our own user may read folder and files', async () => {
    await transport.send(messageTo('ana@contoso.example'), never)
    const [name = ''] = readdirSync(directory)
    expect(statSync(directory).mode & 0o777).to.equal(0o700)
    expect(statSync(join(directory, name)).mode & 0o777).to.equal(0o600)
  })

  it('the same email again replaces its file, at any time; others stay', async () => {
    const first = messageTo('ana@contoso.example')
    await transport.send(first, never)
    await transport.send(messageTo('ana@contoso.example'), never)
    now = new Date('2026-11-21T11:00:00.000Z')
    await transport.send({ ...first, subject: 'Once more' }, never)
    const names = readdirSync(directory)
    expect(names).to.have.length(2)
    const own = names.find((name) => name.includes(first.emailId)) ?? ''
    expect((await parse(readFileSync(join(directory, own)))).subject).to.equal('Once more')
  })

  it('several at once come out whole', async () => {
    const messages = Array.from({ length: 20 }, (_, index) => messageTo(`person-${index}@contoso.example`))
    await Promise.all(messages.map((message) => transport.send(message, never)))
    expect(readdirSync(directory)).to.have.length(20)
    expect(readdirSync(directory).every((name) => name.endsWith('.eml'))).to.equal(true)
  })

  it('a folder that cannot be made is an outage', async () => {
    writeFileSync(join(root, 'data'), 'a file')
    const error = await failureOf(transport.send(messageTo('ana@contoso.example'), never), 'mail.unavailable')
    expect(error.message).to.equal(`We cannot write emails to ${directory}: a file is in its place`)
    expect(error.remedy).to.contain('MAIL_URL')
  })

  it('a file that cannot be replaced is an outage and leaves no half file', async () => {
    const message = messageTo('ana@contoso.example')
    await transport.send(message, never)
    const [name = ''] = readdirSync(directory)
    rmSync(join(directory, name))
    const inTheWay = openFolder(join(directory, name), { now: () => now })
    await inTheWay.send(messageTo('ben@contoso.example'), never)
    await failureOf(transport.send(message, never), 'mail.unavailable')
    expect(readdirSync(directory)).to.deep.equal([name])
  })

  it('what was stopped is not written', async () => {
    await failureOf(transport.send(messageTo('ana@contoso.example'), AbortSignal.abort()), 'run.interrupted')
    expect(readdirSync(root)).to.deep.equal([])
  })
})
