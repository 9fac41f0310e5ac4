import type { FastifyInstance } from 'fastify'
import type { IncomingMessage } from 'node:http'

/** So much of a body that nobody wants is thrown away; then no more is taken from the caller. */
const SWALLOWED_BYTES = 64 * 1024
/** How long the caller has to notice the answer before the connection ends. */
const NOTICE_MS = 2_000

/**
 * Keeps a refused caller from sending on and on. The connection is not ended at once: an answer that arrives together
 * with a reset is lost on many callers.
 */
export function cutOffUnread(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (reply.statusCode >= 400 && hasMore(request.raw)) {
      reply.removeHeader('connection')
      cutOff(request.raw)
    }
    done()
  })
}

function hasMore({ headers, complete }: IncomingMessage): boolean {
  const announced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return announced && !complete
}

function cutOff(body: IncomingMessage): void {
  let swallowed = 0
  const timer = setTimeout(() => body.socket.destroy(), NOTICE_MS)
  const stop = (): void => clearTimeout(timer)
  body.once('end', stop).once('close', stop)
  body.on('data', (chunk: Buffer) => {
    swallowed += chunk.length
    if (swallowed > SWALLOWED_BYTES) body.pause()
  })
}
