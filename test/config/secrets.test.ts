import { expect } from 'chai'
import { settingsError } from '../../src/config/problems.js'
import { secretValues } from '../../src/config/secrets.js'
import { SETTINGS, type SettingName } from '../../src/config/settings.js'
import { createRedactor } from '../../src/logging/redact.js'
import { ENOUGH, good, problems, read, TENANT } from './settings-of.js'

const CANARY = 'cAnary4711'

/** Every setting that may hold a secret, in forms that are read and forms that are refused. */
const HOLDING: Readonly<Partial<Record<SettingName, readonly string[]>>> = {
  AZURE_CLIENT_SECRET: [CANARY],
  AZURE_CLIENT_CERTIFICATE_PASSWORD: [CANARY],
  STORE_URL: [
    `mongodb://user:${CANARY}@db.example/x`,
    `mongodb+srv://user:${CANARY}@db.example`,
    `mongodb://db.example/?tlsPassword=${CANARY}`,
    `postgres://user:${CANARY}@db.example`,
    `user:${CANARY}@db.example`,
    `mongodb:user:${CANARY}`,
    `${CANARY}://x`,
  ],
  MAIL_URL: [
    `smtp://user:${CANARY}@mail.example`,
    `smtps://user:${CANARY}%40@mail.example:465`,
    `smtp://user:${CANARY}/x@mail.example`,
    `smtp://user:1#${CANARY}@mail.example`,
    `smtp://user:1/${CANARY}@mail.example`,
    `smtp://:${CANARY}@mail.example`,
    `http://user:${CANARY}@mail.example`,
    `user:${CANARY}@mail.example`,
    `graph:${CANARY}`,
    `smtp://user:${CANARY}@`,
  ],
  BOUNCES_URL: [
    `imaps://user:${CANARY}@mail.example`,
    `imap://${CANARY}@mail.example`,
    `imaps://user:${CANARY}#@mail.example`,
    `pop3://user:${CANARY}@mail.example`,
    `graph:${CANARY}`,
  ],
  NOTIFY_WEBHOOK_URL: [
    `https://ops.example/hook?key=${CANARY}`,
    `https://user:${CANARY}@ops.example/hook`,
    `https://ops.example/hook#${CANARY}`,
    `http://ops.example/${CANARY}`,
    `${CANARY}://x`,
  ],
  NOTIFY_WEBHOOK_SECRET: [CANARY],
  HTTPS_PROXY: [
    `http://user:${CANARY}@proxy.example:3128`,
    `user:${CANARY}@proxy.example`,
    `http://user:${CANARY}@proxy.example/path`,
  ],
  HTTP_PROXY: [`http://user:${CANARY}@proxy.example:3128`, `socks5://user:${CANARY}@proxy.example`],
}

/** An address and a secret of a webhook, where the other one is looked at. */
const NOTIFYING = { NOTIFY_WEBHOOK_URL: 'https://ops.example/hook', NOTIFY_WEBHOOK_SECRET: 'a long random text' }

describe('a secret', () => {
  it('is known as one in every setting that may hold one', () => {
    const secret = Object.entries(SETTINGS).filter(([, setting]) => 'secret' in setting)
    expect(Object.keys(HOLDING)).to.have.members(secret.map(([name]) => name))
  })

  it('is the whole address of a webhook: its path alone may be what lets one in', () => {
    const { secrets } = good({ ...NOTIFYING, NOTIFY_WEBHOOK_URL: `https://ops.example/${CANARY}` })
    expect(secretValues(secrets)).to.include(`https://ops.example/${CANARY}`)
  })

  it('never stands in the config, in a problem, in a warning, or in the error made of them', () => {
    let [held, refused] = [0, 0]
    for (const [name, values] of Object.entries(HOLDING)) {
      for (const value of values) {
        const result = read({ ...ENOUGH, MAIL_FROM: 'a@b.example', ...NOTIFYING, [name]: value })
        const seen = result.ok ? { config: result.config, warnings: result.warnings } : result
        expect(JSON.stringify(seen), `${name}=${value}`).not.to.contain(CANARY.slice(0, 6))
        if (result.ok) held++
        else {
          refused++
          expect(JSON.stringify(settingsError(result.problems))).not.to.contain(CANARY.slice(0, 6))
        }
      }
    }
    expect([held, refused]).to.satisfy(([a = 0, b = 0]: number[]) => a > 5 && b > 15)
  })

  it('pasted into the wrong setting is not shown either', () => {
    for (const name of [
      'AZURE_TENANT_ID',
      'AZURE_CLIENT_ID',
      'AHEAD_APP_ID',
      'AZURE_AUTHORITY_HOST',
      'GRAPH_BASE_URL',
      'PUBLIC_URL',
    ]) {
      for (const value of [CANARY, `https://user:${CANARY}@x.example`, `${TENANT},${CANARY}`]) {
        const found = problems({ ...ENOUGH, [name]: value })
        expect(found, name).not.to.be.empty
        expect(JSON.stringify(found)).not.to.contain(CANARY)
      }
    }
  })

  it('that was read is among the values a redactor is made from', () => {
    for (const [name, values] of Object.entries(HOLDING)) {
      const certificate = name.includes('CERTIFICATE')
        ? { AZURE_CLIENT_CERTIFICATE_PATH: process.execPath, AZURE_CLIENT_SECRET: '' }
        : {}
      for (const value of values) {
        const result = read({ ...ENOUGH, MAIL_FROM: 'a@b.example', ...NOTIFYING, ...certificate, [name]: value })
        if (!result.ok) continue
        const redact = createRedactor(secretValues(result.secrets), { maskAddresses: false })
        expect(redact(`x ${value} y`), value).not.to.contain(CANARY)
        expect(redact(`x ${decodeURIComponent(value)} y`), value).not.to.contain(CANARY)
      }
    }
  })

  it('of an address counts as written and decoded', () => {
    const { secrets } = good({ MAIL_URL: 'smtp://u:a%40b%23secret@mail.example', MAIL_FROM: 'a@b.example' })
    expect(secretValues(secrets)).to.have.members([
      ENOUGH.AZURE_CLIENT_SECRET,
      'smtp://u:a%40b%23secret@mail.example',
      'a%40b%23secret',
      'a@b#secret',
    ])
  })

  it('is not made of addresses that hold none', () => {
    const { secrets } = good({ HTTPS_PROXY: 'http://proxy.example:3128', STORE_URL: 'sqlite:data/x.db' })
    expect(secretValues(secrets)).to.deep.equal([ENOUGH.AZURE_CLIENT_SECRET])
  })
})

describe('an error made of problems', () => {
  it('has the words of a single one, and all of several with their names', () => {
    const [one, two] = problems({ AZURE_CLIENT_SECRET: 'x' })
    expect(settingsError([one!])).to.include({
      code: 'settings.invalid',
      exitCode: 2,
      message: one!.message,
      remedy: one!.remedy,
    })
    expect(settingsError([one!, two!])).to.include({
      message: '2 settings cannot be used. AZURE_TENANT_ID is not set. AZURE_CLIENT_ID is not set.',
      remedy: `AZURE_TENANT_ID: ${one!.remedy} AZURE_CLIENT_ID: ${two!.remedy}`,
    })
  })
})
