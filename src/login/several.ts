import type { Choice, MicrosoftLogin, MicrosoftLogins } from './door.js'

export interface TenantLogin extends Choice {
  readonly login: MicrosoftLogin
}

/**
 * Log in with Microsoft where several connections share an address. The state of a login is kept by the connection it was
 * begun for; the browser's cookie names it, so that nobody else is asked when somebody comes back.
 */
export function microsoftLogins(tenants: readonly TenantLogin[]): MicrosoftLogins | null {
  const [first, second] = tenants
  if (!first || !second) return first?.login ?? null
  const of = (name: string | null): MicrosoftLogin | undefined =>
    tenants.find(({ connection }) => connection === name)?.login
  return {
    choices: tenants.map(({ connection, label }) => ({ connection, label })),
    async begin(connection) {
      const begun = await of(connection)?.begin()
      return begun ? { ...begun, browser: `${connection ?? ''}.${begun.browser}` } : null
    },
    finish(back, cookie) {
      const [, connection = null, browser = null] = /^(.+)\.([^.]+)$/.exec(cookie ?? '') ?? []
      return of(connection)?.finish(back, browser) ?? Promise.resolve({ kind: 'lost' })
    },
  }
}
