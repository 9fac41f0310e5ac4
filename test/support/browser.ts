import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'

/** A browser of this machine, and what a page must not do in it. */

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** Null where there is none: tests that need one are skipped. */
export function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return paths.find((path) => existsSync(path)) ?? null
}

export function openChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}

/** A person with a browser of their own: cookies, settings, and a note of everything that went wrong. */
export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors and warnings of the console, thrown errors, requests to any origin but those named. */
  readonly complaints: string[]
  close(): Promise<void>
}

export async function aVisitor(
  browser: Browser,
  { origins, ...options }: BrowserContextOptions & { readonly origins: readonly string[] },
): Promise<Visitor> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  context.setDefaultTimeout(10_000)
  const complaints: string[] = []
  context.on('console', (message) => {
    // That a page itself came with 4xx is what some of them are for.
    if (/^Failed to load resource: the server responded with a status of [45]/.test(message.text())) return
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('request', (request) => {
    if (!origins.includes(new URL(request.url()).origin)) complaints.push(`request to ${request.url()}`)
  })
  context.on('response', (response) => {
    const isPart = response.request().resourceType() !== 'document'
    if (isPart && !response.ok()) complaints.push(`${response.status()} for ${response.url()}`)
  })
  return { context, page: await context.newPage(), complaints, close: () => context.close() }
}
