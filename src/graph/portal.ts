/** Where in the Entra admin center something is put right. */
export interface AppNames {
  readonly clientId: string | null
  readonly tenantId: string | null
}

const ENTRA = 'Entra admin center → Entra ID'

export function appPage({ clientId }: AppNames, page: string): string {
  return `${ENTRA} → App registrations → ${clientId ?? 'the application'} → ${page}`
}

export function enterpriseAppPage({ clientId }: AppNames, page: string): string {
  return `${ENTRA} → Enterprise apps → ${clientId ?? 'the application'} → ${page}`
}

export function entraPage(page: string): string {
  return `${ENTRA} → ${page}`
}

export function consent({ tenantId }: AppNames): string {
  return `Grant admin consent for ${tenantId ?? 'the tenant'}`
}

export function grantPath(app: AppNames, permission: string): string {
  const path = 'API permissions → Microsoft Graph → Application permissions'
  return `${appPage(app, path)} → ${permission}; then ${consent(app)}`
}
