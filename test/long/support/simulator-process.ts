import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Command } from '../../../src/simulator/control.js'

const MAIN = fileURLToPath(new URL('../../../src/simulator/main.js', import.meta.url))

/** The simulated tenant in a process of its own, so that nothing is shared with whoever is killed. */
export interface SimulatorProcess {
  /** The environment of a connector to this tenant. */
  readonly settings: Readonly<Record<string, string>>
  /** Carries out a command and gives its result. Throws when the simulator refuses it. */
  order(command: Command): Promise<unknown>
  /** What was asked for since the start or the last `clearRequests`. */
  state(): Promise<SimulatorState>
  close(): Promise<void>
}

export interface SimulatorState {
  readonly users: number
  /** By method and route: `GET users/delta`, `GET users/{id}`, `POST token`. */
  readonly counts: Readonly<Record<string, number>>
  /** How often each fault that stands was served. */
  readonly faults: { readonly standing: readonly number[] }
}

export interface SimulatorShape {
  readonly users: number
  readonly pageSize: number
  readonly seed: number
}

export async function startSimulatorProcess({ users, pageSize, seed }: SimulatorShape): Promise<SimulatorProcess> {
  const numbers = ['--users', String(users), '--page-size', String(pageSize), '--seed', String(seed)]
  const child = spawn(process.execPath, [MAIN, ...numbers, '--prebuilt'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url, settings } = JSON.parse(line) as { url: string; settings: Record<string, string> }
  const agent = new Agent({ keepAlive: true })

  async function order(command: Command): Promise<unknown> {
    const answer = JSON.parse(await post(`${url}/_control`, JSON.stringify(command), agent)) as Outcome
    if (!answer.ok) throw new Error(`The simulator refused ${JSON.stringify(command)}: ${answer.error ?? ''}`)
    return answer.result
  }
  return {
    settings,
    order,
    state: async () => (await order({ op: 'state' })) as SimulatorState,
    async close() {
      agent.destroy()
      child.kill('SIGTERM')
      await ended
    },
  }
}

interface Outcome {
  readonly ok: boolean
  readonly result?: unknown
  readonly error?: string
}

async function post(url: string, body: string, agent: Agent): Promise<string> {
  const sent = request(url, { method: 'POST', agent }).end(body)
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream]
  return text(response)
}
