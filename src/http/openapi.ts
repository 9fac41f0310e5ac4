import { OUTCOMES, STEPS } from '../explain/facts.js'
import { ACCOUNTS, IDENTITIES, LOGIN_SOURCES, STATUSES } from '../domain/user.js'
import { VIEW_FIELDS } from '../domain/view.js'
import { MOST_LOGINS } from './logins.js'
import { PROBLEM_TYPE } from './problem.js'
import { MOST_USERS } from './users.js'

/** What the API looks like to programs: OpenAPI 3.1. */

type Schema = Readonly<Record<string, unknown>>

const TEXT: Schema = { type: 'string' }
const TEXT_OR_NULL: Schema = { type: ['string', 'null'] }
const TIME: Schema = { type: 'string', format: 'date-time' }
const TIME_OR_NULL: Schema = { type: ['string', 'null'], format: 'date-time' }

const NARROWER: Readonly<Partial<Record<(typeof VIEW_FIELDS)[number], Schema>>> = {
  id: TEXT,
  connection: TEXT,
  identity: { enum: IDENTITIES },
  status: { enum: STATUSES },
  statusSince: TIME,
  statusReason: { oneOf: [object({ code: TEXT, message: TEXT }), { type: 'null' }] },
  account: { enum: ACCOUNTS },
  firstLoginAt: TIME_OR_NULL,
  firstLoginSource: { enum: [...LOGIN_SOURCES, null] },
  lastLoginAt: TIME_OR_NULL,
  createdAt: TIME,
  updatedAt: TIME,
}

const SCHEMAS = {
  User: object(Object.fromEntries(VIEW_FIELDS.map((field) => [field, NARROWER[field] ?? TEXT_OR_NULL]))),
  HistoryEntry: object({ at: TIME, from: {}, to: {}, cause: TEXT, evidence: { type: ['object', 'null'] } }),
  Login: {
    ...object({ user: TEXT, at: TIME, correlationId: TEXT_OR_NULL }, ['user', 'at']),
    description: 'user: our id, the Entra object id or the user principal name. at: with Z or an offset.',
  },
  LoginResult: {
    ...object({
      user: TEXT,
      ok: { type: 'boolean' },
      parked: { type: 'boolean' },
      error: { oneOf: [object({ code: TEXT, message: TEXT }), { type: 'null' }] },
    }),
    description: 'parked: nobody has this object id yet; the login is applied when they appear.',
  },
  Explanation: {
    ...object({
      answer: TEXT,
      steps: list(object({ step: { enum: STEPS }, outcome: { enum: OUTCOMES }, detail: TEXT })),
    }),
    description: 'answer: what to tell them. steps: in this order, as far as one gets.',
  },
  Problem: object({
    type: TEXT,
    title: TEXT,
    status: { type: 'integer' },
    detail: TEXT_OR_NULL,
    code: TEXT,
    instance: TEXT,
  }),
}

/** `publicUrl` without a slash at the end is what the paths are added to. */
export function openApi(publicUrl: string): Schema {
  return {
    openapi: '3.1.0',
    info: { title: 'entra-connector', version: '1', description: 'People, their onboarding and their first logins.' },
    servers: [{ url: publicUrl.replace(/\/$/, '') }],
    security: [{ token: [] }],
    paths: {
      '/api/v1/users': { get: LIST_USERS },
      '/api/v1/users/{id}': { get: SHOW_USER },
      '/api/v1/explain': { get: EXPLAIN },
      '/api/v1/logins': { post: REPORT_LOGINS },
      '/api/v1/bounces': { post: REPORT_BOUNCE },
      '/api/v1/openapi.json': {
        get: { operationId: 'describe', summary: 'This document', responses: answers(200, { type: 'object' }) },
      },
    },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Made by: entra-connector tokens create' },
      },
      schemas: SCHEMAS,
    },
  }
}

const LIST_USERS = {
  operationId: 'listUsers',
  summary: 'People, in pages',
  parameters: [
    query('status', { enum: STATUSES }),
    query('account', { enum: ACCOUNTS }),
    query('first-login', { enum: ['pending', 'completed'] }),
    query('needs-attention', { type: 'boolean', description: 'Only people who have been in their status too long.' }),
    query('search', { ...TEXT, description: 'Part of a name, user name, email or employee id.' }),
    query('limit', { type: 'integer', minimum: 1, maximum: MOST_USERS, default: 50 }),
    query('cursor', { ...TEXT, description: 'The nextCursor of the page before.' }),
  ],
  responses: answers(200, object({ users: list(ref('User')), nextCursor: TEXT_OR_NULL }), 400),
}

const SHOW_USER = {
  operationId: 'showUser',
  summary: 'One person; with their history for tokens with scope admin or support',
  parameters: [
    {
      name: 'id',
      in: 'path',
      required: true,
      schema: { ...TEXT, description: 'Our id, the Entra object id or the user principal name, in any letter case.' },
    },
  ],
  responses: answers(200, object({ user: ref('User'), history: list(ref('HistoryEntry')) }, ['user']), 404),
}

const EXPLAIN = {
  operationId: 'explain',
  summary: 'Why somebody cannot log in, read from Entra this moment; for tokens with scope admin or support',
  description:
    'A person nobody has, or a name several people have, is an answer too. What Microsoft could not tell is a step with the outcome unknown.',
  parameters: [
    {
      ...query('person', {
        ...TEXT,
        description: 'Our id, the Entra object id, the user principal name or the email.',
      }),
      required: true,
    },
  ],
  responses: answers(200, ref('Explanation'), 400, 403, 429),
}

const REPORT_LOGINS = {
  operationId: 'reportLogins',
  summary: 'Logins to the intranet, for tokens with scope intranet or admin; reporting one again changes nothing',
  requestBody: {
    required: true,
    content: content(object({ logins: { ...list(ref('Login')), maxItems: MOST_LOGINS } })),
  },
  responses: answers(200, object({ results: list(ref('LoginResult')) }), 400, 403, 413, 415),
}

const REPORT_BOUNCE = {
  operationId: 'reportBounce',
  summary: 'One delivery report of at most 10 MB, for tokens with scope intranet or admin',
  requestBody: { required: true, content: { 'message/rfc822': {} } },
  responses: { 202: { description: 'Taken, whatever became of it' }, ...problems(401, 403, 413, 415) },
}

function object(properties: Schema, required = Object.keys(properties)): Schema {
  return { type: 'object', properties, required }
}

function list(items: Schema): Schema {
  return { type: 'array', items }
}

function ref(name: keyof typeof SCHEMAS): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

function query(name: string, schema: Schema): Schema {
  return { name, in: 'query', required: false, schema }
}

function content(schema: Schema): Schema {
  return { 'application/json': { schema } }
}

function answers(status: number, schema: Schema, ...failures: readonly number[]): Schema {
  return { [status]: { description: 'Done', content: content(schema) }, ...problems(401, ...failures) }
}

function problems(...statuses: readonly number[]): Schema {
  const answer = { description: 'Refused', content: { [PROBLEM_TYPE.replace(/;.*/, '')]: { schema: ref('Problem') } } }
  return Object.fromEntries(statuses.map((status) => [status, answer]))
}
