import { v7 as uuid } from 'uuid'
import { secretValues } from './config/secrets.js'
import { toConnectorError } from './domain/errors.js'
import { WEBHOOK, type Notice } from './domain/notices.js'
import type { MicrosoftConnection } from './graph/connect.js'
import { createRedactor } from './logging/redact.js'
import type { Transport } from './mail/transport.js'
import { connectMicrosoft, type MicrosoftParts } from './microsoft.js'
import { tell, type Undelivered } from './notices/tell.js'
import { openTransport, senderOf } from './post.js'
import type { ConnectionStore } from './store/port.js'

export type NotifyParts = MicrosoftParts & { readonly store: ConnectionStore }

/**
 * Tells admins of one connection what is due, by email and webhook. It never throws, whatever a mail server or a receiver
 * does: nothing depends on it. False: something is still on its way. Nothing is loaded or opened unless it is needed.
 */
export async function notify(parts: NotifyParts, signal: AbortSignal): Promise<boolean> {
  const { config, secrets, store, log, now } = parts
  const emails = config.connection.emailEnabled ? config.notify.emails : []
  const to = [...emails, ...(secrets.webhook ? [WEBHOOK] : [])]
  const redact = createRedactor(secretValues(secrets), { maskAddresses: false })
  const mail = lazyMail(parts)
  const deliver = async (notice: Notice, one: string, signal: AbortSignal): Promise<Undelivered | null> => {
    try {
      const clean = redacted(notice, redact)
      return one === WEBHOOK ? await byWebhook(parts, clean, signal) : await mail.send(clean, one, signal)
    } catch (thrown) {
      return { reason: redact(toConnectorError(thrown, 'sending a notification').message), forGood: false }
    }
  }
  try {
    return await tell({ store, log, now, newId: () => uuid(), to, deliver }, signal)
  } catch (error) {
    log.warn('Notifications could not be looked at; we try again', { error })
    return false
  } finally {
    await mail.close()
  }
}

async function byWebhook(
  { config, secrets, now }: NotifyParts,
  notice: Notice,
  signal: AbortSignal,
): Promise<Undelivered | null> {
  if (!secrets.webhook) return null
  const [{ openNetwork }, { payloadOf, post }] = await Promise.all([
    import('./graph/network.js'),
    import('./notices/webhook.js'),
  ])
  const network = openNetwork(secrets.network)
  try {
    const payload = payloadOf(notice, config.connection.name)
    const reason = await post({ ...secrets.webhook, exchange: network.exchange, now }, payload, signal)
    return reason === null ? null : { reason, forGood: false }
  } finally {
    await network.close()
  }
}

interface LazyMail {
  send(notice: Notice, to: string, signal: AbortSignal): Promise<Undelivered | null>
  close(): Promise<void>
}

/** Emails go out the way onboarding emails do; it is opened with the first one. */
function lazyMail(parts: NotifyParts): LazyMail {
  const { config, secrets, now } = parts
  let microsoft: MicrosoftConnection | null = null
  let transport: Transport | null = null
  const open = async (): Promise<Transport> => {
    if (config.mail.kind === 'graph') microsoft = await connectMicrosoft(parts)
    const connected = (): MicrosoftConnection => {
      if (!microsoft) throw new Error('no email goes through Microsoft Graph here')
      return microsoft
    }
    return openTransport({ config, secrets, now, microsoft: connected })
  }
  return {
    async send(notice, to, signal) {
      const { composeNotice } = await import('./mail/notice.js')
      const { name, microsoft: own } = config.connection
      const option = own?.own?.option ?? ''
      const timeZone = config.schedule.timezone
      transport ??= await open()
      const letter = composeNotice({ notice, connection: name, option, to, from: senderOf(config), timeZone })
      const delivery = await transport.send(letter, signal)
      if (delivery.outcome === 'accepted') return null
      return { reason: delivery.reason.message, forGood: delivery.outcome === 'refused' }
    },
    async close() {
      await transport?.close()
      await microsoft?.close()
    },
  }
}

/** A sentence may quote Microsoft. */
function redacted(notice: Notice, redact: (text: string) => string): Notice {
  const { reason } = notice
  if (reason === null) return notice
  const remedy = reason.remedy == null ? null : redact(reason.remedy)
  return { ...notice, reason: { ...reason, message: redact(reason.message), remedy } }
}
