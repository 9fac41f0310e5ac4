import { expect } from 'chai'
import { ENOUGH, good, problems } from './settings-of.js'

describe('settings of mail', () => {
  it('read mail servers with their usual ports', () => {
    const mail = (text: string) => good({ MAIL_URL: text, MAIL_FROM: 'a@b.example' }).config.mail
    expect(mail('smtp://mail.example')).to.deep.equal({ kind: 'smtp', host: 'mail.example', port: 587, secure: false })
    expect(mail('smtp://mail.example:25/')).to.deep.equal({
      kind: 'smtp',
      host: 'mail.example',
      port: 25,
      secure: false,
    })
    expect(mail('smtps://u%40x:p%23w@10.0.0.1')).to.deep.equal({
      kind: 'smtp',
      host: '10.0.0.1',
      port: 465,
      secure: true,
    })
    expect(mail('smtps://[::1]:1465')).to.deep.equal({ kind: 'smtp', host: '::1', port: 1465, secure: true })
    expect(mail('graph:intranet@contoso.example')).to.deep.equal({ kind: 'graph', sender: 'intranet@contoso.example' })
  })

  it('read where bounces arrive', () => {
    const bounces = (text: string) => good({ BOUNCES_URL: text }).config.bounces
    expect(bounces('imaps://u:p@mail.example')).to.deep.equal({
      kind: 'imap',
      host: 'mail.example',
      port: 993,
      secure: true,
      folder: 'INBOX',
    })
    expect(bounces('imap://u:p@mail.example:1143/Gesendete%20Objekte/Fehler')).to.deep.equal({
      kind: 'imap',
      host: 'mail.example',
      port: 1143,
      secure: false,
      folder: 'Gesendete Objekte/Fehler',
    })
    expect(bounces('graph:bounces@contoso.example')).to.deep.equal({
      kind: 'graph',
      mailbox: 'bounces@contoso.example',
    })
  })

  it('read a sender with or without a name', () => {
    const from = (text: string) => good({ MAIL_FROM: text }).config.mailFrom
    expect(from('a@b.example')).to.deep.equal({ name: null, address: 'a@b.example' })
    expect(from('<a@b.example>')).to.deep.equal({ name: null, address: 'a@b.example' })
    expect(from("Zürich Intranet 連絡 <o'brien+x@büro.example>")).to.deep.equal({
      name: 'Zürich Intranet 連絡',
      address: "o'brien+x@büro.example",
    })
    expect(from('"Contoso, Inc." <a@localhost>')).to.deep.equal({ name: 'Contoso, Inc.', address: 'a@localhost' })
  })

  it('ask for a sender where a mail server is named', () => {
    expect(problems({ ...ENOUGH, MAIL_URL: 'smtp://u:hunter2@mail.example' })).to.deep.equal([
      {
        name: 'MAIL_FROM',
        message: 'MAIL_FROM is not set, but MAIL_URL names a mail server, which needs a sender.',
        remedy: 'Write the address emails come from: intranet@contoso.example.',
      },
    ])
  })

  it('read who is told of a broken connection', () => {
    const env = {
      NOTIFY_EMAIL: "o'brien@contoso.example, it@büro.example,o'brien@contoso.example",
      NOTIFY_WEBHOOK_URL: 'https://ops.example/höok?a=b',
      NOTIFY_WEBHOOK_SECRET: 'a secret',
    }
    const { config, secrets } = good(env)
    expect(config.notify).to.deep.equal({ emails: ["o'brien@contoso.example", 'it@büro.example'], webhook: true })
    expect(secrets.webhook).to.deep.equal({ url: 'https://ops.example/h%C3%B6ok?a=b', secret: 'a secret' })
    expect(good().config.notify).to.deep.equal({ emails: [], webhook: false })
    expect(good({ ...env, NOTIFY_WEBHOOK_URL: 'http://127.0.0.1:9/' }).secrets.webhook?.url).to.equal(
      'http://127.0.0.1:9/',
    )
  })

  it('refuse addresses that are none, webhooks anybody could read, and webhooks without a secret', () => {
    const told = (env: Readonly<Record<string, string>>) =>
      problems({ ...ENOUGH, ...env }).map(({ message }) => message)
    expect(told({ NOTIFY_EMAIL: 'a@b.example,nobody' })).to.deep.equal([
      'NOTIFY_EMAIL holds “nobody”, which is no email address.',
    ])
    const secret = { NOTIFY_WEBHOOK_SECRET: 'x' }
    expect(told({ ...secret, NOTIFY_WEBHOOK_URL: 'http://ops.example/' })).to.deep.equal([
      'NOTIFY_WEBHOOK_URL uses http, so anybody could read it.',
    ])
    expect(told({ ...secret, NOTIFY_WEBHOOK_URL: 'ops.example' })).to.deep.equal([
      'NOTIFY_WEBHOOK_URL is not an https address.',
    ])
    expect(told({ NOTIFY_WEBHOOK_URL: 'https://ops.example/' })).to.deep.equal([
      'NOTIFY_WEBHOOK_SECRET is not set, but NOTIFY_WEBHOOK_URL is: whoever receives notifications must know they are ours.',
    ])
  })
})
