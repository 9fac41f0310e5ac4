import * as parse from './parsers.js'
import type { Setting } from './setting.js'
import * as urls from './urls.js'

/** Who is told of what nobody may miss. */
export const NOTICES = {
  NOTIFY_EMAIL: {
    parse: parse.addresses,
    example: 'it@contoso.example,oncall@contoso.example',
    sentence:
      'Addresses, comma-separated, that are told when the connection breaks, is healthy again, or removals wait.',
  },
  NOTIFY_WEBHOOK_URL: {
    parse: urls.webhookUrl,
    example: 'https://ops.contoso.example/hooks/connector',
    // Its path alone may be what lets one in.
    secret: true,
    sentence: 'Address that is told the same, as JSON in a signed POST (https only, except on this machine).',
  },
  NOTIFY_WEBHOOK_SECRET: {
    parse: parse.secret,
    example: 'a long random text',
    secret: true,
    sentence: 'What these requests are signed with; needed with `NOTIFY_WEBHOOK_URL`.',
  },
} satisfies Readonly<Record<string, Setting>>
