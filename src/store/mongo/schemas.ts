import mongoose from 'mongoose'
import { ACCOUNTS, IDENTITIES, PRESENCES, PROFILE_FIELDS, STATUSES } from '../../domain/user.js'
import { TOKEN_SCOPES } from '../port.js'

const { Schema } = mongoose
const { Mixed } = Schema.Types

const STRICT = {
  autoIndex: false,
  autoCreate: false,
  versionKey: false,
  minimize: false,
  strict: 'throw',
  strictQuery: 'throw',
  id: false,
} as const
function schema(shape: Readonly<Record<string, unknown>>): mongoose.Schema {
  return new Schema(shape as never, STRICT)
}

const text = { type: String, required: true } as const
/** Required, and may be empty. */
const any = { type: String } as const
const number = { type: Number, required: true } as const
const one = (values: readonly string[]) => ({ type: String, enum: values })

const person = schema({
  connection: text,
  key: text,
  revision: number,
  id: any,
  entraObjectId: any,
  ...Object.fromEntries(PROFILE_FIELDS.map((field) => [field, any])),
  identity: one(IDENTITIES),
  status: one(STATUSES),
  statusSince: any,
  statusReason: Mixed,
  presence: one(PRESENCES),
  decision: Mixed,
  removal: Mixed,
  source: any,
  through: any,
  seat: Boolean,
  account: one(ACCOUNTS),
  accountReason: any,
  firstLoginAt: any,
  firstLoginSource: any,
  lastLoginAt: any,
  ahead: Mixed,
  createdAt: any,
  updatedAt: any,
  loggedIn: Boolean,
  upn: any,
  search: { type: [String], default: undefined },
  keys: { type: [String], default: undefined },
  dueAt: any,
  removalState: any,
  hold: any,
  commit: any,
  last: any,
  entries: Number,
  moved: Number,
  pruned: Number,
  copied: Number,
  history: { type: [Mixed], default: undefined },
})

const connection = schema({
  _id: text,
  fence: number,
  version: number,
  lease: Mixed,
  intent: Mixed,
  passes: Mixed,
  run: Mixed,
  last: any,
  feeds: Mixed,
})

const owned = { _id: text, connection: text }

/** By collection. */
export const SCHEMAS = {
  people: person,
  connections: connection,
  runs: schema({
    ...owned,
    runId: text,
    startedAt: text,
    finished: Boolean,
    version: number,
    record: Mixed,
    flushed: number,
    tail: [Mixed],
    replaced: Number,
  }),
  runLines: schema({ ...owned, runId: text, from: number, lines: [Mixed] }),
  history: schema({ ...owned, user: text, from: number, entries: [Mixed], at: any, copied: Number }),
  holds: schema({ ...owned, id: text, createdAt: text, ended: Boolean, revision: number, record: Mixed }),
  replaced: schema({ ...owned, runId: text, startedAt: text, no: number, settled: Boolean, people: text }),
  stamps: schema({ ...owned, pass: number, page: number, fence: number, objectIds: [String] }),
  candidates: schema({ ...owned, sweep: text, pass: Number, id: text }),
  parked: schema({ ...owned, entraObjectId: text, first: text, last: text }),
  tickets: schema({ ...owned, value: text, until: text }),
  tokens: schema({
    ...owned,
    id: text,
    name: any,
    scope: one(TOKEN_SCOPES),
    createdAt: text,
    revokedAt: any,
    hash: text,
  }),
  meta: schema({ _id: text, application: text, schema: number }),
  origin: schema({ _id: text, value: Mixed }),
} as const
