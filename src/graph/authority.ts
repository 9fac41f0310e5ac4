import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline'
import { ConnectorError, MEANWHILE } from '../domain/errors.js'
import { redirected } from './answers.js'
import { fieldsOf, jsonOf } from './envelope.js'
import type { Exchange, ExchangeAnswer } from './exchange.js'
import { incomplete } from './network-failure.js'
import { refusal, type SignInAttempt } from './refusals.js'
import type { TokenWait } from './token.js'

/**
 * Microsoft's sign-in library answers for some of its hosts under another name, and knows https only. It is told the
 * name it would use anyway; what it then sends goes to the configured authority and nowhere else.
 */
const KNOWN_AS: Readonly<Record<string, string>> = {
  'login.windows.net': 'login.microsoftonline.com',
  'login.microsoft.com': 'login.microsoftonline.com',
  'sts.windows.net': 'login.microsoftonline.com',
  'login.usgovcloudapi.net': 'login.microsoftonline.us',
  'login.chinacloudapi.cn': 'login.partner.microsoftonline.cn',
}
const STAND_IN = 'https://login.microsoftonline.com'

/** The authority as the library is told. Plain http (loopback only, by the settings) has a stand-in. */
export function libraryAuthority(authorityHost: string): string {
  const { protocol, host, origin } = new URL(authorityHost)
  if (protocol === 'http:') return STAND_IN
  const knownAs = KNOWN_AS[host]
  return knownAs ? `https://${knownAs}` : origin
}

/** The library's way out: one for each token request. `failure` is what really happened; the library wraps errors. */
export interface Door {
  readonly httpClient: HttpClient
  failure(): ConnectorError | null
}

export interface DoorSetup {
  readonly authorityHost: string
  readonly exchange: Exchange
  readonly attempt: SignInAttempt
  readonly wait: TokenWait
}

/** Lets requests out to the authority only, and lets only successes in: everything else is judged here. */
export function openDoor(setup: DoorSetup): Door {
  let failure: ConnectorError | null = null
  return {
    failure: () => failure,
    httpClient: {
      sendRequest: async (request) => {
        try {
          const answer = await through(setup, request)
          const headers = createHttpHeaders(answer.headers)
          return { request, status: answer.status, headers, bodyAsText: answer.text }
        } catch (error) {
          if (error instanceof ConnectorError) failure = error
          throw error
        }
      },
    },
  }
}

async function through(setup: DoorSetup, request: PipelineRequest): Promise<ExchangeAnswer> {
  const url = addressOf(request.url, setup.authorityHost)
  const { signal, timeoutMs } = setup.wait
  const body = typeof request.body === 'string' ? { body: request.body } : {}
  const { 'content-type': type, accept = 'application/json' } = request.headers.toJSON()
  const headers = { accept, 'user-agent': 'entra-connector', ...(type ? { 'content-type': type } : {}) }
  const method = request.method === 'POST' ? 'POST' : 'GET'
  const answer = await setup.exchange({ method, url, headers, ...body, signal, timeoutMs })
  const { host } = new URL(setup.authorityHost)
  if (answer.status >= 300 && answer.status < 400) throw redirected(answer, host, {})
  if (answer.status >= 400) throw refusal(answer, setup.attempt)
  const fields = fieldsOf(jsonOf(answer.text))
  const whole = fields && (method === 'GET' || typeof fields['access_token'] === 'string')
  if (!whole)
    throw incomplete({ status: answer.status, words: `${host} sent no ${method === 'GET' ? 'document' : 'token'}` })
  return answer
}

function addressOf(asked: string, authorityHost: string): string {
  const expected = libraryAuthority(authorityHost)
  const { origin, host } = new URL(asked)
  if (origin === expected) return new URL(authorityHost).origin + asked.slice(expected.length)
  throw new ConnectorError('graph.foreign-link', {
    message: `We stopped: signing in would have sent our credential to ${host}, which is not the configured authority`,
    meanwhile: `${MEANWHILE.kept} Nothing was sent there.`,
    remedy: 'Check AZURE_AUTHORITY_HOST, and leave AZURE_REGIONAL_AUTHORITY_NAME unset.',
  })
}
