import { z } from 'zod'
import { ID_TOKEN_FLAWS } from './id-tokens.js'
import type { Parts } from './tenant.js'

/** Commands about "log in with Microsoft". */

export const loginCommand = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('planLogin'),
    login: z.union([
      z.strictObject({ person: z.string() }),
      z.strictObject({ error: z.string(), description: z.string().exactOptional() }),
    ]),
  }),
  z.strictObject({ op: z.literal('spoilIdTokens'), flaw: z.enum(ID_TOKEN_FLAWS), count: z.number().int().default(1) }),
  z.strictObject({ op: z.literal('rollKeysOver'), withdrawn: z.boolean().default(false) }),
  z.strictObject({ op: z.literal('recordLogins'), recorded: z.boolean() }),
])

export function onLogins({ logins, keys }: Parts, order: z.output<typeof loginCommand>): null {
  switch (order.op) {
    case 'planLogin':
      logins.plan(order.login)
      break
    case 'spoilIdTokens':
      logins.spoilNext(order.flaw, order.count)
      break
    case 'rollKeysOver':
      keys.rollOver({ withdrawn: order.withdrawn })
      break
    case 'recordLogins':
      logins.recordsSignIns = order.recorded
  }
  return null
}
