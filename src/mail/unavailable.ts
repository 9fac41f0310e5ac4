import { ConnectorError, type ErrorDetails } from '../domain/errors.js'

export interface Outage {
  readonly message: string
  readonly remedy: string
  readonly details?: ErrorDetails
}

/** The mail system as a whole takes nothing. The library's error is not kept as the cause: it may quote what is secret. */
export function mailUnavailable({ message, remedy, details }: Outage): ConnectorError {
  return new ConnectorError('mail.unavailable', {
    message,
    meanwhile: 'Sync goes on. Emails that are owed wait and go out afterwards.',
    remedy,
    ...(details ? { details } : {}),
  })
}

/** Stopped before the email was handed over. */
export function sendingStopped(): ConnectorError {
  return new ConnectorError('run.interrupted', { message: 'Sending was stopped; the email is still owed' })
}
