import { setTimeout } from 'node:timers/promises'
import { v7 as uuid } from 'uuid'
import { owedEmail } from './domain/ahead.js'
import type { ConnectorError } from './domain/errors.js'
import type { AskedFor } from './domain/requests.js'
import type { Run } from './domain/run.js'
import type { User } from './domain/user.js'
import { microsoftOf, withMicrosoft, type MicrosoftParts } from './microsoft.js'
import { askForAll, resultOf, type RequestResult } from './onboarding/requests.js'
import { openPost, type Post, type PostParts } from './post.js'
import type { ConnectionStore } from './store/port.js'
import type { Progress } from './store/run-writer.js'

export interface AskOptions {
  readonly dryRun: boolean
  /** The name of the person who asks. */
  readonly by: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** `emails` is null when none were to be sent; `mail` is why the mail system as a whole took none. */
export interface Answered {
  readonly results: RequestResult[]
  readonly emails: Run['emails'] | null
  readonly mail: ConnectorError | null
}

export type AskParts = MicrosoftParts & { readonly store: ConnectionStore }

/** Asks for everybody named, then sends what has become owed. */
export async function askFor(
  parts: AskParts,
  request: AskedFor,
  who: readonly string[],
  { dryRun, by, signal, onProgress }: AskOptions,
): Promise<Answered> {
  const { config, store, now } = parts
  const { rules, onboardingSend } = config.connection
  const onEnable = onboardingSend === 'on-enable'
  if (config.mail.kind === 'graph' && sends(request, onEnable)) microsoftOf(config)
  const newId = (): string => uuid()
  const results = await askForAll(request, who, { store, rules, onEnable, by, dryRun, now, newId, signal })
  if (dryRun || !sends(request, onEnable) || results.every(({ ok }) => !ok))
    return { results, emails: null, mail: null }
  const onSent = (done: number): void => onProgress?.({ phase: 'emails', done, total: results.length })
  const ids = results.flatMap(({ ok, id }) => (ok && id !== null ? [id] : []))
  const delivered = await withPost(parts, (post) => post.deliver({ signal, onSent, to: ids }))
  const { mail, sent, failed, owed } = delivered
  return { results: await afterSending(results, { store, signal }), emails: { sent, failed, owed }, mail }
}

function sends(request: AskedFor, onEnable: boolean): boolean {
  if (request === 'enable-ahead-login') return onEnable
  return request === 'send-invitation' || request === 'restart-onboarding'
}

/** Opens Microsoft only where emails go through Graph. */
async function withPost<T>(parts: AskParts, job: (post: Post) => Promise<T>): Promise<T> {
  const run = async (microsoft: PostParts['microsoft']): Promise<T> => {
    const post = openPost({ ...parts, microsoft })
    try {
      return await job(post)
    } finally {
      await post.close()
    }
  }
  if (parts.config.mail.kind === 'graph') return withMicrosoft(parts, (microsoft) => run(() => microsoft))
  return run(() => {
    throw new Error('Emails do not go through Graph here')
  })
}

const PATIENCE_MS = 20_000
const LOOK_EVERY_MS = 100

/** People as they are now that their email went out, or could not: `serve` may be sending some of them this very moment. */
async function afterSending(
  results: readonly RequestResult[],
  { store, signal }: { readonly store: ConnectionStore; readonly signal: AbortSignal },
): Promise<RequestResult[]> {
  const ids = results.flatMap(({ id }) => id ?? [])
  let found = await store.findAll(ids)
  for (let waited = 0; waited < PATIENCE_MS && !signal.aborted && someAreClaimed(found); waited += LOOK_EVERY_MS) {
    await setTimeout(LOOK_EVERY_MS)
    found = await store.findAll(ids)
  }
  return results.map((result) => {
    const [user] = found.get(result.id ?? '') ?? []
    if (!user || !result.ok) return result
    const after = resultOf(result.who, user)
    const failed = user.status === 'failed' && owedEmail(user) === null ? user.statusReason : null
    return failed ? { ...after, ok: false, error: failed } : after
  })
}

function someAreClaimed(found: ReadonlyMap<string, readonly User[]>): boolean {
  return [...found.values()].flat().some((user) => owedEmail(user)?.claim)
}
