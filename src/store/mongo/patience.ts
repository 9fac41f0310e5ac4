/**
 * The sum of the driver's own limits, with what it tries again, can be much longer. To be over within 30 s leaves room
 * for a connection that is being made while the store is closed: nothing ends that one before `connectTimeoutMS`.
 */
const LIMIT_MS = 23_000

/** What is left for whoever asks when nothing is: enough for a server that has come back. */
const LEAST_MS = 500

/** Who asks later than this after the last failure starts anew. An answer to something else is no sign of better times. */
const TOGETHER_MS = 5_000

/**
 * How long we wait for a server that does not answer: once, and not anew for each thing that is still to be done when
 * it has failed us, such as recording the end of a run and giving its lease back.
 */
export class Patience {
  #left = LIMIT_MS
  #failedAt = -Infinity

  /**
   * `late` is what to throw when there is no answer in time; `isSilence` tells failures that are one. What the work
   * goes on with after that can do no harm: it is guarded as everything that comes late is.
   */
  async wait<T>(
    work: () => Promise<T>,
    late: (ms: number) => Error,
    isSilence: (thrown: unknown) => boolean,
  ): Promise<T> {
    const start = performance.now()
    const ms = start - this.#failedAt > TOGETHER_MS ? LIMIT_MS : this.#left
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(late(ms))
      }, ms)
    })
    try {
      return await Promise.race([work(), limit])
    } catch (thrown) {
      if (isSilence(thrown)) {
        this.#failedAt = performance.now()
        this.#left = Math.max(LEAST_MS, ms - (this.#failedAt - start))
      }
      throw thrown
    } finally {
      clearTimeout(timer)
    }
  }
}
