import { connect, type MicrosoftConnection } from '../../../src/graph/connect.js'
import type { Message } from '../../../src/mail/transport.js'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../../src/simulator/server.js'
import { configFor, fakeClock, NO_PROXIES, type FakeClock } from './microsoft.js'

export const SENDER = 'intranet@contoso.example'

/** A simulated tenant with mailboxes; time passes only while somebody sleeps. */
export interface MailTenant {
  readonly simulator: Simulator
  readonly connection: MicrosoftConnection
  readonly clock: FakeClock
  /** Requests for sending. */
  posts(): number
}

export async function withMail(options: SimulatorOptions, test: (tenant: MailTenant) => Promise<void>): Promise<void> {
  const clock = fakeClock()
  const roles = ['User.Read.All', 'Mail.Send', 'Mail.Read']
  const simulator = await startSimulator({ users: 3, now: clock.now, roles, ...options })
  const connection = connect({
    microsoft: configFor(simulator.url),
    secrets: { clientSecret: simulator.settings().AZURE_CLIENT_SECRET, certificatePassword: null },
    network: NO_PROXIES,
    appIds: [],
    now: clock.now,
    clock,
  })
  const posts = (): number => simulator.requests.counts.get('POST users/{id}/sendMail') ?? 0
  try {
    await test({ simulator, connection, clock, posts })
  } finally {
    await connection.close()
    await simulator.close()
  }
}

export function aMessage(number: number, over: Partial<Message> = {}): Message {
  const emailId = `0193a000-0000-7000-8000-${String(number).padStart(12, '0')}`
  return {
    emailId,
    messageId: `<${emailId}@contoso.example>`,
    from: { name: 'Größe & Co. Intranet', address: SENDER },
    replyTo: 'help@contoso.example',
    to: `person${number}@contoso.example`,
    subject: 'Ihr Zugang für das Intranet',
    text: 'Grüezi',
    html: '<p>Grüezi</p>',
    language: 'de',
    ...over,
  }
}
