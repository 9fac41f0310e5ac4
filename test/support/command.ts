import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The built command as its users start it: a process of its own, in a folder of its own, with nothing else set. */

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

export type Env = Readonly<Record<string, string>>

export interface Result {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output as the one JSON document it must be. */
  readonly json: Readonly<Record<string, unknown>>
}

export interface Running {
  readonly pid: number
  /** Resolves when a part of standard output or error matches; rejects when the process ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  send(signal: NodeJS.Signals): void
  readonly ended: Promise<Result>
}

export interface Folder {
  readonly path: string
  readonly env: Env
  run(args: readonly string[], env?: Env): Promise<Result>
  start(args: readonly string[], env?: Env): Running
  /** A line of shell in which `connector` is the command. */
  shell(line: string): Promise<Result>
  /** In a terminal of that many columns; standard output and error arrive as one. */
  onTerminal(columns: number, args: readonly string[], env?: Env): Promise<Result>
  write(name: string, content: string): Promise<string>
  /** Ends what a failed test has left running. */
  remove(): Promise<void>
}

export async function aFolder(env: Env = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'connector-'))
  const children = new Set<ChildProcess>()
  const launch = (file: string, args: readonly string[], more: Env): Running => {
    const child = spawn(file, args, { cwd: path, env: { ...inherited(), ...env, ...more } })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return running(child)
  }
  const start = (args: readonly string[], more: Env = {}): Running => launch(process.execPath, [MAIN, ...args], more)
  return {
    path,
    env,
    start,
    run: (args, more) => start(args, more).ended,
    shell: (line) =>
      launch('sh', ['-c', `connector() { ${quoted(process.execPath)} ${quoted(MAIN)} "$@"; }; ${line}`], {}).ended,
    onTerminal: (columns, args, more = {}) => {
      const command = [process.execPath, MAIN, ...args].map(quoted).join(' ')
      const script = ['-qec', `stty cols ${columns} rows 24; ${command}`, '/dev/null']
      return launch('script', script, { TERM: 'xterm', NO_COLOR: '1', ...more }).ended
    },
    write: async (name, content) => {
      const file = join(path, name)
      await writeFile(file, content)
      return file
    },
    remove: async () => {
      for (const child of children) child.kill('SIGKILL')
      await rm(path, { recursive: true, force: true })
    },
  }
}

/** Looks until it is so; throws when the process ends before. */
export async function until(isSo: () => boolean | Promise<boolean>, { ended }: Running): Promise<void> {
  const ends: Result[] = []
  void ended.then((end) => ends.push(end))
  while (!(await isSo())) {
    for (const { stdout, stderr } of ends) throw new Error(`It ended too early: ${stdout}${stderr}`)
    await sleep(5)
  }
}

/** Whether this machine can give a process a terminal (util-linux). */
export function hasTerminals(): boolean {
  return spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0
}

/** What a process needs to be found and measured, and nothing that is a setting of ours. */
function inherited(): Env {
  const names = ['PATH', 'TMPDIR', 'NODE_V8_COVERAGE']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

function running(child: ChildProcess): Running {
  let stdout = ''
  let stderr = ''
  let over = false
  const listeners = new Set<() => void>()
  const told = (): void => listeners.forEach((listener) => listener())
  child.stdin?.end()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    told()
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    told()
  })
  const ended = new Promise<Result>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      over = true
      resolve(resultOf({ code, signal, stdout, stderr }))
      told()
    })
  })
  return {
    pid: child.pid ?? 0,
    ended,
    send: (signal) => void child.kill(signal),
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(stdout) ?? pattern.exec(stderr)
          if (!found && !over) return
          listeners.delete(look)
          if (found) resolve(found)
          else reject(new Error(`It ended without saying ${String(pattern)}: ${stdout}${stderr}`))
        }
        listeners.add(look)
        look()
      }),
  }
}

function resultOf(said: Omit<Result, 'json'>): Result {
  return {
    ...said,
    get json() {
      const { stdout, stderr } = said
      if (!/^\{[^\n]*\}\n$/.test(stdout)) throw new Error(`Not one JSON document on a line: ${stdout}\n${stderr}`)
      return JSON.parse(stdout) as Readonly<Record<string, unknown>>
    },
  }
}

/** Several at a time, in order: two processors do twice the work of one. */
export async function each<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const waiting = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
