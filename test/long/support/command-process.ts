import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Run } from '../../../src/domain/run.js'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url))
const PEAK_MEMORY = new URL('./peak-memory.js', import.meta.url).href

/** The built binary as a process of its own. */
export interface CommandProcess {
  readonly child: ChildProcess
  /** Pages of the directory it has committed so far, by its own log. */
  pagesCommitted(): number
  isOver(): boolean
  readonly ended: Promise<Ended>
}

/** `code` is null for a process that was killed. `peakMb` is the most memory it ever held, where it could still tell. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly peakMb: number | null
}

export interface CommandPlace {
  readonly folder: string
  readonly settings: Readonly<Record<string, string>>
}

/** Runs `entra-connector` with these words, in this folder, with nothing but these settings. */
export function startCommand({ folder, settings }: CommandPlace, words: readonly string[]): CommandProcess {
  const child = spawn(process.execPath, ['--import', PEAK_MEMORY, MAIN, ...words], {
    cwd: folder,
    env: { LOG_LEVEL: 'debug', LOG_FORMAT: 'json', ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const pieces = [1, 2, 3].map((number) => collect(child.stdio[number] as NodeJS.ReadableStream))
  let pages = 0
  pieces[1]?.stream.on('data', (data: string) => (pages += data.split('"Page committed"').length - 1))
  let over = false
  const ended = once(child, 'close').then(([code, signal]: unknown[]): Ended => {
    over = true
    const [stdout = '', stderr = '', peak = ''] = pieces.map((piece) => piece.text())
    const peakMb = peak === '' ? null : Number(peak)
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr, peakMb }
  })
  return { child, pagesCommitted: () => pages, isOver: () => over, ended }
}

/** The one JSON document a run prints. */
export function runOf({ stdout, stderr }: Ended): Run {
  try {
    return JSON.parse(stdout) as Run
  } catch {
    throw new Error(`Not one JSON document: ${stdout.slice(0, 500)}\n${stderr.slice(-2000)}`)
  }
}

function collect(stream: NodeJS.ReadableStream): { stream: NodeJS.ReadableStream; text(): string } {
  const parts: string[] = []
  stream.setEncoding('utf8').on('data', (part: string) => parts.push(part))
  return { stream, text: () => parts.join('') }
}
