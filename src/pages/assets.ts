import type { FastifyInstance } from 'fastify'
import type { PageParts } from './parts.js'
import { SCRIPT } from './script.js'
import { STYLE } from './style.js'

/** In the browser's tab where there is no logo. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1d4fd7"/>' +
  '<path d="M10 16h10m-4-5 5 5-5 5" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>'

/** Style, script and pictures come from our own address, because the pages load nothing from elsewhere. */
export function registerAssets(app: FastifyInstance, logo: PageParts['logo']): void {
  const serve = (name: string, type: string, content: string | Buffer): void =>
    void app.get(`/welcome/assets/${name}`, (_request, reply) => reply.type(type).send(content))
  serve('pages.css', 'text/css; charset=utf-8', STYLE)
  serve('pages.js', 'text/javascript; charset=utf-8', SCRIPT)
  serve('icon.svg', 'image/svg+xml', ICON)
  if (logo) serve('logo', logo.type, logo.bytes)
}
