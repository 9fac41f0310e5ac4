import { Client, ResponseType, type Context } from '@microsoft/microsoft-graph-client'
import { ConnectorError, MEANWHILE, toConnectorError } from '../domain/errors.js'
import { bearer } from './bearer.js'
import { Call, type Question, type Step } from './call.js'
import type { GraphCounters } from './events.js'
import { pace } from './pace.js'
import { insist, retry, type Tried } from './retry.js'
import { send, type Sending } from './send.js'
import type { Tokens } from './token.js'

/** Reads from Graph. Everything waits, renews its token and gives up by the same rules and on the same patience. */
export interface GraphClient {
  /** Base of all requests, version included, without a slash at the end. */
  readonly url: string
  readonly counters: Readonly<GraphCounters>
  /** `link` is sent verbatim. Throws `ConnectorError` and nothing else. */
  get<T>(link: string, question: Question<T>): Promise<T>
  /** The present token, or a new one, with the waiting rules of a request. */
  token(signal: AbortSignal): Promise<string>
  /** Refuses a link that leads elsewhere with `graph.foreign-link`, before anything is sent. */
  readonly guard: (link: string) => void
}

export interface ClientSetup extends Sending {
  readonly graphUrl: string
  readonly tokens: Tokens
}

/** guard → retry → bearer → pace → send, as the middleware of Microsoft's client. */
export function graphClient(setup: ClientSetup): GraphClient {
  const origin = new URL(setup.graphUrl).origin
  const guard = originGuard(origin)
  const chain = retry(setup, bearer(setup, pace(setup, send(setup))))
  const sdk = Client.initWithMiddleware({
    baseUrl: origin,
    middleware: { execute: (context) => throughChain(context, guard, chain) },
  })
  return {
    url: setup.graphUrl,
    counters: setup.counters,
    guard,
    get: async (link, question) => {
      const call = new Call(link, question)
      await sdk.api('/').middlewareOptions([call]).responseType(ResponseType.RAW).get()
      if (call.failure !== null) throw toConnectorError(call.failure, 'asking Microsoft Graph')
      if (!call.answer)
        throw new ConnectorError('bug', { message: 'A request to Microsoft Graph ended without an answer' })
      return call.answer.value
    },
    token: async (signal) => {
      const { tokens, patience, clock } = setup
      const tried: Tried = { signal, attempts: Infinity, startedAt: 0 }
      const ask = (): Promise<string> => tokens.get({ signal, timeoutMs: patience.leftMs(clock.elapsedMs()) })
      try {
        return await insist(setup, tried, ask)
      } catch (error) {
        throw toConnectorError(error, 'signing in')
      }
    },
  }
}

/** The SDK would wrap what is thrown within it into errors of its own: ours travel on the call. */
async function throughChain(context: Context, guard: (link: string) => void, chain: Step): Promise<void> {
  const call = context.middlewareControl?.getMiddlewareOptions(Call) as Call<unknown>
  try {
    guard(call.link)
    await chain(call)
  } catch (error) {
    call.failure = error
  }
  context.response = new Response()
}

/** Scheme, host and port must be Graph's: the token goes wherever the request goes. */
export function originGuard(origin: string): (link: string) => void {
  return (link) => {
    const url = URL.canParse(link) ? new URL(link) : null
    if (url?.origin === origin && url.username === '' && url.password === '') return
    throw new ConnectorError('graph.foreign-link', {
      message: `We stopped: an answer pointed to a server that is not Microsoft Graph (${url ? url.host : 'no address at all'})`,
      meanwhile: `${MEANWHILE.kept} Our token was not sent there.`,
      remedy: 'Check GRAPH_BASE_URL and the proxy; if both are right, report it with the details.',
    })
  }
}
