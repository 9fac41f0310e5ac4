import type { FastifyInstance } from 'fastify'
import { toConnectorError } from '../domain/errors.js'
import { partsFor } from './auth.js'

const MOST_BYTES = 10 * 1024 * 1024

/** One delivery report, as the mail provider received it. */
export function registerBounces(app: FastifyInstance): void {
  // In a scope of its own: no other route takes an email, and this one nothing else.
  void app.register((own, _options, done) => {
    own.removeAllContentTypeParsers()
    own.addContentTypeParser('message/rfc822', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
    own.post(
      '/api/v1/bounces',
      { bodyLimit: MOST_BYTES, config: { scopes: ['intranet', 'admin'] } },
      async (request, reply) => {
        const { applyBounce, log } = partsFor(request)
        try {
          if (Buffer.isBuffer(request.body)) await applyBounce(request.body)
        } catch (thrown) {
          const error = toConnectorError(thrown, 'reading a delivery report')
          log.error('A delivery report could not be dealt with', { requestId: request.id, error })
        }
        return reply.code(202).send()
      },
    )
    done()
  })
}
