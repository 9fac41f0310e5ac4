import { ConnectorError } from './errors.js'
import { isGuid } from './guid.js'

/** A store that was filled from one tenant is never compared with another one's people. */
export function wrongTenant(stored: string, signedIn: string): ConnectorError {
  return new ConnectorError('settings.wrong-tenant', {
    message: `This store holds the people of tenant ${stored}, and we are signed in to tenant ${signedIn}`,
    meanwhile: 'Nothing was read or compared. Everyone keeps their data and access.',
    remedy: 'Correct AZURE_TENANT_ID and restart `serve`, or give the other tenant a store of its own with STORE_URL.',
  })
}

/** A tenant named by its id, in lower case; null for a domain. */
export function guidOf(tenant: string | null): string | null {
  return tenant !== null && isGuid(tenant) ? tenant.toLowerCase() : null
}

/**
 * A token is for the tenant it was asked of. One that says otherwise must not decide whose people a store holds.
 * `configured` may also be a verified domain, which cannot be compared. Throws `settings.wrong-tenant`.
 */
export function checkToken(configured: string | null, signedIn: string | null): void {
  if (configured === null || signedIn === null || !isGuid(configured)) return
  if (configured.toLowerCase() === signedIn.toLowerCase()) return
  throw new ConnectorError('settings.wrong-tenant', {
    message: `We asked for a token of tenant ${configured}, and got one of tenant ${signedIn}`,
    meanwhile: 'Nothing was read or compared. Everyone keeps their data and access.',
    remedy: 'Correct AZURE_TENANT_ID and restart `serve`, or see who answers for AZURE_AUTHORITY_HOST.',
  })
}
