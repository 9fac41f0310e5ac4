import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { ConnectorError } from '../domain/errors.js'
import type { ShownChange, ShownPlan } from '../sync/shown-plan.js'
import { isOtherFormat, MARK, readChange, readEnd, readHeader } from './plan-format.js'

/** A plan that was read from its first to its last line and found whole. */
export interface ReadPlan {
  readonly shown: ShownPlan
  readonly changes: AsyncIterable<ShownChange>
  readonly count: number
  close(): Promise<void>
}

const LOOKED_AT = 4096

/** Reads it once to see that all of it is there and untouched, and again as it is applied. Throws `usage.invalid`. */
export async function openPlan(path: string): Promise<ReadPlan> {
  const file = await open(path).catch((cause: unknown) => {
    throw refused(path, `cannot be read${codeOf(cause)}`, 'Name the file that "sync --dry-run --out" has written.')
  })
  try {
    const { shown, count } = await verify(file, path)
    return { shown, count, changes: changesIn(file, path, count), close: () => file.close() }
  } catch (error) {
    await file.close()
    if (error instanceof ConnectorError) throw error
    throw refused(path, `cannot be read${codeOf(error)}`, 'Is it a file?')
  }
}

async function verify(file: FileHandle, path: string): Promise<{ shown: ShownPlan; count: number }> {
  const hash = createHash('sha256')
  let shown: ShownPlan | null = null
  let number = 0
  let count = 0
  let isLast = false
  for await (const line of linesOf(file)) {
    number += 1
    if (isLast) throw damaged(path, `something follows its end, in line ${number}`)
    const end = shown ? readEnd(line) : null
    if (end) {
      if (end.count !== count) throw damaged(path, `it has ${count} changes, and should have ${end.count}`)
      if (end.sha256 !== hash.digest('hex')) throw damaged(path, 'it is not what was written')
      isLast = true
      continue
    }
    hash.update(`${line}\n`)
    if (shown === null) shown = readHeader(line) ?? (await foreign(file, path, line))
    else if (readChange(line)) count += 1
    else throw damaged(path, `line ${number} is no change`)
  }
  if (!shown) throw notOurs(path)
  if (!isLast) throw damaged(path, `its end is missing after line ${number}`)
  return { shown, count }
}

async function* changesIn(file: FileHandle, path: string, count: number): AsyncGenerator<ShownChange> {
  let number = 0
  for await (const line of linesOf(file)) {
    if (number > count) return
    if (number > 0) {
      const change = readChange(line)
      if (!change) throw damaged(path, 'it was changed while it was read')
      yield change
    }
    number += 1
  }
}

/** From the start, however often. */
function linesOf(file: FileHandle): AsyncIterable<string> {
  const input = file.createReadStream({ start: 0, autoClose: false, encoding: 'utf8' })
  return createInterface({ input, crlfDelay: Infinity })
}

/** Why the first line does not begin a plan. */
async function foreign(file: FileHandle, path: string, line: string): Promise<never> {
  if (isOtherFormat(line))
    throw refused(path, 'was written by another version', 'Make the plan anew with this one: sync --dry-run --out FILE')
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0)
  if (!buffer.toString('utf8', 0, bytesRead).includes(MARK)) throw notOurs(path)
  throw refused(
    path,
    'is a plan that another program has formatted anew',
    'Apply the file as it was written, one change a line: a plan that was touched is not applied.',
  )
}

function notOurs(path: string): ConnectorError {
  return refused(path, 'is no plan of ours', 'Name the file that "sync --dry-run --out FILE" has written.')
}

function damaged(path: string, why: string): ConnectorError {
  const remedy = 'A plan is applied exactly as it was written. Make it anew: sync --dry-run --out FILE'
  return refused(path, `is damaged or was changed: ${why}`, remedy)
}

function refused(path: string, why: string, remedy: string): ConnectorError {
  return new ConnectorError('usage.invalid', {
    message: `The plan ${path} ${why}`,
    meanwhile: 'Nothing was written.',
    remedy,
  })
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const words = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'it may not be read' }[code]
  return words === undefined ? '' : `: ${words}`
}
