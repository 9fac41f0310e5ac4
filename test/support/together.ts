import { each } from './command.js'

type Test = () => unknown

/**
 * The tests of a suite that start real processes and mostly wait for them: up to four are under way at once, and each
 * is told under its own title.
 */
export function together(tests: Readonly<Record<string, Test>>): void {
  const outcomes = new Map<string, Promise<unknown>>()
  before(() => {
    const begun = Object.entries(tests).map(([title, test]) => {
      const { promise, settle } = pending()
      outcomes.set(title, promise)
      return () =>
        Promise.resolve()
          .then(test)
          .then(() => settle(null), settle)
    })
    void each(begun, 4, (begin) => begin())
  })
  for (const [title, test] of Object.entries(tests))
    it(title, async function () {
      this.timeout(240_000)
      // Its outcome stands; tried again, it is done again.
      if (isRetry(this)) {
        await test()
        return
      }
      const failure = await outcomes.get(title)
      if (failure) throw failure as Error
    })
}

function isRetry({ test }: Mocha.Context): boolean {
  return test !== undefined && (test as unknown as { currentRetry(): number }).currentRetry() > 0
}

function pending(): { promise: Promise<unknown>; settle: (failure: unknown) => void } {
  let settle: (failure: unknown) => void = () => undefined
  const promise = new Promise<unknown>((resolve) => (settle = resolve))
  return { promise, settle }
}
