import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/server.js'

/** A body as these tests read it: JSON whose shape each assertion checks by itself. */
export interface Body {
  readonly [name: string]: unknown
  readonly value?: Item[]
  readonly error?: { readonly code: string; readonly message: string; readonly innerError: Record<string, unknown> }
}
export type Item = Record<string, unknown> & { readonly id: string }

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Body
}

const running: Simulator[] = []

/** A simulator that `stopAll` closes. */
export async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options)
  running.push(simulator)
  return simulator
}

export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()))
}

export function tokenForm(simulator: Simulator, change: Record<string, string | null> = {}): URLSearchParams {
  const settings = simulator.settings()
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: settings.AZURE_CLIENT_ID,
    client_secret: settings.AZURE_CLIENT_SECRET,
    scope: 'https://graph.microsoft.com/.default',
  })
  for (const [name, value] of Object.entries(change)) {
    if (value === null) form.delete(name)
    else form.set(name, value)
  }
  return form
}

export async function askToken(
  simulator: Simulator,
  form = tokenForm(simulator),
  tenant = simulator.tenantId,
): Promise<Reply> {
  return read(await fetch(`${simulator.url}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body: form }))
}

export async function bearer(simulator: Simulator): Promise<string> {
  const { body } = await askToken(simulator)
  return `Bearer ${String(body['access_token'])}`
}

/** Asks Graph with a good token, unless `headers` say otherwise. `path` is one below the version or a whole link. */
export async function get(simulator: Simulator, path: string, headers: Record<string, string> = {}): Promise<Reply> {
  const url = path.startsWith('http') ? path : `${simulator.url}/v1.0${path}`
  const authorization = headers['authorization'] ?? (await bearer(simulator))
  return read(await fetch(url, { headers: { ...headers, authorization }, redirect: 'manual' }))
}

/** Posts JSON to Graph with a good token. */
export async function post(simulator: Simulator, path: string, body: unknown): Promise<Reply> {
  const headers = { authorization: await bearer(simulator), 'content-type': 'application/json' }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return read(await fetch(`${simulator.url}/v1.0${path}`, { method: 'POST', headers, body: text }))
}

/** Every item of a listing, page by page to its end. */
export async function readList(simulator: Simulator, path: string): Promise<Item[][]> {
  const pages: Item[][] = []
  for (let next: unknown = path; typeof next === 'string';) {
    const { status, body, text } = await get(simulator, next)
    if (status !== 200 || !body.value) throw new Error(`${status} ${text}`)
    pages.push(body.value)
    next = body['@odata.nextLink']
  }
  return pages
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text()
  let body: Body = {}
  try {
    body = JSON.parse(text) as Body
  } catch {
    // Not JSON: the test looks at `text`.
  }
  return { status: response.status, headers: response.headers, text, body }
}

export interface Round {
  readonly pages: Item[][]
  readonly items: Item[]
  readonly deltaLink: string
}

/** Reads a round to its end; `between` runs after every page but the last. */
export async function readRound(
  simulator: Simulator,
  link: string,
  options: { readonly headers?: Record<string, string>; readonly between?: (page: number) => void } = {},
): Promise<Round> {
  const authorization = await bearer(simulator)
  const pages: Item[][] = []
  for (let next = link; ;) {
    const { status, body, text } = await get(simulator, next, { ...options.headers, authorization })
    if (status !== 200 || !body.value) throw new Error(`${status} ${text}`)
    pages.push(body.value)
    const { '@odata.nextLink': more, '@odata.deltaLink': deltaLink } = body
    if (typeof deltaLink === 'string' && more === undefined) return { pages, items: pages.flat(), deltaLink }
    if (typeof more !== 'string' || deltaLink !== undefined) throw new Error(`A page without exactly one link: ${text}`)
    options.between?.(pages.length)
    next = more
  }
}
