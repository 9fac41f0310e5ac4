import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'

/** An email that went into a folder instead of out. `link` is the address it invites to click. */
export interface Caught {
  readonly path: string
  readonly to: string
  readonly subject: string
  readonly link: string | null
}

/** The emails in a folder, oldest first. */
export async function readCaught(directory: string): Promise<Caught[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.eml') && !name.startsWith('.')).sort()
  return Promise.all(
    names.map(async (name) => {
      const path = join(directory, name)
      const { to, subject = '', text = '' } = await simpleParser(await readFile(path))
      const first = Array.isArray(to) ? to[0] : to
      return { path, to: first?.text ?? '', subject, link: /\bhttps?:\/\/\S+/.exec(text)?.[0] ?? null }
    }),
  )
}
