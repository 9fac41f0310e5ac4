import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectorError } from '../domain/errors.js'
import { mimeOf } from './mime.js'
import type { Transport } from './transport.js'
import { mailUnavailable, sendingStopped } from './unavailable.js'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'it can only be read',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EEXIST: 'a file is in its place',
  ENOTDIR: 'a file is in its place',
}

/**
 * Puts emails as `.eml` files into a folder, which is made when it is missing. A file is there as a whole or not at all;
 * sending the same email again replaces its file. Only our own user may read them, because they hold links.
 */
export function openFolder(directory: string, { now }: { readonly now: () => Date }): Transport {
  return {
    concurrency: 4,
    send: async (message, signal) => {
      if (signal.aborted) throw sendingStopped()
      const date = now()
      const content = await mimeOf(message, date)
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        // The id is a UUID of version 7: in order of name is in order of time.
        await put(directory, `${message.emailId.replace(/[^\w-]/g, '_')}.eml`, content)
      } catch (error) {
        throw unwritable(directory, error)
      }
      return { outcome: 'accepted' }
    },
    close: () => Promise.resolve(),
  }
}

async function put(directory: string, name: string, content: Buffer): Promise<void> {
  const temporary = join(directory, `.${randomUUID()}.tmp`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, join(directory, name))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function unwritable(directory: string, error: unknown): ConnectorError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'FILE'
  const words = error instanceof Error ? error.message : String(error)
  return mailUnavailable({
    message: `We cannot write emails to ${directory}: ${REASONS[code] ?? `the system says ${code}`}`,
    remedy: `Check path and free space of ${directory}: MAIL_URL.`,
    details: { code, words },
  })
}
