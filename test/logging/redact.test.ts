import { expect } from 'chai'
import fc from 'fast-check'
import { createRedactor, REDACTED } from '../../src/logging/redact.js'

const redact = createRedactor([], { maskAddresses: false })
const R = REDACTED

const JWT = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2dyYXBoIn0.c2lnbmF0dXJlLXdpdGgtX2FuZC0'
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----'

/** What goes in and what comes out. */
const KNOWN: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'a token': [
    [`Authorization: Bearer ${JWT}`, `Authorization: ${R}`],
    ['{"authorization":"Bearer abc","x":1}', `{"authorization":"${R}","x":1}`],
    ['sent bearer abc.def-ghi~1+2/3= to', `sent bearer ${R} to`],
    [`token is ${JWT}, expired`, `token is ${R}, expired`],
    [`x=${JWT}&y=1`, `x=${R}&y=1`],
    [`\\n${JWT}`, `\\n${R}`],
    ['Authorization: Basic dXNlcjpwYXNzd29yZA==\r\nHost: x', `Authorization: ${R}\r\nHost: x`],
    ['Set-Cookie: session=abc; Path=/\nnext', `Set-Cookie: ${R}\nnext`],
    ['x-api-key: abc', `x-api-key: ${R}`],
  ],
  'a delta or skip token of any spelling': [
    ['https://g/v1.0/users/delta?$skiptoken=oEBwdSP6uehIAxQ&a=1', `https://g/v1.0/users/delta?$skiptoken=${R}&a=1`],
    ['https://g/users/delta?$deltatoken=abc', `https://g/users/delta?$deltatoken=${R}`],
    ['https://g/users/delta?$DeltaToken=abc"', `https://g/users/delta?$DeltaToken=${R}"`],
    ['https://g/users?%24skipToken=abc%2Fd', `https://g/users?%24skipToken=${R}`],
    ['next=https%3A%2F%2Fg%3F%24skiptoken%3Dabc', `next=https%3A%2F%2Fg%3F%24skiptoken%3D${R}`],
  ],
  'a password in a form, a query or JSON': [
    ['client_id=1&client_secret=a~b%20c&scope=x', `client_id=1&client_secret=${R}&scope=x`],
    ['client_assertion=abc.def&x=1', `client_assertion=${R}&x=1`],
    ['PASSWORD=hunter2 next', `PASSWORD=${R} next`],
    ['{"clientSecret": "a\\"b\\\\", "user":"ana"}', `{"clientSecret": "${R}", "user":"ana"}`],
    ['{"refresh_token":"0.AX","expires_in":3599}', `{"refresh_token":"${R}","expires_in":3599}`],
    [
      '{"body":"{\\"password\\":\\"a\\\\\\"b\\",\\"user\\":\\"ana\\"}"}',
      `{"body":"{\\"password\\":\\"${R}\\",\\"user\\":\\"ana\\"}"}`,
    ],
    ["{ access_token: 'a b', expiresIn: 1 }", `{ access_token: '${R}', expiresIn: 1 }`],
    [
      'https://c/login/microsoft/callback?code=0.AXo&state=xyz#f',
      `https://c/login/microsoft/callback?code=${R}&state=${R}#f`,
    ],
  ],
  'the password of an address': [
    ['smtp://user:hunter2@mail.example:25', `smtp://user:${R}@mail.example:25`],
    ['mongodb+srv://u:p@ss@h.example/x?y=1', `mongodb+srv://u:${R}@h.example/x?y=1`],
    ['at https:\\/\\/u:p@h', `at https:\\/\\/u:${R}@h`],
    ['http://:only@proxy', `http://:${R}@proxy`],
  ],
  'a link that lets somebody in': [
    ['https://c.example/connect/welcome/q83vEjRWeJA?x=1', `https://c.example/connect/welcome/${R}?x=1`],
    ['GET /login/reset/q83vEjRWeJA 200', `GET /login/reset/${R} 200`],
    ['next=%2Fwelcome%2Fq83v', `next=%2Fwelcome%2F${R}`],
  ],
  'a private key': [
    [`read ${KEY} from file`, `read ${R} from file`],
    [JSON.stringify({ key: KEY, x: 1 }), `{"key":"${R}","x":1}`],
    ['-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE cut off', R],
    ['{"key":"-----BEGIN RSA PRIVATE KEY-----\\nMIIE","x":1}', `{"key":"${R}","x":1}`],
  ],
}

