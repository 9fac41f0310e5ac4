import { ConnectorError, MEANWHILE, type ErrorDetails } from '../domain/errors.js'
import { throttled, unavailable } from './passing.js'
import { fieldsOf, jsonOf, textOf } from './envelope.js'
import type { ExchangeAnswer } from './exchange.js'
import { appPage, consent, enterpriseAppPage, entraPage, type AppNames } from './portal.js'
import type { Words } from './words.js'

/** What the sign-in service answered to. */
export interface SignInAttempt extends AppNames {
  readonly authorityHost: string
  readonly words: Words
  readonly now: () => Date
  /** Of the certificate, as Entra shows it. */
  readonly thumbprint: string | null
  /** The secret has the form of an identifier. */
  readonly secretIsGuid: boolean
  /** What a setting is called where it was given. */
  readonly nameOf: (setting: MicrosoftSetting) => string
  /** What a command needs to be for this connection, a space before it; mostly nothing. */
  readonly option: string
}

type MicrosoftSetting =
  | 'AZURE_TENANT_ID'
  | 'AZURE_CLIENT_ID'
  | 'AZURE_CLIENT_SECRET'
  | 'AZURE_CLIENT_CERTIFICATE_PATH'
  | 'AZURE_FEDERATED_TOKEN_FILE'
  | 'AZURE_AUTHORITY_HOST'
  | 'GRAPH_BASE_URL'

interface Refusal {
  readonly numbers: readonly number[]
  readonly message: (at: SignInAttempt) => string
  readonly remedy: (at: SignInAttempt) => string
}

const credentials = (at: SignInAttempt): string => appPage(at, 'Certificates & secrets')
const sameCloud = (at: SignInAttempt): string =>
  `${at.nameOf('GRAPH_BASE_URL')} and ${at.nameOf('AZURE_AUTHORITY_HOST')} must belong to the same cloud. ${restart(at)}`

/** Settings are read once, at the start: `serve` goes on with what it read then. */
export function restart({ option }: Pick<SignInAttempt, 'option'>): string {
  return `After a change restart \`serve\`, then run \`entra-connector check${option}\`.`
}

