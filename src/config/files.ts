import { constants, accessSync, lstatSync, statSync } from 'node:fs'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder',
}

/** Only what the system says is not there counts as absent, never what we are not allowed to see. */
export function isAbsent(path: string): boolean {
  try {
    lstatSync(path)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code))
  }
}

/** Why an operation on a file failed, in words. */
export function fileReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (code === '' ? String(error) : `the system says ${code}`)
}

/** Null when the file can be read and holds something; else the reason, in words. */
export function whyUnreadable(path: string): string | null {
  try {
    const facts = statSync(path)
    if (facts.isDirectory()) return 'it is a folder'
    accessSync(path, constants.R_OK)
    return facts.isFile() && facts.size === 0 ? 'it is empty' : null
  } catch (error) {
    return fileReason(error)
  }
}
