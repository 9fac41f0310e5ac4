import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Whether somebody sits there who can be asked. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Asks on standard error, so that results stay alone on standard output. Only "y" and "yes" are a yes. */
export async function confirmed(question: string, signal: AbortSignal): Promise<boolean> {
  process.stderr.write(`${question} [y/N] `)
  // Not in raw mode: Ctrl-C stays a signal, and ends the command as everywhere.
  const lines = createInterface({ input: process.stdin, terminal: false })
  try {
    const [answer = null] = (await Promise.race([
      once(lines, 'line', { signal }),
      once(lines, 'close', { signal }),
    ])) as [string?]
    if (answer === null) process.stderr.write('\n')
    return /^y(es)?$/i.test(answer?.trim() ?? '')
  } catch (error) {
    process.stderr.write('\n')
    throw error
  } finally {
    lines.close()
    process.stdin.pause()
  }
}
