import { ConnectorError } from '../domain/errors.js'

/** Options as a person typed them, read or refused with what would have been right. */

export function oneOf<T extends string>(option: string, value: unknown, allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined
  const found = allowed.find((choice) => choice === value)
  if (found !== undefined) return found
  throw new ConnectorError('usage.invalid', {
    message: `${option} ${String(value)} is not known`,
    remedy: `Use one of: ${allowed.join(', ')}.`,
  })
}

export function wholeNumber(option: string, value: unknown, { min, max }: { min: number; max: number }): number {
  const number = Number(value)
  if (typeof value === 'string' && /^\d+$/.test(value) && number >= min && number <= max) return number
  throw new ConnectorError('usage.invalid', {
    message: `${option} ${String(value)} is not a whole number from ${min} to ${max}`,
    remedy: `For example: ${option} ${Math.min(max, 50)}.`,
  })
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
