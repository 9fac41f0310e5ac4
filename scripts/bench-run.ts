import { request } from 'undici'
import { openApp } from '../src/app.js'
import { environment, readConfig } from '../src/config/read.js'
import type { Log } from '../src/logging/log.js'

/** One measurement in a process of its own: `floor`, `sync` or `full`. Prints its figures as one line of JSON. */

const SELECT =
  'id,userPrincipalName,displayName,givenName,surname,mail,jobTitle,department,companyName,officeLocation,mobilePhone,preferredLanguage,employeeId,userType,accountEnabled'

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

interface Done {
  readonly people: number
  readonly requests: number
}

interface Page {
  readonly value: readonly unknown[]
  readonly '@odata.nextLink'?: string
}

async function floor(env: Readonly<Record<string, string | undefined>>): Promise<Done> {
  const origin = env['GRAPH_BASE_URL'] ?? ''
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: env['AZURE_CLIENT_ID'] ?? '',
    client_secret: env['AZURE_CLIENT_SECRET'] ?? '',
    scope: `${origin}/.default`,
  })
  const token = await request(`${origin}/${env['AZURE_TENANT_ID'] ?? ''}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
  const { access_token: bearer } = (await token.body.json()) as { access_token: string }
  let people = 0
  let requests = 0
  let link: string | undefined = `${origin}/v1.0/users/delta?$select=${SELECT}`
  while (link !== undefined) {
    const answer: Awaited<ReturnType<typeof request>> = await request(link, {
      headers: { authorization: `Bearer ${bearer}` },
    })
    const page = JSON.parse(await answer.body.text()) as Page
    people += page.value.length
    requests += 1
    link = page['@odata.nextLink']
  }
  return { people, requests }
}

async function sync(env: Readonly<Record<string, string | undefined>>, full: boolean): Promise<Done> {
  const read = readConfig({ env, cwd: process.cwd(), tty: false, needs: 'microsoft' })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  const app = await openApp({ config: read.config, secrets: read.secrets, log: silent })
  const { signal } = new AbortController()
  const { run, error } = await app.sync({ trigger: 'manual', dryRun: false, full, signal })
  await app.close()
  if (error) throw error
  return { people: run.users.read, requests: run.graph.requests }
}

const [mode = 'sync'] = process.argv.slice(2)
const env = { ...environment(process.cwd()), AHEAD_APP_ID: '' }
// Loading libraries is no work per person, and the floor has loaded its own by now.
await import('../src/graph/connect.js')
await import('../src/store/sqlite/open.js')
const start = performance.now()
const done = mode === 'floor' ? await floor(env) : await sync(env, mode === 'full')
const ms = performance.now() - start
process.stdout.write(JSON.stringify({ ms, ...done, peakMb: process.resourceUsage().maxRSS / 1024 }))
