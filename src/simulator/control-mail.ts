import { z } from 'zod'
import type { Json } from './answer.js'
import type { Parts } from './tenant.js'

/** Commands about what is sent through Graph, and what arrives. */

export const mailCommand = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('deliver'),
    mailbox: z.string(),
    mime: z.string(),
    receivedAt: z.iso
      .datetime()
      .transform((text) => new Date(text))
      .exactOptional(),
    messageClass: z.string().exactOptional(),
  }),
  /** Emails to this address come back with this status; null: they arrive again. */
  z.strictObject({ op: z.literal('bounce'), address: z.string(), status: z.string().nullable() }),
  z.strictObject({ op: z.literal('mailLimit'), perMinute: z.number().int() }),
  z.strictObject({ op: z.literal('caughtMail') }),
])

export function onMail({ mailboxes, outbox }: Parts, order: z.output<typeof mailCommand>): Json {
  switch (order.op) {
    case 'deliver':
      return mailboxes.deliver(order.mailbox, order.mime, order).id
    case 'bounce':
      if (order.status === null) outbox.bouncing.delete(order.address.toLowerCase())
      else outbox.bouncing.set(order.address.toLowerCase(), order.status)
      return null
    case 'mailLimit':
      outbox.perMinute = order.perMinute
      return null
    case 'caughtMail':
      return JSON.parse(JSON.stringify(outbox.caught)) as Json
  }
}
