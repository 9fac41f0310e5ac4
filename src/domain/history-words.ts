import type { HistoryEntry, HistoryValue } from './user.js'

/** Entries of a person's history in words. */

const LABELS: Readonly<Record<string, string>> = {
  userPrincipalName: 'user name',
  displayName: 'name',
  givenName: 'given name',
  surname: 'surname',
  mail: 'email',
  jobTitle: 'job title',
  department: 'department',
  companyName: 'company',
  officeLocation: 'office',
  mobilePhone: 'mobile phone',
  preferredLanguage: 'language',
  employeeId: 'employee id',
  userType: 'user type',
  accountReason: 'reason',
  decision: 'an admin’s word',
  removal: 'removal',
  presence: 'in Entra',
  through: 'in scope through',
}

const PROOFS: Readonly<Record<string, string>> = {
  page: 'as Entra says',
  tombstone: 'Entra reported the deletion',
  'look-up': 'looked up in Entra',
  groups: 'their groups were looked up in Entra',
  rules: 'other settings',
  scope: 'judged by scope and rules',
  'free-seat': 'a licence seat became free',
  plan: 'a plan was applied',
  undo: 'a run was undone',
}

const REQUESTED: Readonly<Record<string, string>> = {
  'enable-ahead-login': 'ahead login enabled',
  'back-to-microsoft': 'back to Microsoft',
}

const SOURCES: Readonly<Record<string, string>> = {
  'sign-in-log': 'sign-in log',
  'microsoft-login': 'Microsoft login',
  api: 'reported by the intranet',
  'ahead-login': 'ahead login',
}

export function labelOf(field: string): string {
  return LABELS[field] ?? field
}

export function whatHappened({ from, to, evidence }: HistoryEntry): string {
  const cause = textOf(evidence?.['removal'])
  const reason = reasonOf(evidence?.['reason'])
  const because = reason === null ? '' : ` (${reason})`
  if (from === null && typeof to === 'string') {
    const account = textOf(evidence?.['account'])
    return `appeared: ${to}${account === null ? '' : `, ${account}`}${because}`
  }
  if (typeof from === 'string' || typeof to === 'string') {
    const asked = REQUESTED[textOf(evidence?.['request']) ?? '']
    return `${asked === undefined ? '' : `${asked}: `}${plain(from)} → ${plain(to)}${cause === null ? because : ` (${cause})`}`
  }
  const told = [...new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})])]
    .map((field) => `${labelOf(field)}: ${from?.[field] ?? '–'} → ${to?.[field] ?? '–'}`)
    .join('; ')
  return cause === null ? told : `${told} (${cause})`
}

/** Why we believe it, and which run it was. */
export function whyBelieved({ cause, evidence }: HistoryEntry): string {
  const at = textOf(evidence?.['at'])
  const source = textOf(evidence?.['source'])
  const proof = textOf(evidence?.['proof'])
  const run = textOf(evidence?.['runId'])
  const to = textOf(evidence?.['to'])
  const correlation = textOf(evidence?.['correlationId'])
  const undone = textOf(evidence?.['undone'])
  const parts = [
    ...approvalIn(evidence),
    cause === 'run' ? (proof === null ? null : (PROOFS[proof] ?? proof)) : cause,
    source === null ? null : `${SOURCES[source] ?? source}${at === null ? '' : `, ${minute(at)}`}`,
    to === null ? null : `email to ${to}`,
    correlation === null ? null : `correlation ${correlation}`,
    undone === null ? null : `undid run ${undone}`,
    run === null ? null : `run ${run}`,
  ]
  return parts.filter((part) => part !== null).join(' · ')
}

/** Who approved or rejected a held removal, and in which words. */
function approvalIn(evidence: HistoryEntry['evidence']): string[] {
  const [by, at] = [textOf(evidence?.['approvedBy']), textOf(evidence?.['approvedAt'])]
  const decided = textOf(evidence?.['decidedAt'])
  const reason = decided === null ? null : textOf(evidence?.['reason'])
  return [
    ...(by === null ? [] : [`approved by ${by}${at === null ? '' : `, ${minute(at)}`}`]),
    ...(decided === null ? [] : [`decided ${minute(decided)}`]),
    ...(reason === null ? [] : [`“${reason}”`]),
  ]
}

/** `disabled-in-entra` → disabled in Entra. */
export function inWords(code: string): string {
  return code.replaceAll('-', ' ').replace('entra', 'Entra')
}

/** `2026-11-21 13:16`, UTC. */
export function minute(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)}`
}

/** A code, or a code with somebody's words. */
function reasonOf(value: unknown): string | null {
  if (typeof value === 'object' && value !== null && 'message' in value) return textOf(value.message)
  const code = textOf(value)
  return code === null ? null : inWords(code)
}

function plain(value: HistoryValue): string {
  if (value === null) return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