/** reference-error-codes.md. The numbers only pick the words; Microsoft may change them at any time. */
const REFUSALS: readonly Refusal[] = [
  {
    numbers: [7000222],
    message: () => 'Microsoft refused our sign-in: the client secret has expired',
    remedy: (at) =>
      `${credentials(at)} → Client secrets → New client secret; put its Value into ${at.nameOf('AZURE_CLIENT_SECRET')}, restart \`serve\`, then run \`entra-connector check${at.option}\`.`,
  },
  {
    numbers: [7000215],
    message: () => 'Microsoft refused our sign-in: the client secret is wrong',
    remedy: (at) => {
      const hint = at.secretIsGuid
        ? "This looks like the secret's ID. Entra shows the Value once, in the column next to it."
        : 'Often the Secret ID was pasted.'
      return `${hint} ${credentials(at)} → New client secret, copy the Value column into ${at.nameOf('AZURE_CLIENT_SECRET')}, restart \`serve\`, then run \`entra-connector check${at.option}\`.`
    },
  },
  {
    numbers: [700027, 50012, 700030],
    message: () => 'Microsoft does not know our certificate',
    remedy: (at) =>
      `${credentials(at)} → Certificates: compare with thumbprint ${at.thumbprint ?? 'of our certificate'}; upload it if missing or expired.`,
  },
  {
    numbers: [700024],
    message: () => 'Microsoft refused our sign-in: our assertion is outside its time range',
    remedy: (at) =>
      `Check this machine's clock; with ${at.nameOf('AZURE_FEDERATED_TOKEN_FILE')}, that the file is renewed in time.`,
  },
  {
    numbers: [70021, 700211, 700212, 700213],
    message: () => 'Microsoft does not know our federated token',
    remedy: (at) =>
      `${credentials(at)} → Federated credentials: issuer, subject and audience must be those of the token in ${at.nameOf('AZURE_FEDERATED_TOKEN_FILE')}.`,
  },
  {
    numbers: [7000218],
    message: () => 'No credential is configured',
    remedy: (at) =>
      `Set one of ${at.nameOf('AZURE_CLIENT_SECRET')}, ${at.nameOf('AZURE_CLIENT_CERTIFICATE_PATH')}, ${at.nameOf('AZURE_FEDERATED_TOKEN_FILE')}, or use a managed identity. ${restart(at)}`,
  },
  {
    numbers: [700016],
    message: (at) => `This application does not exist in tenant ${at.tenantId ?? '(none)'}`,
    remedy: (at) =>
      `${appPage({ ...at, clientId: null }, 'Overview')}: compare Application (client) ID with ${at.nameOf('AZURE_CLIENT_ID')} (${at.clientId ?? 'not set'}) and Directory (tenant) ID with ${at.nameOf('AZURE_TENANT_ID')}. ${restart(at)}`,
  },
  {
    numbers: [7000112],
    message: () => 'The application is switched off in this tenant',
    remedy: (at) => `${enterpriseAppPage(at, 'Properties')} → Enabled for users to sign-in? → Yes.`,
  },
  {
    numbers: [90002, 90038],
    message: (at) => `Tenant ${at.tenantId ?? '(none)'} was not found in this cloud`,
    remedy: (at) =>
      `${entraPage('Overview')} → Tenant ID is ${at.nameOf('AZURE_TENANT_ID')}; another national cloud needs ${at.nameOf('AZURE_AUTHORITY_HOST')} and ${at.nameOf('GRAPH_BASE_URL')}. ${restart(at)}`,
  },
  {
    numbers: [53003],
    message: () => 'A Conditional Access policy blocks the connector',
    remedy: () =>
      `${entraPage('Monitoring & health → Sign-in logs')} → Service principal sign-ins → the failed entry → Conditional Access names the policy; then ${entraPage('Conditional Access → Policies')}.`,
  },
  {
    numbers: [500011, 70011, 1002012, 700022],
    message: () => 'Microsoft does not know the address we ask for',
    remedy: sameCloud,
  },
  {
    numbers: [65001, 650056],
    message: () => 'The application is not approved for this organisation',
    remedy: (at) => `${appPage(at, 'API permissions')} → ${consent(at)}.`,
  },
  {
    numbers: [50011],
    message: () => 'Microsoft login is set up with another address',
    remedy: (at) =>
      `${appPage(at, 'Authentication')} → Web → Redirect URIs: add exactly PUBLIC_URL + /login/microsoft/callback.`,
  },
]

const PASSING_ERRORS = ['temporarily_unavailable', 'server_error']
const PASSING_NUMBERS = [90033, 90006, 90024, 90055, 50196]

/** An answer of the sign-in service that is no success: `sign-in.refused`, or one of those that pass by themselves. */
export function refusal(answer: ExchangeAnswer, at: SignInAttempt): ConnectorError {
  const said = saidIn(answer)
  const now = at.now()
  const details = detailsOf(answer, said, at)
  const busy = "Microsoft's sign-in service"
  if (answer.status === 429) return throttled(busy, { answer, now, details })
  const passes = PASSING_ERRORS.includes(said.error) || said.numbers.some((number) => PASSING_NUMBERS.includes(number))
  if (passes || answer.status >= 500 || answer.status === 408) {
    return unavailable(`${busy} is busy`, { answer, now, details })
  }
  const known = REFUSALS.find(({ numbers }) => numbers.some((number) => said.numbers.includes(number)))
  const { message, remedy } = known ?? (said.error === '' ? NOT_MICROSOFT : UNEXPLAINED)
  return new ConnectorError('sign-in.refused', {
    message: message(at),
    meanwhile: MEANWHILE.kept,
    remedy: remedy(at),
    details,
  })
}

/** These are about one person's login, whatever the number; `invalid_client` and its like are about us. */
const OF_THE_LOGIN = ['invalid_grant', 'interaction_required', 'login_required', 'consent_required', 'access_denied']
/** Said in the same way, but for everybody: the application is not approved, or has another address. */
const OF_THE_APPLICATION = [65001, 650056, 50011]

interface LoginRefusal {
  readonly numbers: readonly number[]
  readonly message: string
  readonly remedy: (at: SignInAttempt) => string
}

const person = (): string => `${entraPage('Users')} → the person: Account status, or Reset password.`

