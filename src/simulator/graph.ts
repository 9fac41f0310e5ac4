import { emptyAnswer, graphAnswer, jsonAnswer, GRAPH_JSON, type Answer } from './answer.js'
import { deletedItem, deletedPage } from './deleted-items.js'
import { badRequest, errorBody, GraphRefusal, notPremium, permissionDenied, unknownSegment } from './errors.js'
import { segmentsOf, type Exchange } from './exchange.js'
import { onePerson, userCount, userPage } from './listing.js'
import { inboxPage, messageValue } from './inbox-pages.js'
import { GROUP_ROUTES } from './group-routes.js'
import { sendMail } from './outbox.js'
import { costOf } from './resource-units.js'
import { mayRead, READS_USERS, route, type Route } from './route.js'
import { signInPage } from './sign-in-pages.js'
import type { GraphRequest, Tenant } from './tenant.js'

const READS_AUDIT = ['AuditLog.Read.All']
const READS_MAIL = ['Mail.Read', 'Mail.ReadWrite']
const READS_ORGANIZATION = ['Organization.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All']

/** Paths are matched in lower case and without the version. The bound-function spellings of delta are one thing. */
const ROUTES: readonly Route[] = [
  ...GROUP_ROUTES,
  route(/^users\/(microsoft\.graph\.)?delta(\(\))?$/, 'users/delta', READS_USERS, deltaPage),
  route(/^users$/, 'users', READS_USERS, userPage),
  route(/^users\/\$count$/, 'users/$count', READS_USERS, userCount),
  route(/^users\/[^/]+$/, 'users/{id}', READS_USERS, onePerson),
  route(/^directory\/deleteditems\/microsoft\.graph\.user$/, 'directory/deletedItems', READS_USERS, deletedPage),
  route(
    /^directory\/deleteditems(\/microsoft\.graph\.user)?\/[^/]+$/,
    'directory/deletedItems/{id}',
    READS_USERS,
    deletedItem,
  ),
  { ...route(/^auditlogs\/signins$/, 'auditLogs/signIns', READS_AUDIT, signIns), area: 'audit' },
  route(/^organization$/, 'organization', READS_ORGANIZATION, organization),
  {
    ...route(/^users\/[^/]+\/(microsoft\.graph\.)?sendmail$/, 'users/{id}/sendMail', ['Mail.Send'], sendMail),
    area: 'mail',
    method: 'POST',
  },
  {
    ...route(/^users\/[^/]+\/mailfolders\/inbox\/messages$/, 'users/{id}/inbox', READS_MAIL, inboxPage),
    area: 'mail',
  },
  {
    ...route(
      /^users\/[^/]+\/(mailfolders\/inbox\/)?messages\/[^/]+\/\$value$/,
      'users/{id}/messages/$value',
      READS_MAIL,
      messageValue,
    ),
    area: 'mail',
  },
]

/** The route of a path below the version, for counting; the path itself where there is none. */
export function routeName(path: string): string {
  const found = findRoute((segmentsOf(path) ?? []).slice(1))
  return found?.name ?? path.toLowerCase()
}

/** Everything below `/v1.0`. Refusals come back as Graph's error bodies. */
export function answerGraph(tenant: Tenant, exchange: Exchange, body: string): Answer {
  try {
    return withDiagnostics(exchange, authorized(tenant, exchange, body))
  } catch (error) {
    if (!(error instanceof GraphRefusal)) throw error
    const headers = { 'Content-Type': GRAPH_JSON, ...error.extras.headers }
    if (error.extras.withoutBody) return withDiagnostics(exchange, emptyAnswer(error.status, error.extras.headers))
    return withDiagnostics(exchange, jsonAnswer(error.status, errorBody(error, exchange), headers))
  }
}

function authorized(tenant: Tenant, exchange: Exchange, body: string): Answer {
  const roles = tenant.tokens.rolesOf(exchange.headers.authorization)
  const segments = segmentsOf(exchange.path)
  if (!segments) throw badRequest('The path cannot be decoded.')
  const [, ...rest] = segments
  const found = findRoute(rest)
  if (!found) throw unknownSegment(rest.join('/'))
  if (exchange.method !== found.method)
    throw new GraphRefusal(405, 'Request_BadRequest', 'Specified HTTP method is not allowed.')
  if (!mayRead(roles, found.permissions)) throw permissionDenied(found.area, found.permissions[0] ?? '')
  const cost = costOf(found.name, exchange.query)
  const refusal = found.area === 'directory' ? tenant.units.spend(cost, exchange.at) : null
  if (refusal) throw refusal
  const answer = found.handler(tenant, { exchange, roles, last: rest.at(-1) ?? '', segments: rest, body })
  return { ...answer, headers: { 'x-ms-resource-unit': String(cost), ...answer.headers } }
}

function findRoute(segments: readonly string[]): Route | undefined {
  const path = segments.join('/').toLowerCase()
  return ROUTES.find(({ pattern }) => pattern.test(path))
}

function deltaPage({ delta }: Tenant, { exchange }: GraphRequest): Answer {
  const prefer = exchange.headers['prefer']
  return delta.answer(exchange.query, /return\s*=\s*minimal/i.test(String(prefer ?? '')))
}

function signIns(tenant: Tenant, { exchange }: GraphRequest): Answer {
  if (tenant.licence === 'none') throw notPremium()
  return signInPage(tenant.signIns, exchange, tenant.origin())
}

function organization({ origin, tenantId, domain }: Tenant): Answer {
  const verifiedDomains = [{ capabilities: 'Email', isDefault: true, isInitial: true, name: domain, type: 'Managed' }]
  const value = [{ id: tenantId, displayName: 'Contoso', tenantType: 'AAD', verifiedDomains }]
  return graphAnswer({ '@odata.context': `${origin()}/v1.0/$metadata#organization`, value })
}

function withDiagnostics(exchange: Exchange, answer: Answer): Answer {
  return {
    ...answer,
    headers: {
      'request-id': exchange.requestId,
      'client-request-id': exchange.clientRequestId,
      'x-ms-ags-diagnostic': DIAGNOSTIC,
      'x-ms-resource-unit': '1',
      ...answer.headers,
    },
  }
}

const DIAGNOSTIC = JSON.stringify({
  ServerInfo: { DataCenter: 'Simulated', Slice: 'E', Ring: '0', ScaleUnit: '000', RoleInstance: 'SIM00001' },
})
