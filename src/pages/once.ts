export interface OnceOptions<T> {
  readonly now: () => Date
  readonly keepMs: number
  /** Whether the answer is to be given again; others are forgotten at once. */
  readonly keep: (answer: T) => boolean
}

/**
 * Answers a repeated request with the first one's answer. A double click makes a browser drop the first answer, cookie
 * included, and wait for the second: that one has to be as good.
 */
export class Once<T> {
  private readonly answers = new Map<string, { readonly answer: Promise<T>; readonly until: number }>()

  constructor(private readonly options: OnceOptions<T>) {}

  run(key: string, act: () => Promise<T>): Promise<T> {
    this.forgetOld()
    const known = this.answers.get(key)
    if (known) return known.answer
    const answer = act()
    const entry = { answer, until: this.options.now().getTime() + this.options.keepMs }
    this.answers.set(key, entry)
    const forget = (): void => void this.answers.delete(key)
    answer.then((given) => this.options.keep(given) || forget(), forget)
    return answer
  }

  private forgetOld(): void {
    const now = this.options.now().getTime()
    for (const [key, { until }] of this.answers) {
      if (until > now && this.answers.size < MOST) return
      this.answers.delete(key)
    }
  }
}

const MOST = 1000
