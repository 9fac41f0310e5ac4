import { ConnectorError, MEANWHILE, WAIT, type ErrorDetails } from '../domain/errors.js'

/** What a failed connection means for people. `began`: the answer had started, so something was cut short. */
export interface FailedExchange {
  readonly url: string
  readonly began: boolean
  readonly timedOut: boolean
}

/** How OpenSSL and Node name a certificate that is not to be trusted. */
const UNTRUSTED =
  /CERT|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH|UND_ERR_PRX_TLS/

export function networkFailure(error: unknown, { url, began, timedOut }: FailedExchange): ConnectorError {
  const host = new URL(url).host
  const { code, words } = timedOut ? { code: 'TIMEOUT', words: 'no answer in time' } : innermost(error)
  const details: ErrorDetails = { code, words }
  if (UNTRUSTED.test(code)) {
    return new ConnectorError('graph.untrusted-certificate', {
      message: `${host} shows a certificate this machine does not trust`,
      meanwhile: MEANWHILE.progress,
      remedy: 'Is there an inspecting proxy? Put its authority into NODE_EXTRA_CA_CERTS; never switch checking off.',
      details,
    })
  }
  if (began) return incomplete(details)
  return new ConnectorError('graph.unreachable', {
    message: `We cannot reach ${host}`,
    meanwhile: MEANWHILE.progress,
    remedy: 'Check from this machine: name resolution, firewall, HTTPS_PROXY and NO_PROXY.',
    details,
  })
}

export function incomplete(details: ErrorDetails): ConnectorError {
  return new ConnectorError('graph.incomplete-answer', {
    message: 'An answer from Microsoft was incomplete',
    meanwhile: `${MEANWHILE.progress} We did not take it for an empty tenant.`,
    remedy: `${WAIT} Three times in a row: send the details to Microsoft support.`,
    details,
  })
}

/** Libraries wrap: a fetch error has a cause, a dual-stack connect has one error for each address. */
function innermost(error: unknown): { code: string; words: string } {
  const outer = { code: codeOf(error), words: error instanceof Error ? error.message : String(error) }
  const [inner] = error instanceof AggregateError ? (error.errors as unknown[]) : []
  const cause = inner ?? (error instanceof Error ? error.cause : undefined)
  if (cause === undefined) return { code: outer.code ?? 'NETWORK', words: outer.words }
  const deeper = innermost(cause)
  return deeper.code === 'NETWORK' ? { code: outer.code ?? 'NETWORK', words: outer.words } : deeper
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
