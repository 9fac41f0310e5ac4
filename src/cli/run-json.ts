import type { Run } from '../domain/run.js'
import type { Invocation } from './invocation.js'

/** Free text in a run may quote Microsoft. */
export function runWithoutSecrets(run: Run, { redact }: Pick<Invocation, 'redact'>): Run {
  const clean = (words: string | null): string | null => (words === null ? null : redact(words))
  const { error, signIns, bounces } = run
  return {
    ...run,
    signIns: { ...signIns, reason: clean(signIns.reason) },
    bounces: { ...bounces, reason: clean(bounces.reason) },
    error: error && { ...error, message: redact(error.message), remedy: clean(error.remedy) },
  }
}
