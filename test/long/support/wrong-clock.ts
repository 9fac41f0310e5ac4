import type { Env } from '../../support/command.js'

/** What a process is started with for its clock to be wrong by so much. */
export function clockAheadBy(ms: number): Env {
  const code = `const Real = Date
globalThis.Date = class extends Real {
  constructor(...parts) { super(...(parts.length === 0 ? [Real.now() + ${ms}] : parts)) }
  static now() { return Real.now() + ${ms} }
}`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}
