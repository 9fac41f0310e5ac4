import type { Run, UserCounts } from '../domain/run.js'

/** A run in a few readable lines. */

const KINDS: Record<Run['kind'], string> = {
  initial: 'First run',
  incremental: 'Incremental run',
  resync: 'Full resync',
  'single-user': 'One person',
  undo: 'Undo',
  import: 'Import',
}

const OUTCOMES: Record<NonNullable<Run['outcome']>, string> = {
  succeeded: 'succeeded',
  'succeeded-with-skips': 'succeeded, some entries skipped',
  held: 'removals are held',
  failed: 'failed',
  interrupted: 'interrupted, progress kept',
}

export function describeRun(run: Run): string[] {
  const { kind, outcome, dryRun, durationMs, users, signIns } = run
  const name = dryRun ? `Preview: ${KINDS[kind].toLowerCase()}` : KINDS[kind]
  const time = durationMs === null ? '' : ` in ${seconds(durationMs)}`
  const lines = [
    `${name} ${outcome === null ? 'is running' : OUTCOMES[outcome]}${time} · ${run.runId}`,
    people(users, dryRun),
  ]
  if (signIns.outcome === 'succeeded') {
    lines.push(`Sign-in log: ${count(signIns.read, 'sign-in')} read, ${count(signIns.firstLogins, 'first login')}.`)
  } else if (signIns.outcome !== 'off' && signIns.reason) lines.push(`Sign-in log: ${signIns.reason}.`)
  if (run.error) lines.push(`Why: ${run.error.message}.`)
  if (dryRun) lines.push('Nothing has been written.')
  return lines
}

function people(users: UserCounts, dryRun: boolean): string {
  const { read, unchanged, created, updated, frozen, deactivated, reactivated, skipped, held } = users
  if (read === 0) return 'Microsoft reported no changes.'
  if (read === unchanged) return `Read ${count(read, 'entry', 'entries')}; all of them were already up to date.`
  const parts: [number, string][] = [
    [created, 'created'],
    [updated, 'updated'],
    [frozen, 'frozen'],
    [deactivated, 'made inactive'],
    [reactivated, 'active again'],
    [unchanged, 'unchanged'],
    [skipped, 'skipped'],
    [held, 'held'],
  ]
  const said = parts.filter(([n]) => n > 0).map(([n, what]) => `${n.toLocaleString('en')} ${what}`)
  return `Read ${count(read, 'entry', 'entries')}: ${dryRun ? 'would be ' : ''}${said.join(', ')}.`
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`
}

export function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
