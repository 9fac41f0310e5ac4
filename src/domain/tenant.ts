import { ConnectorError } from './errors.js'

/** A store that was filled from one tenant is never compared with another one's people. */
export function wrongTenant(stored: string, signedIn: string): ConnectorError {
  return new ConnectorError('settings.wrong-tenant', {
    message: `This store holds the people of tenant ${stored}, and we are signed in to tenant ${signedIn}`,
    meanwhile: 'Nothing was read or compared. Everyone keeps their data and access.',
    remedy: 'Correct AZURE_TENANT_ID, or give the other tenant a store of its own with STORE_URL.',
  })
}
