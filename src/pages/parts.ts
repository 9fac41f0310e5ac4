import type { IntranetConfig } from '../config/config.js'
import type { Language } from '../domain/ahead.js'
import type { Log } from '../logging/log.js'
import type { Door, MicrosoftLogins } from '../login/door.js'
import type { Links } from '../onboarding/links.js'
import type { Texts } from '../texts/texts.js'

/** What the employee's pages are made of. */
export interface PageParts {
  /** Its path stands in front of every address a page names; https makes the cookies Secure. */
  readonly publicUrl: string
  /** Where several connections are at this address: what they have in common. */
  readonly intranet: IntranetConfig
  /** What each of those calls things and where its logins lead, by its name. */
  readonly intranets?: ReadonlyMap<string, IntranetConfig>
  readonly links: Links
  readonly door: Door
  /** Null: nobody logs in with Microsoft here. */
  readonly microsoft: MicrosoftLogins | null
  readonly texts: (language: Language) => Texts
  readonly defaultLanguage: Language
  /** `type` is the media type: `image/svg+xml`. */
  readonly logo: { readonly type: string; readonly bytes: Buffer } | null
  /** IANA name of the zone dates are told in; null: the machine's. */
  readonly timeZone: string | null
  readonly log: Log
  readonly now: () => Date
}
