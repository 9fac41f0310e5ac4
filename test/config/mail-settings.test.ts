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
})
