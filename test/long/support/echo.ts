import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A Microsoft that says back whatever it was sent: the secret, the token and the links, in every place of an answer
 * that can hold a text.
 */

export const SKIP_TOKEN = 'sk1pT0ken-of-the-second-page'
export const DELTA_TOKEN = 'd3ltaT0ken-of-the-next-round'
/** Looks like one, and is told to nobody but the connector. */
export const ACCESS_TOKEN = `eyJhbGciOiJub25lIn0.${Buffer.from(
  JSON.stringify({ tid: '7d1f0c52-3b8e-4a61-9c0d-5e2a4f7b9c11', roles: ['User.Read.All', 'AuditLog.Read.All'] }),
).toString('base64url')}.c1gnature-that-nobody-else-may-see`

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What was sent, as the answer may repeat it. */
export interface Heard {
  /** Everything: link, headers and body. */
  readonly all: string
  readonly token: string
  readonly link: string
}

export interface Behaviour {
  readonly token?: (heard: Heard) => Reply
  readonly first?: (heard: Heard) => Reply
  readonly second?: (heard: Heard) => Reply
  readonly signIns?: (heard: Heard) => Reply
}

export interface Echo {
  readonly url: string
  close(): void
}

export async function anEcho(behaviour: Behaviour): Promise<Echo> {
  let url = ''
  const server: Server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const path = request.url ?? ''
      const heard: Heard = {
        all: `${path} ${JSON.stringify(request.headers)} ${body} ${decodeURIComponent(body.replaceAll('+', ' '))}`,
        token: request.headers.authorization ?? '',
        link: url + path,
      }
      const { status, headers = {}, body: answer } = replyTo(path, heard)
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }

  function replyTo(path: string, heard: Heard): Reply {
    if (path.includes('/oauth2/')) return behaviour.token?.(heard) ?? granted
    if (path.includes('/.well-known/')) return discovery(url)
    if (path.includes('signIns')) return behaviour.signIns?.(heard) ?? { status: 200, body: { value: [] } }
    if (!path.includes('delta')) return { status: 404, body: refusal('Request_ResourceNotFound', heard) }
    if (path.includes(SKIP_TOKEN)) return behaviour.second?.(heard) ?? last(url)
    return behaviour.first?.(heard) ?? first(url)
  }
}

const granted: Reply = { status: 200, body: { token_type: 'Bearer', expires_in: 3599, access_token: ACCESS_TOKEN } }

/** An error as Graph words it, repeating what it heard. */
export function refusal(code: string, { all, token, link }: Heard): unknown {
  const ids = { 'request-id': token, 'client-request-id': token, date: link }
  return { error: { code, message: `Cannot do ${link} with ${token}: ${all}`, innerError: { code: token, ...ids } } }
}

const page = (url: string, link: string): Reply => {
  const id = 'a1d0e7c4-0b1f-4c55-8d0e-3f6b2a7c9101'
  const value = [{ id, userPrincipalName: 'ana@contoso.example', displayName: 'Ana', accountEnabled: true }]
  return { status: 200, body: { value, [link.includes('skip') ? '@odata.nextLink' : '@odata.deltaLink']: url + link } }
}
const first = (url: string): Reply => page(url, `/v1.0/users/delta?$skiptoken=${SKIP_TOKEN}`)
const last = (url: string): Reply => page(url, `/v1.0/users/delta?$deltatoken=${DELTA_TOKEN}`)

function discovery(url: string): Reply {
  const tenant = `${url}/7d1f0c52-3b8e-4a61-9c0d-5e2a4f7b9c11`
  return {
    status: 200,
    body: {
      issuer: `${tenant}/v2.0`,
      token_endpoint: `${tenant}/oauth2/v2.0/token`,
      authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
      jwks_uri: `${tenant}/discovery/v2.0/keys`,
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