const HARMLESS = [
  'AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value',
  'Microsoft does not accept our token',
  'WWW-Authenticate: Bearer realm="", error="invalid_token", error_description="expired"',
  'error.code=graph.throttled error.details.status=429',
  'https://graph.microsoft.com/v1.0/users/delta?$select=id,mail&$top=999',
  'https://host.example:8443/path?to=ana@contoso.example',
  "ana.muster-o'brien_contoso.example#EXT#@contoso.onmicrosoft.com",
  'Authorization_RequestDenied',
  'password must be 12 characters',
  '{"password":null,"passwordPolicies":"None","tokens":3}',
  '山田太郎 · محمد · 👩‍👩‍👧 · Zoë',
  '/v1.0/users/7b2cc25e-8f3e-4c1b-9d3a-1f9a7d0b6c55/welcome',
]

describe('the redactor', () => {
  for (const [what, cases] of Object.entries(KNOWN)) {
    it(`takes out ${what}`, () => {
      for (const [text, expected] of cases) expect(redact(text)).to.equal(expected)
    })
  }

  it('leaves everything else as it is', () => {
    for (const text of HARMLESS) expect(redact(text)).to.equal(text)
  })

  it('changes nothing more the second time', () => {
    for (const [text] of Object.values(KNOWN).flat()) expect(redact(redact(text))).to.equal(redact(text))
  })

  it('leaves JSON readable as JSON', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        ...Object.values(KNOWN)
          .flat()
          .map(([text]) => text),
      ),
    )
    const name = fc.constantFrom('password', 'client_secret', 'Authorization', 'cookie', 'x', 'link', '"', '\\')
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, leaf))), (value) => {
        for (const text of [JSON.stringify(value), JSON.stringify({ body: JSON.stringify(value) })]) {
          expect(() => void JSON.parse(redact(text)), text).not.to.throw()
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('takes out a named secret in every spelling', () => {
    const secret = 'Zü~rich/+ "x"\\ 8Q~%&ß?=#'
    const named = createRedactor([secret], { maskAddresses: false })
    const spelt = {
      plain: secret,
      component: encodeURIComponent(secret),
      lowerCase: encodeURIComponent(secret).toLowerCase().replace('z', 'Z').replace('q', 'Q'),
      uri: encodeURI(secret),
      form: new URLSearchParams({ x: secret }).toString(),
      json: JSON.stringify({ x: secret }),
      twice: JSON.stringify({ x: JSON.stringify({ y: secret }) }),
      base64: Buffer.from(secret).toString('base64'),
      base64url: Buffer.from(secret).toString('base64url'),
    }
    for (const [how, text] of Object.entries(spelt)) {
      const safe = named(`before ${text} after`)
      expect(safe, how)
        .to.match(/^before .* after$/)
        .and.to.contain(R)
      for (const part of ['Zü', 'rich', '8Q', 'Z%C3']) expect(safe, how).not.to.contain(part)
    }
  })

  it('finds a named secret in base64 wherever it starts', () => {
    const secret = 'pA55w0rd-of-the-mailbox'
    const named = createRedactor([secret], { maskAddresses: false })
    for (const user of ['', 'u', 'us', 'use', 'user']) {
      const text = Buffer.from(`${user}:${secret}`).toString('base64')
      const safe = named(`AUTH PLAIN ${text}`)
      expect(safe).to.contain(R)
      const kept = Buffer.from(safe.slice('AUTH PLAIN '.length).split(R).join(''), 'base64').toString()
      expect(kept).not.to.contain('w0rd')
    }
  })

  it('takes the longer of two secrets that begin alike', () => {
    const named = createRedactor(['secret-1', 'secret-1-and-more'], { maskAddresses: false })
    expect(named('secret-1-and-more secret-1')).to.equal(`${R} ${R}`)
  })

  it('leaves secrets of fewer than six characters, which would take words with them', () => {
    expect(createRedactor(['run', ''], { maskAddresses: false })('a run is running')).to.equal('a run is running')
  })

  it('takes named secrets as texts, not as patterns', () => {
    const named = createRedactor(['a.b*c+(d', '$&$1$`$$x', '[x-y]{3}'], { maskAddresses: false })
    expect(named('a.b*c+(d aXb*c+(d $&$1$`$$x [x-y]{3}')).to.equal(`${R} aXb*c+(d ${R} ${R}`)
  })

  it('finds a named secret inside any text', () => {
    const secret = fc.string({ minLength: 8, unit: 'grapheme' }).filter((text) => !R.includes(text))
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
        const safe = createRedactor([value], { maskAddresses: false })(before + value + after)
        expect(safe).not.to.contain(value)
      }),
    )
  })

  it('takes a time that grows with the text only, whatever the text: the hostile ones have a megabyte', () => {
    const both = createRedactor(['hunter2-hunter2'], { maskAddresses: true })
    const pieces = [
      'a',
      ' ',
      '.',
      '@',
      ':',
      '/',
      '\\',
      '"',
      "'",
      '%40',
      '-',
      '://',
      '://a:',
      'http://a:b',
      'eyJ',
      'eyJ-',
      'a.',
      "'a",
      'a@',
      '@a.',
      '\u0000',
      'ü',
      '😀',
      'password',
      'password=',
      'password" : "',
      'password\\":\\"',
      'token=\\',
      'bearer ',
      'basic ',
      '/welcome/',
      '/a-password',
      'authorization: ',
      'cookie=',
      '-----BEGIN ',
      '-----BEGIN PRIVATE KEY-----',
      '-----END ',
      'hunter2-',
      '\\\\\\"',
      '?code=',
      '$skiptoken=',
      '\n',
    ]
    const starts = [
      '',
      'token\\":\\"',
      'password":"',
      "secret: '",
      '://a:',
      'authorization:',
      'eyJ',
      '-----BEGIN PRIVATE KEY-----',
      'a@',
    ]
    for (const piece of pieces) {
      for (const start of starts) both(start + piece.repeat(Math.ceil(100_000 / piece.length)))
      both(piece.repeat(Math.ceil(1_000_000 / piece.length)))
    }
  })
})

