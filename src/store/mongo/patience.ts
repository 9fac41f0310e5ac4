export interface Limits {
  readonly limitMs: number
  readonly leastMs: number
  readonly togetherMs: number
}

const LIMITS: Limits = {
  /**
   * The sum of the driver's own limits, with what it tries again, can be much longer. To be over within 30 s leaves room
   * for a connection that is being made while the store is closed: nothing ends that one before `connectTimeoutMS`.
   */
  limitMs: 23_000,
  /** What is left for whoever asks when nothing is: enough for a server that has come back. */
  leastMs: 500,
  /** Who asks later than this after the last failure starts anew. */
  togetherMs: 5_000,
}

/**
 * How long we wait for a server that does not answer: once, and not anew for each thing that is still to be done when
 * it has failed us, such as recording the end of a run and giving its lease back. An answer to what was asked since it
 * failed, be it too late, tells that it was one slow query and no dead server: from then on everybody has time again.
 */
export class Patience {
  #left: number
  #failedAt = -Infinity
  /** Of the failures that belong together, when the first one was. */
  #sinceAt = -Infinity

  /** When an answer last ended them. */
  #answeredAt = -Infinity

  constructor(private readonly limits: Limits = LIMITS) {
    this.#left = limits.limitMs
  }

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
    const ms = this.#isTogether(start) ? this.#left : this.limits.limitMs
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(late(ms))
      }, ms)
    })
    const answered = work().then((answer) => {
      if (start >= this.#sinceAt) this.#answered()
      return answer
    })
    try {
      return await Promise.race([answered, limit])
    } catch (thrown) {
      // Who was given less time than it turned out to need says nothing about the server.
      const isOurs = ms < this.limits.limitMs && start < this.#answeredAt
      if (isSilence(thrown) && !isOurs) this.#failed(ms - (performance.now() - start))
      throw thrown
    } finally {
      clearTimeout(timer)
    }
  }

  #answered(): void {
    if (this.#failedAt === -Infinity) return
    this.#failedAt = -Infinity
    this.#answeredAt = performance.now()
  }

  #failed(left: number): void {
    const now = performance.now()
    if (!this.#isTogether(now)) this.#sinceAt = now
    this.#failedAt = now
    this.#left = Math.max(this.limits.leastMs, left)
  }

  #isTogether(time: number): boolean {
    return time - this.#failedAt <= this.limits.togetherMs
  }
}
