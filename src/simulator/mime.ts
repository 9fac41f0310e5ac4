import { randomUUID } from 'node:crypto'

/** As much of an email as a mail system has to look at. Emails are texts of one byte a character. */

/** Names in lower case, folded lines joined; of a repeated header the last one. */
export function headersOf(mime: string): Record<string, string> {
  const [head = ''] = mime.split(/\r?\n\r?\n/, 1)
  const headers: Record<string, string> = {}
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return headers
}

/** Lower case. */
export function addressesIn(value: string): string[] {
  const addresses = value.split(',').map((part) => /<([^<>]+)>/.exec(part)?.[1] ?? part)
  return addresses.map((address) => address.trim().toLowerCase()).filter((address) => /^[^\s@]+@[^\s@]+$/.test(address))
}

export interface Undelivered {
  readonly at: Date
  readonly headers: Readonly<Record<string, string>>
}

/** The report Exchange sends back, with the headers of the email it is about (RFC 3462, RFC 3464). */
export function nonDeliveryReport(
  { at, headers }: Undelivered,
  { address, status }: { readonly address: string; readonly status: string },
): string {
  const boundary = randomUUID()
  const returned = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const part = (type: string, ...lines: readonly string[]): string[] => [
    `--${boundary}`,
    `Content-Type: ${type}`,
    '',
    ...lines,
    '',
  ]
  return [
    'From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.example>',
    `To: ${headers['from'] ?? 'undisclosed'}`,
    `Date: ${at.toUTCString()}`,
    `Message-ID: <${randomUUID()}@contoso.example>`,
    `In-Reply-To: ${headers['message-id'] ?? ''}`,
    `Subject: Undeliverable: ${headers['subject'] ?? ''}`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    ...part('text/plain; charset=us-ascii', `Your message to ${address} couldn't be delivered.`),
    ...part(
      'message/delivery-status',
      'Reporting-MTA: dns; SIM01.contoso.example',
      '',
      `Original-Recipient: rfc822;${address}`,
      `Final-Recipient: rfc822;${address}`,
      'Action: failed',
      `Status: ${status}`,
      `Diagnostic-Code: smtp;550 ${status} Recipient not found`,
    ),
    ...part('text/rfc822-headers', ...returned),
    `--${boundary}--`,
    '',
  ].join('\r\n')
}
