import { resolve } from 'node:path'
import type { Credential, SettingsProblem } from './config.js'
import { whyUnreadable } from './files.js'
import type { SettingName, Values } from './settings.js'
import type { Reading } from './values.js'

export const APP_REGISTRATION = 'Entra admin center → Entra ID → App registrations → your app'

const CREDENTIAL_SETTINGS = [
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_TOKEN_CREDENTIALS',
] as const satisfies SettingName[]
type CredentialSetting = (typeof CREDENTIAL_SETTINGS)[number]

export interface Surroundings {
  readonly cwd: string
  readonly identityEndpoint: boolean
}

function credentialOf(name: CredentialSetting, values: Values, cwd: string): Credential | null {
  const value = values[name]
  if (value === null) return null
  switch (name) {
    case 'AZURE_CLIENT_SECRET':
      return { kind: 'secret' }
    case 'AZURE_CLIENT_CERTIFICATE_PATH':
      return { kind: 'certificate', path: resolve(cwd, value) }
    case 'AZURE_FEDERATED_TOKEN_FILE':
      return { kind: 'federated', path: resolve(cwd, value) }
    case 'AZURE_TOKEN_CREDENTIALS':
      return { kind: 'managed-identity' }
  }
}

function fileProblem(name: string, credential: Credential): SettingsProblem[] {
  const reason = 'path' in credential ? whyUnreadable(credential.path) : null
  if (!('path' in credential) || reason === null) return []
  const what = credential.kind === 'certificate' ? 'certificate' : 'token file'
  return [
    {
      name,
      message: `${name} names a ${what} that cannot be read: ${credential.path}: ${reason}.`,
      remedy: 'Check the path, and that the account the connector runs under may read it.',
    },
  ]
}

function contradiction(names: readonly string[]): SettingsProblem[] {
  if (names.length < 2) return []
  const message = `${names.join(' and ')} contradict each other: each is a credential of its own.`
  return [{ name: names.join(', '), message, remedy: 'Keep one of them and remove the others.' }]
}

/**
 * Exactly one of the four. Hosts of Azure announce a managed identity through IDENTITY_ENDPOINT, which nobody can take
 * away there: it counts only when nothing else is chosen.
 */
export function chooseCredential(
  { values, unreadable, nameOf }: Reading,
  around: Surroundings,
): { readonly credential: Credential | null; readonly problems: SettingsProblem[] } {
  const options = CREDENTIAL_SETTINGS.flatMap((name) => {
    const credential = credentialOf(name, values, around.cwd)
    return credential ? [{ name, credential }] : []
  })
  const attempted = CREDENTIAL_SETTINGS.filter((name) => values[name] !== null || unreadable.has(name))
  const problems = options.flatMap(({ name, credential }) => fileProblem(nameOf(name), credential))
  problems.push(...contradiction(attempted.map(nameOf)))
  if (values.AZURE_CLIENT_CERTIFICATE_PASSWORD !== null && !attempted.includes('AZURE_CLIENT_CERTIFICATE_PATH')) {
    const name = nameOf('AZURE_CLIENT_CERTIFICATE_PASSWORD')
    problems.push({
      name,
      message: `${name} is set, but there is no certificate it could open.`,
      remedy: `Set ${nameOf('AZURE_CLIENT_CERTIFICATE_PATH')} as well, or remove the password.`,
    })
  }
  const announced: Credential | null = around.identityEndpoint ? { kind: 'managed-identity' } : null
  return { credential: attempted.length === 0 ? announced : (options[0]?.credential ?? null), problems }
}

/** What is missing before anybody can ask Microsoft for anything. */
export function missingForMicrosoft(
  { values, unreadable, nameOf }: Reading,
  credential: Credential | null,
): SettingsProblem[] {
  const missing: SettingsProblem[] = []
  const labels = { AZURE_TENANT_ID: 'Directory (tenant) ID', AZURE_CLIENT_ID: 'Application (client) ID' } as const
  for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'] as const) {
    if (values[name] !== null || unreadable.has(name) || credential?.kind === 'managed-identity') continue
    const remedy = `Copy the ${labels[name]} from ${APP_REGISTRATION} → Overview.`
    missing.push({ name: nameOf(name), message: `${nameOf(name)} is not set.`, remedy })
  }
  if (credential === null && !CREDENTIAL_SETTINGS.some((name) => unreadable.has(name))) {
    const [name = '', ...others] = CREDENTIAL_SETTINGS.map(nameOf)
    const last = `${others.pop() ?? ''}=ManagedIdentityCredential`
    missing.push({
      name,
      message:
        name === 'AZURE_CLIENT_SECRET' ? 'No credential is configured.' : `${name} is not set, nor another credential.`,
      remedy: `Set one of the four: ${[name, ...others].join(', ')}, or ${last}.`,
    })
  }
  return missing
}
