import { readFileSync } from 'node:fs'
import type { Config, Secrets } from './config/config.js'
import { CLAIM_MS, LINK_MS } from './domain/ahead.js'
import type { Run } from './domain/run.js'
import type { MicrosoftConnection } from './graph/connect.js'
import type { Log } from './logging/log.js'
import type { ReportSource } from './mail/report-source.js'
import type { Message, Sender, Transport } from './mail/transport.js'
import type { Delivered, DeliverOptions, Letter } from './onboarding/deliver.js'
import { holderName, isDeadHere } from './store/holder.js'
import type { ConnectionStore } from './store/port.js'

export interface PostParts {
  readonly config: Config
  readonly secrets: Secrets
  readonly store: ConnectionStore
  readonly log: Log
  readonly now: () => Date
  /** Needed where emails go out, or reports come in, through Graph. */
  readonly microsoft: () => MicrosoftConnection
}

/** The emails of one connection: what is owed goes out, what comes back undeliverable is recorded. */
export interface Post {
  /** Nothing to send: no connection. */
  deliver(options: Pick<DeliverOptions, 'signal' | 'onSent' | 'to' | 'patient'>): Promise<Delivered>
  /** Never throws for what a mailbox does; `off` without BOUNCES_URL. */
  readBounces(signal: AbortSignal): Promise<Run['bounces']>
  /** One report, as a provider posts it. */
  applyBounce(raw: Buffer): Promise<void>
  close(): Promise<void>
}

/** Opens nothing before it is needed: most commands and most runs have nothing to do with email. */
export function openPost(parts: PostParts): Post {
  const { config, store, log, now } = parts
  let transport: Promise<Transport> | null = null
  let source: Promise<ReportSource> | null = null
  return {
    async deliver(options) {
      const enabled = config.connection.emailEnabled
      const nothing = { sent: 0, failed: 0, mail: null, stopped: false }
      // Claims of a process that died are looked at, too, though they are not due yet.
      const soon = new Date(now().getTime() + CLAIM_MS).toISOString()
      if (!enabled || (await store.due(soon, 1)).length === 0) return { ...nothing, owed: await store.owed() }
      const { deliverOwed } = await import('./onboarding/deliver.js')
      const compose = await composer(config, now)
      transport ??= openTransport(parts)
      return deliverOwed({
        store,
        transport: await transport,
        compose,
        enabled,
        holder: holderName(),
        isDead: isDeadHere,
        log,
        now,
        ...options,
      })
    },
    async readBounces(signal) {
      if (config.bounces === null) return { outcome: 'off', read: 0, failed: 0, reason: null }
      const { readBounces } = await import('./onboarding/bounces.js')
      source ??= openSource(parts)
      return readBounces({ store, source: await source, now, log, signal })
    },
    async applyBounce(raw) {
      const { readReport } = await import('./mail/report.js')
      const { applyReport } = await import('./onboarding/bounces.js')
      const report = await readReport(raw)
      if (report) await applyReport(report, { store, now })
    },
    async close() {
      await (await transport)?.close()
      await (await source)?.close()
    },
  }
}

async function composer(config: Config, now: () => Date): Promise<(letter: Letter) => Message> {
  const [{ compose }, { readTexts }, { languageOf }] = await Promise.all([
    import('./mail/compose.js'),
    import('./texts/own-texts.js'),
    import('./texts/index.js'),
  ])
  const { texts } = readTexts(config.texts ?? {})
  const { name, organisation, supportContact, language } = config.intranet
  const from = senderOf(config)
  return ({ email, user, to, link, sender, firstSentAt }) =>
    compose({
      email,
      language: languageOf(user.preferredLanguage, language),
      to,
      from,
      user,
      link: `${config.http.publicUrl}/welcome/${link}`,
      expiresAt: new Date(now().getTime() + LINK_MS),
      firstSentAt,
      sender,
      intranet: { name, organisation, contact: supportContact },
      timeZone: config.schedule.timezone,
      texts,
    })
}

/** Without MAIL_FROM: the Graph mailbox, or a name on the host people know. */
export function senderOf({ mail, mailFrom, intranet, http }: Config): Sender {
  if (mailFrom) return { name: mailFrom.name ?? intranet.name, address: mailFrom.address }
  const address = mail.kind === 'graph' ? mail.sender : `intranet@${new URL(http.publicUrl).hostname}`
  return { name: intranet.name, address }
}

/** The way of sending the settings name. Whoever opens it closes it. */
export async function openTransport({
  config,
  secrets,
  microsoft,
  now,
}: Pick<PostParts, 'config' | 'secrets' | 'microsoft' | 'now'>): Promise<Transport> {
  const { mail, mailPerMinute: perMinute } = config
  if (mail.kind === 'graph') return microsoft().mail(mail.sender, perMinute === null ? {} : { perMinute })
  const { openTransport: open } = await import('./mail/open.js')
  return open(mail, { url: secrets.mailUrl, ca: authoritiesOf(secrets), perMinute, now })
}

async function openSource({ config, secrets, microsoft }: PostParts): Promise<ReportSource> {
  const { bounces } = config
  if (bounces?.kind === 'imap') {
    const { imapSource } = await import('./mail/imap.js')
    return imapSource({ config: bounces, url: secrets.bouncesUrl ?? '', ca: authoritiesOf(secrets) })
  }
  return microsoft().mailbox(bounces?.mailbox ?? '')
}

/** As PEM; null without NODE_EXTRA_CA_CERTS. */
export function authoritiesOf({ network }: Secrets): string | null {
  return network.extraCaPath === null ? null : readFileSync(network.extraCaPath, 'utf8')
}
