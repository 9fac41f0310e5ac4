import type { Secrets } from './config.js'

/** The password of a URL as written and decoded; the whole URL when it carries a login or options, which may be secret. */
function secretsOfUrl(text: string | null): string[] {
  if (text === null) return []
  const login = /^[a-z0-9+.-]+:\/\/[^/?#:@]*:(?<password>[^/?#]*)@/i.exec(text)
  const password = login?.groups?.['password'] ?? ''
  const whole = login || text.includes('?') ? [text] : []
  return [...whole, password, decoded(password)].filter((value) => value !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Every text that must never be seen: what a redactor is made from. */
export function secretValues(secrets: Secrets): string[] {
  const { clientSecret, certificatePassword, webhook } = secrets
  const plain = [clientSecret, certificatePassword, webhook?.secret, webhook?.url].filter((value) => value != null)
  const { httpProxy, httpsProxy } = secrets.network
  const urls = [secrets.storeUrl, secrets.mailUrl, secrets.bouncesUrl, httpProxy, httpsProxy]
  return [...new Set([...plain, ...urls.flatMap(secretsOfUrl)])]
}