const LOGIN_REFUSALS: readonly LoginRefusal[] = [
  {
    numbers: [50105],
    message: 'This person is not assigned to the intranet application',
    remedy: (at) => `${enterpriseAppPage(at, 'Users and groups')} → Add user/group.`,
  },
  { numbers: [50057], message: 'Microsoft refused this login: the account is disabled', remedy: person },
  { numbers: [50053], message: 'Microsoft refused this login: the account is locked', remedy: person },
  { numbers: [50055], message: 'Microsoft refused this login: the password has expired', remedy: person },
  { numbers: [50126], message: 'Microsoft refused this login: the password is wrong', remedy: person },
  {
    numbers: [53003],
    message: 'A Conditional Access policy blocks this login',
    remedy: () =>
      `${entraPage('Monitoring & health → Sign-in logs')} → the failed entry → Conditional Access names the policy.`,
  },
]

/** The same of a person's login: `login.refused` where Microsoft refuses the person or the code, not us. */
export function loginRefusal(answer: ExchangeAnswer, at: SignInAttempt): ConnectorError {
  const error = refusal(answer, at)
  const { error: kind, numbers } = saidIn(answer)
  const own = numbers.some((number) => OF_THE_APPLICATION.includes(number))
  if (error.code !== 'sign-in.refused' || own || !OF_THE_LOGIN.includes(kind)) return error
  const known = LOGIN_REFUSALS.find((one) => one.numbers.some((number) => numbers.includes(number)))
  return new ConnectorError('login.refused', {
    message: known?.message ?? 'Microsoft refused this login',
    meanwhile: MEANWHILE.kept,
    remedy: known?.remedy(at) ?? 'Log in once more, from the beginning.',
    details: error.details,
  })
}

/** What somebody was sent back with instead of a code: OAuth's word, and Microsoft's number where there is one. */
export function sentBack(error: string, code: string | null, at: SignInAttempt): ConnectorError {
  const text = JSON.stringify({ error, error_description: code ?? '' })
  return loginRefusal({ status: 400, headers: {}, text }, at)
}

const UNEXPLAINED: Pick<Refusal, 'message' | 'remedy'> = {
  message: () => 'Microsoft refused our sign-in',
  remedy: (at) =>
    `Compare ${appPage(at, 'Overview')} with ${at.nameOf('AZURE_TENANT_ID')} and ${at.nameOf('AZURE_CLIENT_ID')}, and ${credentials(at)} with the credential; the details hold Microsoft's words. ${restart(at)}`,
}

const NOT_MICROSOFT: Pick<Refusal, 'message' | 'remedy'> = {
  message: (at) => `${new URL(at.authorityHost).host} does not answer like Microsoft's sign-in service`,
  remedy: (at) => `Check ${at.nameOf('AZURE_AUTHORITY_HOST')} and the proxy. ${restart(at)}`,
}

interface Said {
  readonly error: string
  readonly description: string
  readonly numbers: readonly number[]
  readonly fields: Readonly<Record<string, unknown>>
}

function saidIn(answer: ExchangeAnswer): Said {
  const fields = fieldsOf(jsonOf(answer.text)) ?? {}
  const description = textOf(fields['error_description'])
  const listed = Array.isArray(fields['error_codes']) ? (fields['error_codes'] as unknown[]) : []
  const named = /AADSTS(\d+)/.exec(description)?.[1]
  const numbers = [...listed, named].map(Number).filter((number) => number > 0)
  return { error: textOf(fields['error']), description, numbers, fields }
}

function detailsOf(answer: ExchangeAnswer, said: Said, { words, now }: SignInAttempt): ErrorDetails {
  const [number] = said.numbers
  const code = number ? `AADSTS${number}` : words.label(said.error)
  const requestId = words.label(textOf(said.fields['trace_id']) || (answer.headers['x-ms-request-id'] ?? ''))
  const correlationId = words.label(textOf(said.fields['correlation_id']))
  return {
    status: answer.status,
    at: now().toISOString(),
    ...(code ? { code } : {}),
    ...(requestId ? { requestId } : {}),
    ...(correlationId ? { correlationId } : {}),
    ...(said.description ? { words: words.clean(said.description) } : {}),
  }
}
