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

const running = new Set<Program>()

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
  const program = { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), end }
  running.add(program)
  return program
}

/** Ends what a failed test has left running. */
export async function stopAll(): Promise<void> {
  for (const { child, end } of running) {
    child.kill('SIGKILL')
    await end
  }
  running.clear()
}

export async function line({ lines, end }: Program): Promise<string> {
  const next = await lines.next()
  if (next.done === true) throw new Error(`the program has ended: ${(await end).errors}`)
  return next.value
}
