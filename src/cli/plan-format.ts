import { z } from 'zod'
import { RUN_KINDS } from '../domain/run.js'
import { ACCOUNT_REASONS, ACCOUNTS, PRESENCES, PROFILE_FIELDS } from '../domain/user.js'
import type { ShownChange, ShownPlan } from '../sync/shown-plan.js'
import { jsonText } from './output.js'

/**
 * A plan as a file: valid JSON as a whole, with one change a line, so that neither side keeps it in memory. The last
 * line has how many changes there are and the SHA-256 of every byte before that line.
 *
 *     {"entraConnectorPlan":1,"connection":"default",…,"changes":[
 *     {"id":null,…},
 *     {"id":"0193…",…}
 *     ],"count":2,"sha256":"…"}
 */

export const FORMAT = 1
export const MARK = '"entraConnectorPlan"'

const headerShape = z.strictObject({
  entraConnectorPlan: z.literal(FORMAT),
  connection: z.string().min(1),
  tenantId: z.string().min(1).nullable(),
  kind: z.enum(RUN_KINDS),
  createdAt: z.iso.datetime(),
  changes: z.array(z.never()).length(0),
})

const value = z.string().nullable()
const changeShape = z
  .strictObject({
    id: z.string().min(1).nullable(),
    revision: z.number().int().min(0).nullable(),
    entraObjectId: z.string().regex(/^[^A-Z\s]+$/),
    userPrincipalName: value,
    change: z.enum(['created', 'updated', 'removed']),
    says: z.strictObject({
      fields: z.partialRecord(z.enum(PROFILE_FIELDS), value).exactOptional(),
      source: z.record(z.string(), value).nullable().exactOptional(),
      presence: z.enum(PRESENCES).exactOptional(),
      meanwhile: z.enum(['enabled', 'disabled']).exactOptional(),
      through: value.exactOptional(),
      cause: z
        .strictObject({ about: z.string(), text: z.string(), ask: z.literal(true).exactOptional() })
        .exactOptional(),
    }),
    account: z.enum(ACCOUNTS),
    accountReason: z.enum(ACCOUNT_REASONS).nullable(),
  })
  .refine(
    ({ id, revision, change }) => (id === null) === (change === 'created') && (revision === null) === (id === null),
  )

const endShape = z.strictObject({ count: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
export type PlanEnd = z.infer<typeof endShape>

const OPEN = ',"changes":['

export function headerLine({ connection, tenantId, kind, createdAt }: ShownPlan): string {
  return jsonText({ entraConnectorPlan: FORMAT, connection, tenantId, kind, createdAt }).slice(0, -1) + OPEN
}

export function changeLine(change: ShownChange): string {
  return jsonText(change)
}

export function endLine(end: PlanEnd): string {
  return `],${jsonText(end).slice(1)}`
}

/** Null for a line that is none of ours. */
export function readHeader(line: string): ShownPlan | null {
  const header = line.endsWith(OPEN) ? parsed(headerShape, `${line}]}`) : null
  if (!header) return null
  const { connection, tenantId, kind, createdAt } = header
  return { connection, tenantId, kind, createdAt }
}

export function readChange(line: string): ShownChange | null {
  return parsed(changeShape, line.endsWith(',') ? line.slice(0, -1) : line)
}

export function readEnd(line: string): PlanEnd | null {
  return line.startsWith('],') ? parsed(endShape, `{${line.slice(2)}`) : null
}

/** Whether the first line is of a plan of ours that this version does not know. */
export function isOtherFormat(line: string): boolean {
  const number = /^\{"entraConnectorPlan":(\d+)/.exec(line)?.[1]
  return number !== undefined && Number(number) !== FORMAT
}

function parsed<T>(shape: z.ZodType<T>, text: string): T | null {
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
