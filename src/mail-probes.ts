import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config, Secrets } from './config/config.js'
import { ConnectorError } from './domain/errors.js'
import type { MicrosoftConnection } from './graph/connect.js'
import type { TokenClaims } from './graph/token.js'
import { failed, ok, warning, type Check } from './jobs/checks.js'
import type { ReportSource } from './mail/report-source.js'
import { authoritiesOf, senderOf } from './post.js'

export interface MailProbeParts {
  readonly config: Config
  readonly secrets: Secrets
  readonly microsoft: MicrosoftConnection
  readonly signal: AbortSignal
}

/** Whether emails would be taken; none is sent. */
export async function mailCheck({ config, secrets }: MailProbeParts, claims: TokenClaims | null): Promise<Check> {
  const { mail } = config
  if (!config.connection.emailEnabled)
    return warning(
      'mail',
      'Email is switched off: what is owed waits',
      'Set EMAIL_ENABLED to true when it is to go out.',
    )
  switch (mail.kind) {
    case 'file':
      await writable(mail.directory)
      return ok('mail', `Emails are written to ${mail.directory}`)
    case 'smtp': {
      const { checkServer } = await import('./mail/open.js')
      await checkServer(mail, { url: secrets.mailUrl, ca: authoritiesOf(secrets), sender: senderOf(config).address })
      return ok('mail', `Emails go out through ${mail.host}:${mail.port}`)
    }
    case 'graph':
      if (!claims) return warning('mail', 'Not looked at, because there is no token', 'See "token" above.')
      if (claims.roles?.includes('Mail.Send') === false)
        return failed('mail', 'Mail.Send is not granted', 'See "permissions" above.')
      return ok('mail', `Emails go out through ${mail.sender}`)
  }
}

const PATIENCE_MS = 10_000

/** Whether delivery reports can be read. A warning, because nothing but late failures depends on it. */
export async function bouncesCheck({ config, secrets, microsoft, signal }: MailProbeParts): Promise<Check> {
  const { bounces } = config
  const start = { validity: null, highestUid: 0, readUntil: null }
  let source: ReportSource | null = null
  try {
    if (bounces?.kind === 'imap') {
      const { imapSource } = await import('./mail/imap.js')
      const ca = authoritiesOf(secrets)
      source = imapSource({ config: bounces, url: secrets.bouncesUrl ?? '', ca, silenceMs: PATIENCE_MS })
    } else source = microsoft.mailbox(bounces?.mailbox ?? '')
    for await (const _ of source.read(start, signal)) break
    return ok('bounces', `Delivery reports can be read from ${source.name}`)
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind === 'interrupted') throw error
    return warning('bounces', error.message, error.remedy ?? 'Check BOUNCES_URL.')
  } finally {
    await source?.close()
  }
}

async function writable(directory: string): Promise<void> {
  try {
    await access(directory, constants.W_OK)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (missing && dirname(directory) !== directory) return writable(dirname(directory))
    throw new ConnectorError('mail.unavailable', {
      message: `We cannot write emails to ${directory}`,
      remedy: 'Correct MAIL_URL, or let this user write there.',
      cause: error,
    })
  }
}
