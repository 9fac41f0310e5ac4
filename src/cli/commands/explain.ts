import { openApp } from '../../app.js'
import { EXIT_CODES } from '../../domain/errors.js'
import { nameOf } from '../choices.js'
import { describeExplanation } from '../explanation.js'
import { withInvocation, type GlobalOptions } from '../invocation.js'
import { printJson, printLine } from '../output.js'
import { readOnly } from '../read-only.js'

/** Whatever the answer is, it was given: only what Microsoft could not tell is a failure, and one that passes. */
export async function explain(global: GlobalOptions, words: readonly string[]): Promise<number> {
  const who = nameOf('The id or user name', words.join(' '))
  return withInvocation(global, { needs: 'microsoft', summarises: true }, async (invocation) => {
    const { secrets, log, names, signal, json } = invocation
    return readOnly(invocation.config, async (config) => {
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
    })
  })
}
