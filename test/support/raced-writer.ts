import type { Batch, ConnectionStore } from '../../src/store/port.js'
import { RunWriter } from '../../src/store/run-writer.js'
import { aRun, Clock, type Writing } from '../store/support.js'
import { silent } from './log.js'

/** A run's way of writing while somebody else is at work. */
export interface RacedWriter {
  readonly writer: RunWriter
  /** Names of what was called of the store. */
  readonly calls: readonly (keyof ConnectionStore)[]
}

/** `meanwhile` happens before each commit, which is counted from 1. */
export function racedWriter({ store, fence }: Writing, meanwhile: (attempt: number) => Promise<unknown>): RacedWriter {
  const calls: (keyof ConnectionStore)[] = []
  let attempt = 0
  const commit = async (batch: Batch) => {
    await meanwhile((attempt += 1))
    return store.commit(batch)
  }
  const raced = new Proxy(store, {
    get(own, name: keyof ConnectionStore) {
      calls.push(name)
      return name === 'commit' ? commit : own[name]
    },
  })
  const { now } = new Clock()
  const signal = new AbortController().signal
  const writer = new RunWriter({
    store: raced,
    run: aRun(),
    fence,
    log: silent,
    now,
    signal,
    graph: () => aRun().graph,
  })
  return { writer, calls }
}
