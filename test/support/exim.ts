import { spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answering, ended, freePorts, giveAway, makeMaildir, ORDINARY } from './dovecot.js'

/** Debian's exim4 with a configuration of its own, as an ordinary user on a port of its own. */

const EXIM = '/usr/sbin/exim4'

export const hasExim = existsSync(EXIM)

export interface Exim {
  readonly port: number
  /** Resolves with the next message in the mailbox of `bounces@…`, as it was written there. */
  nextBounce(): Promise<Buffer>
  close(): Promise<void>
}

/**
 * Takes every mail: `bounces@` has a mailbox, `gone@` is nobody, everybody else is at the server on `relayPort`.
 */
export async function startExim(relayPort: number): Promise<Exim> {
  const directory = mkdtempSync(join(tmpdir(), 'exim-'))
  const mailbox = join(directory, 'mailbox')
  makeMaildir(mailbox)
  for (const name of ['spool', 'log']) {
    mkdirSync(join(directory, name))
    chownSync(join(directory, name), ORDINARY.uid, ORDINARY.gid)
  }
  const [port = 0] = await freePorts(1)
  const config = join(directory, 'exim.conf')
  writeFileSync(config, configuration(directory, port, relayPort), { mode: 0o644 })
  giveAway(directory, 'exim.conf')
  const child = spawn(EXIM, ['-C', config, '-bdf'], { uid: ORDINARY.uid, gid: ORDINARY.gid, stdio: 'ignore' })
  const close = async (): Promise<void> => {
    await ended(child)
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const log = (): string =>
    readdirSync(join(directory, 'log'))
      .map((name) => readFileSync(join(directory, 'log', name), 'utf8'))
      .join('\n')
  try {
    await answering(port, child)
  } catch (error) {
    const words = log()
    await close()
    throw new Error(`exim did not start: ${words}`, { cause: error })
  }
  const seen = new Set<string>()
  const fresh = (): string | undefined => readdirSync(join(mailbox, 'new')).find((name) => !seen.has(name))
  return {
    port,
    nextBounce: async () => {
      for (let tries = 0; tries < 400; tries += 1) {
        const name = fresh()
        if (name !== undefined) {
          seen.add(name)
          return readFileSync(join(mailbox, 'new', name))
        }
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      throw new Error(`No bounce arrived: ${log()}`)
    },
    close,
  }
}

function configuration(directory: string, port: number, relayPort: number): string {
  return `
exim_user = ${ORDINARY.uid}
exim_group = ${ORDINARY.gid}
primary_hostname = mx.contoso.example
qualify_domain = contoso.example
spool_directory = ${directory}/spool
log_file_path = ${directory}/log/%s
pid_file_path = ${directory}/exim.pid
daemon_smtp_ports = ${port}
local_interfaces = 127.0.0.1
keep_environment =
tls_advertise_hosts =
dsn_advertise_hosts = *
smtputf8_advertise_hosts =
rfc1413_hosts =
host_lookup =
acl_smtp_rcpt = accept
acl_smtp_data = accept
deliver_drop_privilege = true
check_spool_space = 0
check_log_space = 0
untrusted_set_sender = *

begin routers

mailbox:
  driver = accept
  local_parts = bounces
  transport = mailbox

nobody:
  driver = redirect
  local_parts = gone
  allow_fail
  data = :fail: nobody here has that name

elsewhere:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = elsewhere

begin transports

mailbox:
  driver = appendfile
  maildir_format
  directory = ${directory}/mailbox
  create_directory = false
  user = ${ORDINARY.uid}
  group = ${ORDINARY.gid}

elsewhere:
  driver = smtp
  port = ${relayPort}
  allow_localhost
  hosts_try_fastopen =

begin retry

* * F,1h,10m
`
}
