import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Whether somebody sits there who can be asked. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Asks on standard error, so that results stay alone on standard output. Only "y" and "yes" are a yes. */
export async function confirmed(question: string, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test((await answerTo(`${question} [y/N] `, signal)) ?? '')
}

const MANY = 100

/** Above a hundred people a yes is too easily said: their number has to be typed. */
export async function confirmedFor(people: number, question: string, signal: AbortSignal): Promise<boolean> {
  if (people <= MANY) return confirmed(question, signal)
  const answer = await answerTo(`${question} Type ${people} to confirm: `, signal)
  return answer?.replace(/[\s,.'’]/g, '') === String(people)
}

/** Null when there is nobody to answer any more. */
async function answerTo(prompt: string, signal: AbortSignal): Promise<string | null> {
  process.stderr.write(prompt)
  // Not in raw mode: Ctrl-C stays a signal, and ends the command as everywhere.
  const lines = createInterface({ input: process.stdin, terminal: false })
  try {
    const [answer = null] = (await Promise.race([
      once(lines, 'line', { signal }),
      once(lines, 'close', { signal }),
    ])) as [string?]
    if (answer === null) process.stderr.write('\n')
    return answer?.trim() ?? null
  } catch (error) {
    process.stderr.write('\n')
    throw error
  } finally {
    lines.close()
    process.stdin.pause()
  }
}
