import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Who holds a lease: `host:pid:place`. The place tells apart boots of one machine and containers that share a host
 * name, whose process ids mean nothing to each other.
 */
export interface Here {
  readonly host: string
  readonly place: string
}

export function holderName(): string {
  const { host, place } = here()
  return `${host}:${process.pid}:${place}`
}

/** Whether the holder was a process of this very place and is gone, so that nobody need wait for its lease to run out. */
export function isDeadHere(holder: string): boolean {
  return isGone(holder, here(), isAlive)
}

/** False whenever we cannot know: another machine, another boot, another container. */
export function isGone(holder: string, { host, place }: Here, alive: (pid: number) => boolean): boolean {
  const parts = /^(.+):(\d+):([^:]*)$/.exec(holder)
  if (!parts || parts[1] !== host || parts[3] !== place) return false
  return !alive(Number(parts[2]))
}

let known: Here | null = null

function here(): Here {
  return (known ??= { host: hostname(), place: place() })
}

/** Where the system gives no such ids (only Linux does), the host name has to be enough. */
function place(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
    const namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
    return `${boot}-${namespace}`
  } catch {
    return ''
  }
}

/** Signal 0 only asks. Not being allowed to signal a process means that it is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
