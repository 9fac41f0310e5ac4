import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Debian's dovecot with a configuration and a mailbox of its own, as an ordinary user on a port of its own. */

const DOVECOT = '/usr/sbin/dovecot'
const IMAP = '/usr/lib/dovecot/imap'

export const hasDovecot = existsSync(DOVECOT) && existsSync(IMAP)

/** Servers refuse to run as root, so root gives them to somebody who may do nothing. */
export const ORDINARY =
  process.getuid?.() === 0
    ? { name: 'nobody', uid: 65534, gid: 65534 }
    : { name: userInfo().username, uid: userInfo().uid, gid: userInfo().gid }

export interface Dovecot {
  readonly port: number
  /** With TLS from the first byte; 0 without a certificate. */
  readonly securePort: number
  readonly user: string
  readonly password: string
  /** Delivers messages as a mail system does, into INBOX or a folder next to it. */
  deliver(messages: readonly (Buffer | string)[], folder?: string): void
  createFolder(name: string): void
  close(): Promise<void>
}

export interface DovecotOptions {
  /** Offers STARTTLS and imaps: with it. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly user?: string
  readonly password?: string
}

export async function startDovecot({
  tls,
  user = 'bounces@contoso.example',
  password = 'p@ss: word/%41',
}: DovecotOptions = {}): Promise<Dovecot> {
  const directory = mkdtempSync(join(tmpdir(), 'dovecot-'))
  const mail = join(directory, 'mail')
  makeMaildir(mail)
  const [port = 0, securePort = 0] = await freePorts(tls ? 2 : 1)
  const config = join(directory, 'dovecot.conf')
  writeFileSync(join(directory, 'users'), `${user}:{PLAIN.HEX}${Buffer.from(password).toString('hex')}\n`)
  if (tls) {
    writeFileSync(join(directory, 'cert.pem'), tls.cert)
    writeFileSync(join(directory, 'key.pem'), tls.key)
  }
  writeFileSync(config, configuration(directory, { port, securePort, tls: tls !== undefined }))
  giveAway(directory, 'users', 'dovecot.conf', 'mail', ...(tls ? ['cert.pem', 'key.pem'] : []))
  const child = spawn(DOVECOT, ['-F', '-c', config], { uid: ORDINARY.uid, gid: ORDINARY.gid, stdio: 'ignore' })
  const close = async (): Promise<void> => {
    await ended(child)
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await answering(port, child)
  } catch (error) {
    const log = join(directory, 'log')
    const words = existsSync(log) ? readFileSync(log, 'utf8') : ''
    await close()
    throw new Error(`dovecot did not start: ${words}`, { cause: error })
  }
  let delivered = 0
  return {
    port,
    securePort,
    user,
    password,
    deliver: (messages, folder) => {
      // Links are much faster than files. Dovecot moves what it has seen, so they hold for one delivery only.
      const written = new Map<Buffer | string, string>()
      const target = folder === undefined ? mail : join(mail, `.${folder}`)
      for (const message of messages) {
        delivered += 1
        const path = join(target, 'new', `${1_700_000_000 + delivered}.M${delivered}P1.test`)
        const same = written.get(message)
        if (same !== undefined) linkSync(same, path)
        else writeFileSync(path, message, { mode: 0o644 })
        written.set(message, same ?? path)
      }
    },
    createFolder: (name) => makeMaildir(join(mail, `.${name}`)),
    close,
  }
}

export function makeMaildir(path: string): void {
  for (const part of ['.', 'new', 'cur', 'tmp']) {
    mkdirSync(join(path, part), { recursive: true })
    chownSync(join(path, part), ORDINARY.uid, ORDINARY.gid)
  }
}

export function giveAway(directory: string, ...names: readonly string[]): void {
  for (const name of ['.', ...names]) chownSync(join(directory, name), ORDINARY.uid, ORDINARY.gid)
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Resolves when the port answers; rejects when the process ends before. */
export function answering(port: number, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended with ${String(code)}`)))
    child.once('error', reject)
    const look = (): void => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve()
      })
      socket.once('error', () => setTimeout(look, 25))
    }
    look()
  })
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  const late = setTimeout(() => child.kill('SIGKILL'), 3000)
  child.kill('SIGTERM')
  await exit
  clearTimeout(late)
}

function groupName(): string {
  return execFileSync('id', ['-gn', ORDINARY.name], { encoding: 'utf8' }).trim()
}

function configuration(
  directory: string,
  { port, securePort, tls }: { port: number; securePort: number; tls: boolean },
): string {
  return `
protocols = imap
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
default_internal_user = ${ORDINARY.name}
default_internal_group = ${groupName()}
default_login_user = ${ORDINARY.name}
default_vsz_limit = 0
listen = 127.0.0.1
auth_mechanisms = plain login
auth_username_format = %u
auth_failure_delay = 0
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:${directory}/mail
mail_uid = ${ORDINARY.uid}
mail_gid = ${ORDINARY.gid}
mail_fsync = never
mail_max_userip_connections = 0
ssl = ${tls ? 'yes' : 'no'}
${tls ? `ssl_cert = <${directory}/cert.pem\nssl_key = <${directory}/key.pem` : ''}
namespace inbox {
  inbox = yes
}
passdb {
  driver = passwd-file
  args = ${directory}/users
}
userdb {
  driver = static
  args = uid=${ORDINARY.uid} gid=${ORDINARY.gid} home=${directory}
}
service imap-login {
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${securePort}
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`
}
