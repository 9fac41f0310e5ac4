import { EXIT_CODES, type ConnectorError } from '../domain/errors.js'

/** One line of `check`. `remedy` is null when there is nothing to do. */
export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'failed'
  readonly message: string
  readonly remedy: string | null
  /** Which connection it is about, where several are looked at. */
  readonly connection?: string
}

export interface CheckReport {
  readonly checks: readonly Check[]
  /** Of the failures: settings before permissions before everything else, which counts as unavailable for now. */
  readonly exitCode: number
}

/** A look at one thing. It returns what it found, or throws the `ConnectorError` that says why it could not. */
export interface Probe {
  readonly name: string
  readonly look: () => Promise<readonly Check[]>
}

const UNAVAILABLE = EXIT_CODES.unavailable
const FIRST: readonly number[] = [EXIT_CODES.usage, EXIT_CODES.denied, UNAVAILABLE]

/** Every probe is made, whatever the ones before it found: an admin wants the whole list at once. */
export async function runChecks(
  probes: readonly Probe[],
  toError: (thrown: unknown) => ConnectorError,
): Promise<CheckReport> {
  const checks: Check[] = []
  const codes: number[] = []
  for (const { name, look } of probes) {
    try {
      const found = await look()
      checks.push(...found)
      if (found.some(({ status }) => status === 'failed')) codes.push(EXIT_CODES.denied)
    } catch (thrown) {
      const error = toError(thrown)
      if (error.kind === 'interrupted') throw error
      codes.push(error.exitCode)
      checks.push({ name, status: 'failed', message: error.message, remedy: error.remedy })
    }
  }
  return { checks, exitCode: firstOf(codes) }
}

/** The one of several exit codes that a check ends with. */
export function firstOf(codes: readonly number[]): number {
  const failures = codes.filter((code) => code !== EXIT_CODES.done)
  if (failures.length === 0) return EXIT_CODES.done
  return FIRST.find((code) => failures.includes(code)) ?? UNAVAILABLE
}

export const ok = (name: string, message: string): Check => ({ name, status: 'ok', message, remedy: null })
export const warning = (name: string, message: string, remedy: string): Check => ({
  name,
  status: 'warning',
  message,
  remedy,
})
export const failed = (name: string, message: string, remedy: string): Check => ({
  name,
  status: 'failed',
  message,
  remedy,
})
