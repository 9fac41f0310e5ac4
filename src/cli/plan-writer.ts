import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ConnectorError } from '../domain/errors.js'
import type { ShownChange, ShownPlan } from '../sync/shown-plan.js'
import { changeLine, endLine, headerLine, MARK } from './plan-format.js'

/** Where a plan is written: complete under its name, or not at all. */
export interface PlanFile {
  /** Gives how many changes there are. Throws `output.failed`. */
  write(plan: ShownPlan, changes: Iterable<ShownChange>): Promise<number>
  /** Takes away what was not completed. */
  close(): Promise<void>
}

const CHUNK = 256 * 1024

/**
 * Makes sure of the place before the run begins. Only its owner may read the file: it is full of names. A file that is
 * no plan of ours is never replaced. Throws `usage.invalid`.
 */
export async function openPlanFile(path: string): Promise<PlanFile> {
  await refuseOther(path)
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
  const file = await open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600).catch(
    (cause: unknown) => {
      throw cannotWrite('usage.invalid', path, cause)
    },
  )
  let kept = false
  return {
    async write(plan, changes) {
      try {
        const count = await writeAll(file, plan, changes)
        await file.sync()
        await rename(temporary, path)
        kept = true
        return count
      } catch (cause) {
        throw cannotWrite('output.failed', path, cause)
      }
    },
    async close() {
      await file.close().catch(() => undefined)
      if (!kept) await rm(temporary, { force: true }).catch(() => undefined)
    },
  }
}

async function writeAll(file: FileHandle, plan: ShownPlan, changes: Iterable<ShownChange>): Promise<number> {
  const hash = createHash('sha256')
  let text = headerLine(plan)
  let count = 0
  const flush = async (): Promise<void> => {
    hash.update(text)
    await file.appendFile(text)
    text = ''
  }
  for (const change of changes) {
    text += `${count === 0 ? '' : ','}\n${changeLine(change)}`
    count += 1
    if (text.length >= CHUNK) await flush()
  }
  text += '\n'
  await flush()
  await file.appendFile(`${endLine({ count, sha256: hash.digest('hex') })}\n`)
  return count
}

async function refuseOther(path: string): Promise<void> {
  const there = await lstat(path).catch(() => null)
  if (!there) return
  if (there.isFile() && (await beginsAsPlan(path))) return
  throw new ConnectorError('usage.invalid', {
    message: `--out ${path} is there already, and is no plan of ours`,
    meanwhile: 'Nothing was read or written.',
    remedy: 'Give another name, or move it away. Only older plans are replaced.',
  })
}

async function beginsAsPlan(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null)
  if (!file) return false
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MARK.length + 1), 0, MARK.length + 1, 0)
    return buffer.toString('utf8', 0, bytesRead) === `{${MARK}`
  } finally {
    await file.close()
  }
}

function cannotWrite(code: 'usage.invalid' | 'output.failed', path: string, cause: unknown): ConnectorError {
  if (cause instanceof ConnectorError) return cause
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  return new ConnectorError(code, {
    message: `The plan cannot be written to ${path}: ${REASONS[why] ?? why}`,
    meanwhile: 'Nothing was written.',
    remedy: 'Give a file in a folder that is there and may be written: --out plan.json',
    cause,
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'nothing may be written there',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
}
