import { createLogger } from '../../src/logging/logger.js'
import { createRedactor } from '../../src/logging/redact.js'

/* A process of its own for the tests: logs as told, closes the logger and exits at once. */

const [, , file = '', lines = '1', secret = ''] = process.argv
const redact = createRedactor([secret], { maskAddresses: false })
const log = createLogger(
  { level: 'info', format: 'json', file: file === '' ? null : file, maskAddresses: false },
  redact,
)
for (let line = 1; line <= Number(lines); line++) {
  log.info('A line', { line, secret, filling: 'x'.repeat(200) })
  // Lets streams breathe as a program that does other things too would.
  if (line % 2000 === 0) await new Promise(setImmediate)
}
await log.close()
process.exit(7)
