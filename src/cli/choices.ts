import { ConnectorError } from '../domain/errors.js'

/** Options as a person typed them, read or refused with what would have been right. */

export type Options = Readonly<Record<string, string | boolean | undefined>>

/** In any letter case. */
export function oneOf<T extends string>(option: string, value: Options[string], allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined
  const found = allowed.find((choice) => choice === String(value).toLowerCase())
  if (found !== undefined) return found
  throw new ConnectorError('usage.invalid', {
    message: `${option} ${String(value)} is not known`,
    remedy: `Use one of: ${allowed.join(', ')}.`,
  })
}

const MOST = 100_000

export function howMany(option: string, value: Options[string]): number {
  const number = Number(value)
  if (typeof value === 'string' && /^\d+$/.test(value) && number >= 1 && number <= MOST) return number
  throw new ConnectorError('usage.invalid', {
    message: `${option} ${String(value)} is not a whole number from 1 to ${MOST}`,
    remedy: `For example: ${option} 50.`,
  })
}

/** A person or a run as it was typed or pasted. */
export function nameOf(what: string, value: string): string {
  const name = value.trim()
  if (name !== '') return name
  throw new ConnectorError('usage.invalid', {
    message: `${what} is empty`,
    remedy: 'Was a variable of the script not set?',
  })
}

export function text(value: Options[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}