describe('the mask of addresses', () => {
  const mask = createRedactor([], { maskAddresses: true })

  it('keeps the first letter and the domain', () => {
    const cases = {
      'ana@contoso.example': 'a•••@contoso.example',
      'to Ana <ana.müller+x@contoso.example>, ok': 'to Ana <a•••@contoso.example>, ok',
      "eq 'o'brien@contoso.example'": "eq 'o•••@contoso.example'",
      'ana_gmail.com#EXT#@contoso.onmicrosoft.com': 'a•••@contoso.onmicrosoft.com',
      '/users/ana%40contoso.example?x': '/users/a•••%40contoso.example?x',
      '山田@例え.example مرحبا@x.example': '山•••@例え.example م•••@x.example',
      'mailto:ana@x.example;bob@y.example': 'mailto:a•••@x.example;b•••@y.example',
      '𝒜na@x.example': '𝒜•••@x.example',
    }
    for (const [text, masked] of Object.entries(cases)) expect(mask(text)).to.equal(masked)
  })

  it('changes nothing more the second time, and nothing that is no address', () => {
    expect(mask(mask('ana@contoso.example'))).to.equal('a•••@contoso.example')
    for (const text of ['@odata.nextLink', 'a @ b', 'smtp://user:[redacted]@mail.example'])
      expect(mask(text)).to.equal(text)
  })

  it('is off unless asked for', () => {
    expect(redact('ana@contoso.example')).to.equal('ana@contoso.example')
  })
})
