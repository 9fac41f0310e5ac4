import * as parse from './parsers.js'
import type { Setting } from './setting.js'
import * as urls from './urls.js'

/** Settings each connection may have of its own; `settings.ts` puts all of them together. */

type Group = Readonly<Record<string, Setting>>

export const MICROSOFT = {
  AZURE_TENANT_ID: {
    parse: parse.tenant,
    example: '',
    sentence: 'Directory (tenant) ID of the app registration, or a verified domain.',
  },
  AZURE_CLIENT_ID: {
    parse: parse.clientId,
    example: '',
    sentence: 'Application (client) ID of the app registration; of a managed identity only if it is user-assigned.',
  },
  AZURE_CLIENT_SECRET: {
    parse: parse.secret,
    example: '',
    secret: true,
    sentence: 'Credential, one of four: the Value of a client secret, not its ID.',
  },
  AZURE_CLIENT_CERTIFICATE_PATH: {
    parse: parse.path,
    example: 'certificate.pem',
    sentence: 'Credential, one of four: a file with the certificate and its private key.',
  },
  AZURE_CLIENT_CERTIFICATE_PASSWORD: {
    parse: parse.secret,
    example: 'password',
    secret: true,
    sentence: 'Password of that file, if it has one.',
  },
  AZURE_FEDERATED_TOKEN_FILE: {
    parse: parse.path,
    example: '/var/run/secrets/azure/tokens/azure-identity-token',
    sentence: 'Credential, one of four: a file with a token of a federated identity (Kubernetes sets it).',
  },
  AZURE_TOKEN_CREDENTIALS: {
    parse: parse.oneOf('ManagedIdentityCredential'),
    example: 'ManagedIdentityCredential',
    sentence: "Credential, one of four: the Azure host's managed identity (implied where it sets `IDENTITY_ENDPOINT`).",
  },
  AZURE_AUTHORITY_HOST: {
    parse: urls.authorityHost,
    default: 'https://login.microsoftonline.com',
    sentence: 'Where tokens come from: national clouds, or a private authority (https only, except on this machine).',
  },
  GRAPH_BASE_URL: {
    parse: urls.graphUrl,
    default: 'https://graph.microsoft.com',
    sentence: 'Where Microsoft Graph is; must belong to the same cloud. The token goes to this origin only.',
  },
  GIVE_UP_AFTER: {
    parse: parse.durationUpTo(7),
    default: '90s',
    sentence: 'A run ends (exit code 5) after this long without one good answer; the next one goes on from there.',
  },
} satisfies Group

export const PEOPLE = {
  AHEAD_APP_ID: {
    parse: parse.applicationIds,
    example: '00000000-0000-0000-0000-000000000000',
    sentence: 'Application ID(s) whose sign-ins count as intranet logins, comma-separated; unset: the log is not read.',
  },
  DISABLED_ACCOUNTS: {
    parse: parse.oneOf('frozen', 'inactive'),
    default: 'frozen',
    sentence: 'What becomes of people disabled in Entra: `frozen` or `inactive`.',
  },
  LICENSE_SEATS: {
    parse: parse.wholeNumber(0),
    example: '500',
    sentence: 'How many people may be active or frozen; newcomers beyond are kept as inactive. Unset: no limit.',
  },
  REMOVAL_LIMIT_COUNT: {
    parse: parse.wholeNumber(0),
    default: '20',
    sentence: 'Removals wait for a person to approve them when they are more than this many people …',
  },
  REMOVAL_LIMIT_PERCENT: {
    parse: parse.percent,
    default: '5',
    sentence: '… and more than this percentage of all, in one run or over seven days.',
  },
  HOLDS_EXPIRE_AFTER: {
    parse: parse.durationUpTo(365),
    default: '7d',
    sentence:
      'Held removals nobody has decided over, and approvals no run has acted on, are asked about again after this.',
  },
  UNDO_KEPT_FOR: {
    parse: parse.durationUpTo(3650),
    default: '30d',
    sentence: 'How long a run can be undone: what it replaced is kept for this long.',
  },
  RECONCILE_EVERY: {
    parse: parse.durationUpTo(3650),
    default: '30d',
    sentence: 'How often a run reads everybody again, to count what Microsoft did not report as changed.',
  },
} satisfies Group

export const EMAIL = {
  ONBOARDING_SEND: {
    parse: parse.oneOf('manual', 'on-enable'),
    default: 'manual',
    sentence: 'Onboarding emails are sent on request (`manual`) or as soon as ahead login is enabled (`on-enable`).',
  },
  EMAIL_ENABLED: {
    parse: parse.trueOrFalse,
    default: 'true',
    sentence: '`false` stops all email; what is owed waits.',
  },
  MAIL_URL: {
    parse: urls.mailUrl,
    default: 'file:data/outbox',
    example: 'smtp://user:password@mail.contoso.example:587',
    secret: 'in-url',
    sentence: '`smtp://user:password@host:port`, `smtps://…`, `graph:sender@domain` or `file:directory`.',
  },
  MAIL_PER_MINUTE: {
    parse: parse.wholeNumber(1, 10_000),
    example: '60',
    otherwise: 'as fast as the server takes them',
    sentence: 'At most so many emails a minute; with `graph:` never more than 30.',
  },
  EMAIL_LANGUAGE: {
    parse: parse.oneOf('en', 'de', 'fr', 'it'),
    default: 'en',
    sentence: 'Language of emails and pages for people whose own is none of `en`, `de`, `fr`, `it`.',
  },
  MAIL_FROM: {
    parse: parse.mailbox,
    example: "'Contoso intranet <intranet@contoso.example>'",
    sentence: 'Sender of emails, an address or `Name <address>`; needed with smtp.',
  },
  BOUNCES_URL: {
    parse: urls.bouncesUrl,
    example: 'imaps://user:password@mail.contoso.example:993/INBOX',
    secret: 'in-url',
    sentence: 'Where delivery reports arrive: `imaps://user:password@host:port/folder` or `graph:mailbox@domain`.',
  },
  PUBLIC_URL: {
    parse: urls.publicUrl,
    default: 'http://localhost:8080',
    sentence: 'Where browsers reach `serve`, path included: base of the links in emails and of the login pages.',
  },
  INTRANET_NAME: { parse: parse.line, example: 'Compass', sentence: 'What pages and emails call the intranet.' },
  INTRANET_URL: {
    parse: urls.webAddress,
    example: 'https://intranet.contoso.example',
    sentence: 'Where a login leads.',
  },
  ORGANISATION_NAME: {
    parse: parse.line,
    example: 'Contoso',
    sentence: 'What pages and emails call the organisation.',
  },
  SUPPORT_CONTACT: { parse: parse.line, example: 'it@contoso.example', sentence: 'Whom people ask for help.' },
  TOO_LONG_NEVER_LOGGED_IN: {
    parse: parse.durationUpTo(3650),
    default: '30d',
    sentence: 'People who have not logged in once need attention after this long.',
  },
  TOO_LONG_MIGRATING: {
    parse: parse.durationUpTo(3650),
    default: '1d',
    sentence: 'The same while no onboarding email was sent.',
  },
  TOO_LONG_PENDING: {
    parse: parse.durationUpTo(3650),
    default: '7d',
    sentence: 'The same while its link is not opened.',
  },
  TOO_LONG_ONBOARDING_INCOMPLETE: {
    parse: parse.durationUpTo(3650),
    default: '2h',
    sentence: 'The same while the password is not set.',
  },
  TOO_LONG_FAILED: {
    parse: parse.durationUpTo(3650),
    default: '1d',
    sentence: 'The same when the email could not be delivered.',
  },
} satisfies Group
