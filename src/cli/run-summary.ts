import type { Run } from '../domain/run.js'

/** A run in a few readable lines. */

const KINDS: Record<Run['kind'], string> = {
  initial: 'First run',
  incremental: 'Incremental run',
  resync: 'Full resync',
  'single-user': 'Run for one person',
  undo: 'Undo',
  import: 'Import',
}

const OUTCOMES: Record<NonNullable<Run['outcome']>, string> = {
  succeeded: 'succeeded',
  'succeeded-with-skips': 'succeeded, some entries skipped',
  held: 'succeeded, removals are held',
  failed: 'failed',
  interrupted: 'interrupted, progress kept',
}

/** `emailEnabled` is false where email is switched off now: what is owed waits for that. */
export function describeRun(run: Run, { emailEnabled = true }: { readonly emailEnabled?: boolean } = {}): string[] {
  const { kind, outcome, dryRun, durationMs, users, error } = run
  const name = dryRun ? `Preview: ${KINDS[kind].toLowerCase()}` : KINDS[kind]
  const time = durationMs === null ? '' : ` in ${seconds(durationMs)}`
  const ended = outcome === 'held' && error ? 'failed in a part, removals are held' : outcome && OUTCOMES[outcome]
  const lines = [`${name} ${ended ?? 'is on'}${time} · ${run.runId}`]
  lines.push(users.read === 0 ? nobody(run) : people(run))
  lines.push(...signInLog(run), ...emailsLine(run.emails, { waiting: dryRun || !emailEnabled }), ...reports(run))
  if (users.skipped > 0 && !dryRun) lines.push(`Who was skipped, and why: entra-connector runs log ${run.runId}`)
  lines.push(...waiting(run))
  if (dryRun) lines.push('Nothing has been written.')
  return lines
}

function waiting({ users: { held }, dryRun }: Run): string[] {
  if (held === 0) return []
  const removals = count(held, 'removal')
  if (dryRun) return [`${removals} would be held until a person decides.`]
  return [`${removals} ${held === 1 ? 'is' : 'are'} held until a person decides: entra-connector holds list`]
}

function nobody({ outcome, kind }: Run): string {
  if (kind === 'undo') return outcome === null ? 'Nobody has been put back yet.' : 'Nobody was put back.'
  if (outcome !== null && outcome !== 'failed' && outcome !== 'interrupted') {
    return kind === 'initial' || kind === 'resync'
      ? 'Microsoft reported nobody at all.'
      : 'Microsoft reported no changes.'
  }
  return outcome === null ? 'Nobody has been read yet.' : 'Nobody was read.'
}

function people({ users, dryRun, kind }: Run): string {
  const { read, unchanged, created, updated, frozen, deactivated, reactivated, skipped, held } = users
  const [verb, entries] =
    kind === 'undo' ? ['Went over', count(read, 'person', 'people')] : ['Read', count(read, 'entry', 'entries')]
  if (read === unchanged) return `${verb} ${entries}; ${read === 1 ? 'it was' : 'all of them were'} up to date already.`
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
  return `${verb} ${entries}: ${dryRun ? 'would be ' : ''}${said.join(', ')}.`
}

function signInLog({ signIns, outcome }: Run): string[] {
  const { read, firstLogins, reason } = signIns
  switch (signIns.outcome) {
    case 'off':
      return []
    case 'succeeded':
      return [`Sign-in log: ${count(read, 'sign-in')} read, ${count(firstLogins, 'first login')}.`]
    default:
      return outcome === null || reason === null ? [] : [`Sign-in log: ${reason}.`]
  }
}

/** "3 emails sent, 1 failed, 2 owed."; `waiting`: none go out now. Nothing where nobody has to do with email. */
export function emailsLine(
  { sent, failed, owed }: Run['emails'],
  { waiting }: { readonly waiting: boolean },
): string[] {
  const [first, ...others] = [
    [sent, 'sent'],
    [failed, 'failed'],
    [owed, 'owed'],
  ].filter((part): part is [number, string] => part[0] !== 0)
  if (!first) return []
  if (sent === 0 && failed === 0) {
    const are = owed === 1 ? 'is' : 'are'
    return [`${count(owed, 'email')} ${are} owed${waiting ? ' and would be sent' : ''}.`]
  }
  const rest = others.map(([n, what]) => `, ${n.toLocaleString('en')} ${what}`)
  return [`${count(first[0], 'email')} ${first[1]}${rest.join('')}.`]
}

function reports({ bounces, outcome }: Run): string[] {
  const { read, failed, reason } = bounces
  switch (bounces.outcome) {
    case 'off':
      return []
    case 'succeeded':
      return [`Delivery reports: ${read.toLocaleString('en')} read, ${count(failed, 'email')} could not be delivered.`]
    case 'failed':
      return outcome === null || reason === null ? [] : [`Delivery reports: ${reason}.`]
  }
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`
}

export function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
