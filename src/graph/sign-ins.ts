import type { SignIn, SignInPage, SignInSource, SignInWindow } from '../domain/directory.js'
import type { AnswerFacts } from './call.js'
import type { GraphClient } from './client.js'
import { fieldsOf } from './envelope.js'
import { collection, wellFormed } from './wire.js'

/** What Graph allows and gives when nothing is asked for. */
const PAGE_SIZE = 1000
const NOBODY = /^[0-]*$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

/** The tenant's sign-in log, interactive sign-ins only: that is what v1.0 holds (signin-list.md). */
export function signInSource(client: GraphClient, appIds: readonly string[]): SignInSource {
  return {
    appIds,
    page: (at, signal) => {
      const link = 'link' in at ? at.link : windowLink(client.url, at)
      const read = (body: unknown, facts: AnswerFacts): SignInPage => {
        const page = signInPage(body, facts, at.appId)
        if (page.next !== null) client.guard(page.next)
        return page
      }
      return client.get(link, { signal, read })
    },
  }
}

/** Times unquoted, or Graph answers 400 (graph-docs#14173); whole seconds, rounded outwards. */
function windowLink(url: string, { appId, from, until }: SignInWindow): string {
  const first = seconds(Math.floor(Date.parse(from) / 1000))
  const last = seconds(Math.ceil(Date.parse(until) / 1000))
  const app = appId.replaceAll("'", "''")
  const filter = `createdDateTime ge ${first} and createdDateTime le ${last} and appId eq '${app}'`
  const query = encodeURIComponent(filter).replaceAll("'", '%27')
  return `${url}/auditLogs/signIns?$filter=${query}&$top=${PAGE_SIZE}`
}

function seconds(sinceEpoch: number): string {
  return new Date(sinceEpoch * 1000).toISOString().replace('.000Z', 'Z')
}

export function signInPage(body: unknown, facts: AnswerFacts, appId: string): SignInPage {
  const { value, link } = collection(body, facts)
  const signIns: SignIn[] = []
  let oldest: string | null = null
  let newestFirst = true
  for (const row of value) {
    const fields = fieldsOf(row)
    const at = instant(fields?.['createdDateTime'])
    if (!fields || at === null) continue
    if (oldest !== null && at > oldest) newestFirst = false
    oldest = at
    const entraObjectId = proven(fields, appId)
    if (entraObjectId === null) continue
    signIns.push({ entraObjectId, at, correlationId: identifier(fields['correlationId']) })
  }
  return { signIns, read: value.length, oldest: newestFirst ? oldest : null, next: link('@odata.nextLink') }
}

/** Whose successful interactive sign-in to the application this is, or null. */
function proven(fields: Readonly<Record<string, unknown>>, appId: string): string | null {
  const app = fields['appId']
  const sameApp = typeof app === 'string' && app.toLowerCase() === appId.toLowerCase()
  const succeeded = fieldsOf(fields['status'])?.['errorCode'] === 0
  if (!sameApp || !succeeded || fields['isInteractive'] === false) return null
  return identifier(fields['userId'])?.toLowerCase() ?? null
}

/** Empty strings and zeros stand where null would be expected. */
function identifier(value: unknown): string | null {
  return typeof value === 'string' && !NOBODY.test(value) ? wellFormed(value) : null
}

/** Up to seven fraction digits are cut to milliseconds. */
function instant(value: unknown): string | null {
  if (typeof value !== 'string' || !INSTANT.test(value)) return null
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
