import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../src/store/sqlite/database.js'
import type { SpoiltStore } from './write-trial.js'

/**
 * `full`: SQLite may not make the file any larger. `locked`: another connection is writing. `io`: the system refuses to
 * write (Linux only: a limit of the file size of this process). Until one write has failed, or for the whole run.
 */
export interface SqliteInjury {
  readonly kind: 'full' | 'locked' | 'io'
  readonly lasting: boolean
}

export const CAN_LIMIT_FILES = process.platform === 'linux' && existsSync('/usr/bin/prlimit')

const CODES = { full: ['store.full'], locked: ['store.locked'], io: ['store.unreachable'] }

type Kept = string

/** A file in this folder. Every write of this process to any file is watched: one trial at a time. */
export function spoiltSqlite(folder: string): Promise<SpoiltStore<SqliteInjury, Kept>> {
  const path = join(folder, 'spoilt.db')
  const writes = watchWrites()
  let kept = 0
  return Promise.resolve({
    url: `sqlite:${path}`,
    keep: () => {
      const name = join(folder, `kept-${(kept += 1)}`)
      mkdirSync(name)
      for (const file of filesOf(folder)) copyFileSync(join(folder, file), join(name, file))
      return Promise.resolve(name)
    },
    restore: (name) => {
      for (const file of filesOf(folder)) rmSync(join(folder, file))
      for (const file of filesOf(name)) copyFileSync(join(name, file), join(folder, file))
      return Promise.resolve()
    },
    spoil: (n, injury) => writes.spoil(n, injury),
    heal: () => writes.heal(),
    codes: ({ kind }) => CODES[kind],
    mustTell: () => true,
    letTimePass: () => Promise.resolve(),
    close: () => {
      writes.stop()
      return Promise.resolve()
    },
  })
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('spoilt.db'))
}

interface Writes {
  spoil(n: number, injury: SqliteInjury): void
  heal(): { readonly writes: number; readonly failed: number }
  stop(): void
}

/** At the edge where the store's writes leave: what fails there is SQLite itself. */
function watchWrites(): Writes {
  const { prototype } = Database
  const own = { write: Reflect.get(prototype, 'write'), commit: Reflect.get(prototype, 'commit') } as const
  let ordered: { readonly n: number; readonly injury: SqliteInjury } | null = null
  let heal: (() => void) | null = null
  let writes = 0
  let failed = 0

  const watched = <T>(db: Database, write: () => Promise<T>): Promise<T> => {
    writes += 1
    if (ordered && heal === null && writes === ordered.n) heal = injure(db, ordered.injury)
    return write().catch((error: unknown) => {
      if (heal) failed += 1
      if (!ordered?.injury.lasting) heal?.()
      throw error
    })
  }
  prototype.write = function write<T>(this: Database, work: () => T): Promise<T> {
    return watched(this, () => own.write.call(this, work) as Promise<T>)
  }
  prototype.commit = function commit<T>(this: Database, work: () => T, keep: (result: T) => boolean): Promise<T> {
    return watched(this, () => own.commit.call(this, work, keep as (result: unknown) => boolean) as Promise<T>)
  }
  const over = (): { readonly writes: number; readonly failed: number } => {
    heal?.()
    const seen = { writes, failed }
    ;[ordered, heal, writes, failed] = [null, null, 0, 0]
    return seen
  }
  return {
    spoil(n, injury) {
      over()
      ordered = { n, injury }
    },
    heal: over,
    stop() {
      over()
      Object.assign(prototype, own)
    },
  }
}

const BUSY = 'PRAGMA busy_timeout = 20'
/** Small, and still larger than nothing: the system takes what stays within. */
const FILE_SIZE = '1'

/** Gives what takes it back, once. */
function injure(db: Database, { kind }: SqliteInjury): () => void {
  const heal = INJURIES[kind](db)
  let isHealed = false
  return () => {
    if (!isHealed) heal()
    isHealed = true
  }
}

const INJURIES: Readonly<Record<SqliteInjury['kind'], (db: Database) => () => void>> = {
  full: (db) => {
    // What fits into the file as it is can still be written.
    db.script('PRAGMA max_page_count = 1')
    return () => {
      try {
        db.script('PRAGMA max_page_count = 1000000')
      } catch {
        // It was closed meanwhile.
      }
    }
  },
  locked: (db) => {
    const other = new Database(db.path, 0)
    other.script('BEGIN IMMEDIATE')
    db.script(BUSY)
    return () => {
      other.script('ROLLBACK')
      other.close()
    }
  },
  io: () => {
    const ignore = (): void => undefined
    process.on('SIGXFSZ', ignore)
    limitFiles(FILE_SIZE)
    return () => {
      limitFiles('unlimited')
      process.off('SIGXFSZ', ignore)
    }
  },
}

function limitFiles(size: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${size}:unlimited`])
}
