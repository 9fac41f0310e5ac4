import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Reports in the forms of common mail systems, all about one email to one address. */

const FOLDER = fileURLToPath(new URL('../../../test/mail/reports/', import.meta.url))

export const EMAIL_ID = '5f0c1f9e-3f7a-4c1b-9d3e-0a1b2c3d4e5f'
export const ADDRESS = 'ada@fabrikam.example'

/** Samples whose name starts with `none-` are no report of a failure. */
export const SAMPLES: readonly string[] = readdirSync(FOLDER).map((file) => file.replace(/\.eml$/, ''))

/** As it comes over the wire. */
export function sample(name: string): Buffer {
  return Buffer.from(readFileSync(`${FOLDER}${name}.eml`, 'utf8').replaceAll('\n', '\r\n'))
}

/** A plain report about any email. */
export function aReport(emailId: string, address: string, more = ''): Buffer {
  const text = sample('postfix').toString().replaceAll(EMAIL_ID, emailId).replaceAll(ADDRESS, address)
  return Buffer.from(`${more}${text}`)
}
