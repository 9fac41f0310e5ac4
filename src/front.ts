import { readFileSync } from 'node:fs'
import { v7 as uuid } from 'uuid'
import type { Config } from './config/config.js'
import type { MicrosoftConnection } from './graph/connect.js'
import type { ApiParts } from './http/api.js'
import type { MicrosoftLogin } from './login/door.js'
import { openLimits } from './login/limits.js'
import { microsoftLogin } from './login/microsoft.js'
import { openDoor } from './login/password-door.js'
import { openPasswords } from './login/password.js'
import { connectMicrosoft, type MicrosoftParts } from './microsoft.js'
import { openLinks } from './onboarding/links.js'
import type { PageParts } from './pages/parts.js'
import { openPost, type Post } from './post.js'
import type { ConnectionStore } from './store/port.js'
import { readNewcomer } from './sync/newcomer.js'
import { textsFor } from './texts/index.js'
import { readTexts } from './texts/own-texts.js'

export type FrontParts = MicrosoftParts & { readonly store: ConnectionStore }

/** What `serve` shows to people and to the intranet, and the emails that go out meanwhile. */
export interface Front {
  readonly pages: PageParts
  readonly api: ApiParts
  readonly post: Post
  close(): Promise<void>
}

/** `onOwed` is called when somebody has become owed an email; `signal` ends look-ups under way. */
export async function openFront(
  parts: FrontParts,
  { onOwed, signal }: { readonly onOwed: () => void; readonly signal: AbortSignal },
): Promise<Front> {
  const { config, store, log, now } = parts
  const microsoft = config.connection.microsoft ? await connectMicrosoft(parts) : null
  const post = openPost({ ...parts, microsoft: () => microsoft ?? without() })
  const passwords = openPasswords()
  const newId = (): string => uuid()
  const door = openDoor({ store, passwords, limits: openLimits(now), now, newId, onOwed, log })
  const { texts } = readTexts(config.texts ?? {})
  return {
    pages: {
      publicUrl: config.http.publicUrl,
      intranet: config.intranet,
      links: openLinks({ store, passwords, now, newId, onOwed }),
      door,
      microsoft: loginOf(parts, microsoft, signal),
      texts: (language) => textsFor(language, texts),
      defaultLanguage: config.intranet.language,
      logo: config.logo && { type: config.logo.type, bytes: readFileSync(config.logo.path) },
      timeZone: config.schedule.timezone,
      log,
      now,
    },
    api: { store, now, applyBounce: (raw) => post.applyBounce(raw), tooLong: config.connection.tooLong, log },
    post,
    async close() {
      await door.settled()
      await post.close()
      await microsoft?.close()
    },
  }
}

function without(): never {
  throw new Error('There is no connection to Microsoft')
}

/** Null where nobody can log in with Microsoft: it takes an application with a credential of its own. */
function loginOf(
  { config, store, log, now }: FrontParts,
  microsoft: MicrosoftConnection | null,
  signal: AbortSignal,
): MicrosoftLogin | null {
  if (!microsoft || !hasOwnCredential(config)) return null
  const { rules } = config.connection
  const source = microsoft.directory
  return microsoftLogin({
    provider: microsoft.logins(),
    store,
    admit: (objectId) => readNewcomer(objectId, { store, source, rules, newId: () => uuid(), now, signal }),
    redirectUri: `${config.http.publicUrl}/login/microsoft/callback`,
    now,
    log,
  })
}

function hasOwnCredential({ connection: { microsoft } }: Config): boolean {
  return microsoft !== null && microsoft.clientId !== null && microsoft.credential.kind !== 'managed-identity'
}
