import { parseArgs } from 'node:util'
import { startSimulator } from './server.js'

/** The simulator as a process of its own: prints one line of JSON about itself, then serves until SIGTERM. */

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '40' },
    'page-size': { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '0' },
    prebuilt: { type: 'boolean', default: false },
    gzip: { type: 'boolean', default: false },
    roles: { type: 'string', default: 'User.Read.All,AuditLog.Read.All' },
  },
})

const simulator = await startSimulator({
  users: wholeNumber('users'),
  pageSize: wholeNumber('page-size'),
  seed: wholeNumber('seed'),
  port: wholeNumber('port'),
  prebuilt: values.prebuilt,
  gzip: values.gzip,
  roles: values.roles.split(',').filter(Boolean),
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void simulator.close())

const about = { url: simulator.url, pid: process.pid, users: simulator.directory.size, settings: simulator.settings() }
process.stdout.write(`${JSON.stringify(about)}\n`)

function wholeNumber(name: 'users' | 'page-size' | 'seed' | 'port'): number {
  if (/^\d+$/.test(values[name])) return Number(values[name])
  throw new Error(`--${name} takes a whole number, not '${values[name]}'.`)
}
