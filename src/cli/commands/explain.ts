import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp } from '../../app.js'
import type { Config } from '../../config/config.js'
import { isAbsent } from '../../config/files.js'
import { EXIT_CODES } from '../../domain/errors.js'
import { nameOf } from '../choices.js'
import { describeExplanation } from '../explanation.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { printJson, printLine } from '../output.js'

/** Whatever the answer is, it was given: only what Microsoft could not tell is a failure, and one that passes. */
export async function explain(global: GlobalOptions, words: readonly string[]): Promise<number> {
  const who = nameOf('The id or user name', words.join(' '))
  return withInvocation(global, { needs: 'microsoft', summarises: true }, async (invocation) => {
    const { secrets, log, names, signal, json } = invocation
    const { config, discard } = await readOnly(invocation.config)
    try {
      const app = await openApp({ config, secrets, log })
      try {
        const explanation = await app.explain(who, { connections: names, signal })
        const { answer, steps } = explanation
        if (json) printJson({ answer, steps })
        else for (const line of describeExplanation(explanation, new Date())) printLine(line)
        return steps.some(({ outcome }) => outcome === 'unknown') ? EXIT_CODES.unavailable : EXIT_CODES.done
      } finally {
        await app.close()
      }
    } finally {
      await discard()
    }
  })
}

interface ReadOnly {
  readonly config: Config
  readonly discard: () => Promise<void>
}

/** Whoever asks before the first run gets an answer and no store: an empty one is lent for as long as it takes. */
async function readOnly(config: Config): Promise<ReadOnly> {
  const { store } = config
  if (store.kind !== 'sqlite' || !isAbsent(store.path)) return { config, discard: () => Promise.resolve() }
  const folder = await mkdtemp(join(tmpdir(), 'entra-connector-'))
  return {
    config: { ...config, store: { ...store, path: join(folder, 'connector.db') } },
    discard: () => rm(folder, { recursive: true, force: true }),
  }
}
