/** A browser without a screen: remembers cookies, follows nothing. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly location: string | null
  /** Names and attributes of the cookies that were set: `name=…; Path=/; …`. */
  readonly cookies: readonly string[]
  readonly html: string
  readonly title: string
  /** What a person reads below the header. */
  readonly main: string
}

type Headed = Readonly<Record<string, string>>

interface Sending {
  readonly method?: string
  readonly headers?: Headed
  readonly body?: string
}

export class Client {
  readonly jar = new Map<string, string>()

  constructor(private readonly url: string) {}

  get(path: string, headers: Headed = {}, method = 'GET'): Promise<Answer> {
    return this.send(path, { method, headers })
  }

  post(path: string, form: Headed = {}, headers: Headed = {}): Promise<Answer> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return this.send(path, {
      method: 'POST',
      headers: { ...type, ...headers },
      body: String(new URLSearchParams(form)),
    })
  }

  async send(path: string, { headers, ...init }: Sending = {}): Promise<Answer> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const own: Headed = cookie === '' ? {} : { cookie }
    const sent: Headed = { 'accept-language': 'en', ...own, ...headers }
    const response = await fetch(this.url + path, { redirect: 'manual', ...init, headers: sent })
    const cookies = response.headers.getSetCookie()
    for (const line of cookies) this.keep(line)
    const html = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get('location'),
      cookies,
      html,
      title: textOf(/<title>([^]*?)<\/title>/.exec(html)?.[1] ?? ''),
      main: textOf(/<main>([^]*)<\/main>/.exec(html)?.[1] ?? ''),
    }
  }

  private keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '') this.jar.delete(name)
    else this.jar.set(name, value)
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" }

function textOf(html: string): string {
  const blocks = html.replace(/<\/(?:p|h1|h2|li|label|button|a|div)>/g, '\n').replace(/<[^>]*>/g, '')
  return blocks.replace(/&(#?\w+);/g, (_whole, name: string) => ENTITIES[name] ?? '?').trim()
}
