/** As much of a browser as a form needs: cookies, redirects within this machine, and nothing of scripts. */
export interface Shown {
  readonly status: number
  readonly text: string
  readonly location: string | null
  readonly url: string
}

export class Browser {
  readonly #cookies = new Map<string, string>()

  get(url: string): Promise<Shown> {
    return this.#ask(url, { method: 'GET' }, true)
  }

  post(url: string, form: Readonly<Record<string, string>>, { follow = true } = {}): Promise<Shown> {
    return this.#ask(url, { method: 'POST', body: new URLSearchParams(form) }, follow)
  }

  /** Logs in with Microsoft as this person: the simulated one lets the login hint choose. */
  async microsoft(url: string, userName: string, connection?: string): Promise<Shown> {
    const which = connection === undefined ? '' : `?connection=${connection}`
    const start = await this.#ask(`${url}/login/microsoft${which}`, { method: 'GET' }, false)
    const authorize = new URL(start.location ?? '')
    authorize.searchParams.set('login_hint', userName)
    return this.get(authorize.href)
  }

  async #ask(url: string, init: RequestInit, follow: boolean): Promise<Shown> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie, 'accept-language': 'en' } })
    for (const line of answer.headers.getSetCookie()) this.#keep(line)
    const location = answer.headers.get('location')
    if (location !== null && follow) return this.#ask(new URL(location, url).href, { method: 'GET' }, true)
    return { status: answer.status, text: await answer.text(), location, url }
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/max-age=0|expires=thu, 01 jan 1970/i.test(line) || value === '') this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}
