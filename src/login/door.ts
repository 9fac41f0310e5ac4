import type { User } from '../domain/user.js'

/** What the login pages do: user name and password, log out, forgotten password, and the way to Microsoft and back. */

/** `session` is the cookie's value, good until `until` (ISO 8601 UTC). */
export type LoginResult =
  | { readonly kind: 'in'; readonly user: User; readonly session: string; readonly until: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'too-many'; readonly minutes: number }
  | { readonly kind: 'paused'; readonly user: User }

export interface Door {
  /** `network` is the caller's address. Takes the same time whether or not the account exists. */
  logIn(attempt: { name: string; password: string; network: string }): Promise<LoginResult>
  /** Who is logged in with this cookie; a cookie older than a day's work is exchanged for a new one. */
  whoIs(session: string | null): Promise<{ user: User; renewed: { session: string; until: string } | null } | null>
  logOut(session: string | null, everywhere: boolean): Promise<void>
  /** Owes an email where there can be one; nobody is told whether. */
  forgotten(asked: { name: string; network: string }): Promise<void>
}

export interface MicrosoftReturn {
  readonly code: string | null
  readonly state: string | null
  readonly error: string | null
  readonly errorDescription: string | null
}

/**
 * `lost`: state or browser do not match, or the login was used before. `stranger`: nobody we let in. `ahead`: this person
 * logs in with user name and password. `refused`: Microsoft or the checks of the token. `busy`: no answer from Microsoft.
 */
export type MicrosoftResult =
  | { readonly kind: 'in'; readonly user: User }
  | { readonly kind: 'paused' | 'ahead'; readonly user: User }
  | { readonly kind: 'lost' | 'stranger' | 'refused' | 'busy' }

export interface MicrosoftLogin {
  /** `browser` is the value of a cookie that lives ten minutes. */
  begin(): Promise<{ readonly url: string; readonly browser: string }>
  finish(back: MicrosoftReturn, browser: string | null): Promise<MicrosoftResult>
}

/** A connection one may log in to with Microsoft. `label` is what people call it. */
export interface Choice {
  readonly connection: string
  readonly label: string
}

/** The same where several connections may share an address: then somebody has to choose. */
export interface MicrosoftLogins extends Pick<MicrosoftLogin, 'finish'> {
  readonly choices?: readonly Choice[]
  /** Null: there is a choice, and this is none of it. */
  begin(connection: string | null): Promise<{ readonly url: string; readonly browser: string } | null>
}
