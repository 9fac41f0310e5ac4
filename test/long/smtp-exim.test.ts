import { expect } from 'chai'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Transport } from '../../src/mail/transport.js'
import { messageTo, parse } from '../mail/support/messages.js'
import { never, transportTo } from '../mail/support/smtp-servers.js'

const EXIM = '/usr/sbin/exim4'

describe(`sending to Exim${existsSync(EXIM) ? '' : ' (left out: it is not installed here)'}`, () => {
  let folder: string
  let exim: ChildProcess
  let port: number
  let transport: Transport

  before(async function () {
    if (!existsSync(EXIM)) return this.skip()
    folder = mkdtempSync(join(tmpdir(), 'connector-exim-'))
    port = await freePort()
    writeFileSync(join(folder, 'exim.conf'), configured(folder), { mode: 0o644 })
    const paths = [folder, ...['spool', 'log', 'mail'].map((name) => join(folder, name))]
    for (const path of paths.slice(1)) mkdirSync(path)
    // Started as root it works as a user of its own, whose name Debian chose.
    if (process.getuid?.() === 0) for (const path of paths) chownSync(path, idOf('-u'), idOf('-g'))
    chmodSync(folder, 0o755)
    const command = ['-C', join(folder, 'exim.conf'), '-bdf', '-oX', `127.0.0.1.${port}`]
    exim = spawn(EXIM, command, { stdio: 'ignore', detached: true })
    await listening(port)
    transport = transportTo(port)
  })

  after(async () => {
    if (!existsSync(EXIM)) return
    await transport.close()
    // Those it forked write their last words into the folder: it may go when they have gone.
    const { pid = 0 } = exim
    process.kill(-pid, 'SIGTERM')
    for (let tries = 0; tries < 100 && isThere(-pid); tries += 1) await sleep(20)
    if (isThere(-pid)) process.kill(-pid, 'SIGKILL')
    rmSync(folder, { recursive: true, maxRetries: 5 })
  })

  it('an email is delivered into the mailbox', async () => {
    const message = messageTo('ana@contoso.example')
    expect(await transport.send(message, never)).to.deep.equal({ outcome: 'accepted' })
    const arrived = join(folder, 'mail', 'new')
    for (let tries = 0; tries < 200 && !(existsSync(arrived) && readdirSync(arrived).length > 0); tries += 1)
      await sleep(50)
    const [name = ''] = readdirSync(arrived)
    const mail = await parse(readFileSync(join(arrived, name)))
    expect(mail.messageId).to.equal(message.messageId)
    expect(mail.text?.trim()).to.equal(message.text.trim())
  })

  it('an address it fails: refused, because of the address', async () => {
    const delivery = await transport.send(messageTo('nobody@contoso.example'), never)
    expect(delivery).to.deep.equal({
      outcome: 'refused',
      reason: {
        code: 'address-rejected',
        message: 'nobody@contoso.example does not exist, says 127.0.0.1: 550 nobody is called nobody here',
      },
    })
  })

  it('an address it does not know: refused, because of the address', async () => {
    const delivery = await transport.send(messageTo('ghost@contoso.example'), never)
    expect(delivery).to.have.nested.property('reason.code', 'address-rejected')
  })

  it('an address of somebody else’s: refused, because of the mail system', async () => {
    const delivery = await transport.send(messageTo('ana@elsewhere.example'), never)
    expect(delivery).to.have.nested.property('reason.code', 'mail-system')
  })

  it('an address it defers: delayed', async () => {
    const delivery = await transport.send(messageTo('later@contoso.example'), never)
    expect(delivery).to.have.property('outcome', 'delayed')
    expect(delivery).to.have.nested.property('reason.message').that.contains('451 come back later')
  })
})

function isThere(group: number): boolean {
  try {
    return process.kill(group, 0)
  } catch {
    return false
  }
}

function idOf(kind: '-u' | '-g'): number {
  return Number(spawnSync('id', [kind, 'Debian-exim'], { encoding: 'utf8' }).stdout)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = connect(port, '127.0.0.1')
    const there = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (there) return
    await sleep(50)
  }
  throw new Error('exim4 did not start')
}

/** One mailbox, an address that fails, one that is deferred; nothing leaves the machine. */
function configured(folder: string): string {
  const root = process.getuid?.() === 0
  const user = root ? 'Debian-exim' : String(process.getuid?.())
  return `
${root ? '' : `exim_user = ${user}\nexim_group = ${process.getgid?.() ?? ''}`}
keep_environment =
primary_hostname = mail.contoso.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/exim.pid
domainlist local_domains = contoso.example
acl_smtp_rcpt = recipient
acl_smtp_data = message
dsn_advertise_hosts = *
tls_advertise_hosts =
host_lookup =
rfc1413_query_timeout = 0s
begin acl
recipient:
  require domains = +local_domains
  require verify = recipient
  accept
message:
  accept
begin routers
fails:
  driver = redirect
  local_parts = nobody
  data = :fail: nobody is called $local_part here
  allow_fail
deferred:
  driver = redirect
  local_parts = later
  data = :defer: come back later
  allow_defer
mailbox:
  driver = accept
  local_parts = ana
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  user = ${user}
begin retry
* * F,1h,15m
`
}
