import { AsyncLocalStorage } from 'node:async_hooks'
import { createDefaultHttpClient, type HttpClient, type PipelineResponse } from '@azure/core-rest-pipeline'
import { ManagedIdentityCredential } from '@azure/identity'
import { ConnectorError, MEANWHILE, WAIT } from '../domain/errors.js'
import { interruption } from './clock.js'
import { throttled, unavailable } from './passing.js'
import type { SignInAttempt } from './refusals.js'
import { issuedNow, type IssuedToken, type TokenWait } from './token.js'

/** The endpoint is on this machine; one that is not there must not be waited for. */
const TIMEOUT_MS = 10_000

interface Asking {
  readonly wait: TokenWait
  last: PipelineResponse | null
}

/**
 * The library keeps the first connection it is given for as long as the process lives, whichever credential it came
 * with: so there is one for all, and each request finds what it belongs to by itself.
 */
const asking = new AsyncLocalStorage<Asking>()
const own = createDefaultHttpClient()
const httpClient: HttpClient = {
  sendRequest: async (request) => {
    const asked = asking.getStore()
    if (!asked) return own.sendRequest(request)
    request.abortSignal = asked.wait.signal
    request.timeout = Math.max(1, Math.min(TIMEOUT_MS, asked.wait.timeoutMs))
    asked.last = await own.sendRequest(request)
    return asked.last
  },
}

/**
 * A token from the machine's own identity, over the library's own connection: which endpoint that is, only the library
 * knows. The endpoint keeps tokens itself, so a renewal may give the same one again.
 */
export async function managedIdentityToken(
  attempt: SignInAttempt,
  scope: string,
  wait: TokenWait,
): Promise<IssuedToken> {
  const asked: Asking = { wait, last: null }
  const identity = attempt.clientId === null ? {} : { clientId: attempt.clientId }
  try {
    const credential = new ManagedIdentityCredential({ ...identity, retryOptions: { maxRetries: 0 }, httpClient })
    return issuedNow(await asking.run(asked, () => credential.getToken(scope)))
  } catch (error) {
    if (wait.signal.aborted) throw interruption(wait.signal)
    throw failureOf(asked.last, attempt, error)
  }
}

function failureOf(last: PipelineResponse | null, { words, now }: SignInAttempt, error: unknown): ConnectorError {
  const said = words.clean(error instanceof Error ? error.message : String(error))
  if (!last) {
    return new ConnectorError('graph.unreachable', {
      message: "We cannot reach this machine's managed identity",
      meanwhile: MEANWHILE.progress,
      remedy: `${WAIT} If it stays: does this machine run in Azure, and has it an identity?`,
      details: { words: said },
    })
  }
  const details = { status: last.status, words: said, at: now().toISOString() }
  const answer = { status: last.status, headers: last.headers.toJSON(), text: '' }
  if (last.status === 429) return throttled("This machine's managed identity", { answer, now: now(), details })
  // 404 and 410 are what the endpoint says while it is being updated.
  if (last.status >= 500 || [404, 408, 410].includes(last.status)) {
    return unavailable("This machine's managed identity is unavailable for now", { answer, now: now(), details })
  }
  return new ConnectorError('sign-in.refused', {
    message: "This machine's managed identity gives no token",
    meanwhile: MEANWHILE.kept,
    remedy:
      'Azure portal → this machine → Security → Identity: switch it on. With a user-assigned identity, AZURE_CLIENT_ID is its client ID.',
    details,
  })
}
