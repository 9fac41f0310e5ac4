import { expect } from 'chai'
import fc from 'fast-check'
import { readReport } from '../../src/mail/report.js'
import { EMAIL_ID, sample, SAMPLES } from './reports.js'

const KNOWN = SAMPLES.map((name) => ({ name, text: sample(name).toString('latin1') }))

/** What a careless or malicious mail system may do to a message. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(), length: fc.nat(200) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.nat(2000) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), text: fc.oneof(fc.string(), awkward()) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
)

function awkward(): fc.Arbitrary<string> {
  return fc.constantFrom(
    '\r\n\r\n',
    '\r',
    '\0',
    '\n.\n',
    '--',
    '"',
    ';',
    '=?x-unknown?Q?=FF?=',
    '=?utf-8?B?////?=',
    "; charset*=x-none''%FF%00",
    '; charset="iso-2022-kr"',
    '; boundary=""',
    'Content-Transfer-Encoding: base64\r\n',
    'Content-Transfer-Encoding: x-uuencode\r\n',
    'Content-Type: message/rfc822\r\n',
    'Content-Type: multipart/mixed; boundary=1794-eximdsn-12\r\n',
    '\u00ff\u00fe',
  )
}

function mutated(text: string, mutations: readonly (typeof mutation extends fc.Arbitrary<infer M> ? M : never)[]) {
  return mutations.reduce((was, one) => {
    const at = was.length === 0 ? 0 : one.at % was.length
    if (one.kind === 'cut') return was.slice(0, at)
    if (one.kind === 'insert') return was.slice(0, at) + one.text + was.slice(at)
    const piece = was.slice(at, at + one.length)
    return one.kind === 'delete'
      ? was.slice(0, at) + was.slice(at + one.length)
      : was.slice(0, at) + piece + was.slice(at)
  }, text)
}

describe('delivery reports nobody should have written', () => {
  it('never throw: random bytes', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc.uint8Array({ maxLength: 3000 }).map((rest) => {
        const head = 'Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n'
        return Buffer.concat([Buffer.from(head), rest])
      }),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (raw) => {
        expect(await readReport(Buffer.from(raw))).to.equal(null)
      }),
      { numRuns: 300 },
    )
  })

  it('never throw, and name no email that does not stand there: mutated samples', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KNOWN),
        fc.array(mutation, { minLength: 1, maxLength: 8 }),
        async ({ text }, mutations) => {
          const report = await readReport(Buffer.from(mutated(text, mutations), 'latin1'))
          for (const id of report?.emailIds ?? []) expect(id).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
          for (const { recipients, words } of report?.failures ?? []) {
            expect(recipients).not.to.be.empty
            expect(words.length).to.be.within(1, 1000)

            expect(words).not.to.match(/[\u0000-\u001f\u007f-\u009f]/)
          }
        },
      ),
      { numRuns: 800 },
    )
  })

  it('never take an id from text, however the lines around it look', async () => {
    const forged = '99999999-8888-4777-8666-555555555555'
    const line = fc.constantFrom(
      `Message-ID: <${forged}@contoso.example>`,
      `X-Entra-Connector-Email: ${forged}`,
      `Original-Envelope-Id: ${forged}`,
      'Content-Type: message/rfc822',
      'Content-Type: text/rfc822-headers',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=inner',
      '--inner',
      '--inner--',
      'Action: failed',
      '',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('exim', 'gmail', 'postfix'),
        fc.array(line, { minLength: 1, maxLength: 12 }),
        async (name, lines) => {
          const block = lines.join('\r\n')
          const raw = sample(name)
            .toString()
            .replace(/(Content-[Tt]ype: text\/plain[^\r]*\r\n\r\n)/, (head) => `${head}${block}\r\n`)
            .replace(/this is what we wrote\./, block)
            .replace(/(Diagnostic-Code: smtp;)/, (head) => `${head} ${lines.join(' ')}`)
          expect(raw).to.contain(forged.slice(0, lines.some((one) => one.includes(forged)) ? 36 : 0))
          const report = await readReport(Buffer.from(raw))
          expect(report?.emailIds).to.deep.equal([EMAIL_ID])
        },
      ),
      { numRuns: 300 },
    )
  })
})
