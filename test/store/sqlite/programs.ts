import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of this folder as a process of its own, and the lines it prints. */
export interface Program {
  readonly child: ChildProcessWithoutNullStreams
  readonly lines: AsyncIterator<string>
  /** The exit code, null when it was killed; standard error for the message of a failed test. */
  readonly end: Promise<{ code: number | null; errors: string }>
}

export function start(name: 'writer' | 'reader' | 'opener', ...args: string[]): Program {
  const path = fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url))
  const child = spawn(process.execPath, [path, ...args])
  let errors = ''
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
  child.stdin.on('error', () => undefined)
  const end = new Promise<{ code: number | null; errors: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, errors })
    })
  })
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), end }
}

export async function line({ lines }: Program): Promise<string> {
  const { value, done } = await lines.next()
  if (done) throw new Error('the program has ended')
  return value
}
