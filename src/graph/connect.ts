import type { MicrosoftConfig, NetworkConfig, Secrets } from '../config/config.js'
import type { DirectorySource, GroupSource, SignInSource } from '../domain/directory.js'
import type { IdentityProvider } from '../login/identity-provider.js'
import type { ReportSource } from '../mail/report-source.js'
import type { Transport } from '../mail/transport.js'
import { realClock, type Clock } from './clock.js'
import { graphClient } from './client.js'
import { codeFlow } from './code-flow.js'
import { certificateOf, tokenRequests } from './credential.js'
import type { GraphCounters, GraphEvent } from './events.js'
import type { Exchange } from './exchange.js'
import { groupSource } from './groups.js'
import { graphMail, type GraphMailLimits } from './mail.js'
import { graphMailbox } from './mailbox.js'
import { openNetwork } from './network.js'
import { probe, type Probed } from './permissions.js'
import { signInSource } from './sign-ins.js'
import { decodeToken, tokenKeeper, type TokenClaims } from './token.js'
import { directorySource } from './users.js'
import { httpDate, patience } from './waiting.js'
import { words } from './words.js'

export interface ConnectOptions {
  readonly microsoft: MicrosoftConfig
  readonly secrets: Pick<Secrets, 'clientSecret' | 'certificatePassword'>
  readonly network: NetworkConfig
  /** Applications whose sign-ins count; none: `signIns` is null. */
  readonly appIds: readonly string[]
  /** What scope and mapping read besides the properties of the profile. */
  readonly paths?: readonly string[]
  readonly now: () => Date
  readonly onEvent?: (event: GraphEvent) => void
  /** Instead of connections of its own. */
  readonly exchange?: Exchange
  readonly clock?: Clock
}

export interface MicrosoftConnection {
  readonly directory: DirectorySource
  readonly groups: GroupSource
  readonly signIns: SignInSource | null
  /** Emails sent from this mailbox. Keep it: it paces itself. */
  mail(sender: string, limits?: GraphMailLimits): Transport
  /** Delivery reports in the inbox of this mailbox; Graph may say nothing for `silenceMs`. */
  mailbox(address: string, limits?: { readonly silenceMs?: number }): ReportSource
  /** "Log in with Microsoft". Keep it: it remembers Microsoft's keys. */
  logins(limits?: { readonly limitMs?: number }): IdentityProvider
  /** Since the connection was opened. */
  counters(): GraphCounters
  /** What a fresh token says: grants show only in new ones. */
  freshClaims(signal: AbortSignal): Promise<TokenClaims>
  probe(area: Probed, signal: AbortSignal): Promise<{ readonly serverTime: Date | null }>
  /** How far this machine's clock is ahead of the server that answered last, in milliseconds; null before any answer. */
  clockAheadMs(): number | null
  /** Null when we sign in with something else. Throws `settings.invalid` when it cannot be used. */
  certificate(): Promise<{ readonly thumbprint: string; readonly endsAt: Date } | null>
  close(): Promise<void>
}

/** Everything of Microsoft's, built once. Throws `settings.invalid`; nothing is sent before the first question. */
export function connect(options: ConnectOptions): MicrosoftConnection {
  const { microsoft, secrets, now, onEvent = () => undefined } = options
  const network = options.exchange ? { exchange: options.exchange, close: null } : openNetwork(options.network)
  let aheadMs: number | null = null
  const exchange: Exchange = async (request) => {
    const answer = await network.exchange(request)
    const serverTime = httpDate(answer.headers['date'] ?? '')
    if (serverTime !== null) aheadMs = now().getTime() - serverTime
    return answer
  }
  const redaction = words(secrets.clientSecret, secrets.certificatePassword)
  const credential = { microsoft, secrets, exchange, words: redaction, now }
  const tokens = tokenKeeper(tokenRequests(credential), now)
  const counters: GraphCounters = { requests: 0, throttled: 0, retried: 0 }
  const clock = options.clock ?? realClock(now)
  const client = graphClient({
    graphUrl: microsoft.graphUrl,
    app: { clientId: microsoft.clientId, tenantId: microsoft.tenantId },
    clock,
    patience: patience(microsoft.giveUpAfterMs),
    words: redaction,
    tokens,
    exchange,
    counters,
    onEvent,
  })
  return {
    directory: directorySource(client, options.paths ?? [], microsoft.tenantId),
    groups: groupSource(client),
    signIns: options.appIds.length === 0 ? null : signInSource(client, options.appIds),
    mail: (sender, limits = {}) =>
      graphMail({
        sender,
        client,
        exchange,
        clock,
        words: redaction,
        counters,
        dropToken: (refused) => tokens.drop(refused),
        ...limits,
      }),
    mailbox: (address, limits = {}) => graphMailbox({ mailbox: address, client, now, ...limits }),
    logins: (limits = {}) => codeFlow({ ...credential, ...limits }),
    counters: () => ({ ...counters }),
    freshClaims: async (signal) => {
      tokens.drop(null)
      return decodeToken(await client.token(signal))
    },
    probe: (area, signal) => probe(client, area, signal),
    clockAheadMs: () => aheadMs,
    certificate: async () => {
      const certificate = await certificateOf(credential)
      return certificate && { thumbprint: certificate.thumbprint, endsAt: certificate.endsAt }
    },
    close: async () => {
      tokens.close()
      await network.close?.()
    },
  }
}
