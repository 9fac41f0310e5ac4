/**
 * Work that costs a processor and memory, a few at a time and in order. Whoever shares a key goes one after the other, so
 * that what the first finds out counts for the next.
 */
export interface Turns {
  /** How many have not begun. */
  readonly waiting: number
  take<T>(key: string | null, work: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly key: string | null
  readonly begin: () => Promise<void>
}

export function openTurns(atOnce: number): Turns {
  const line: Waiting[] = []
  const busy = new Set<string>()
  let running = 0

  function next(): void {
    while (running < atOnce) {
      const index = line.findIndex(({ key }) => key === null || !busy.has(key))
      const [turn] = index === -1 ? [] : line.splice(index, 1)
      if (!turn) return
      running += 1
      if (turn.key !== null) busy.add(turn.key)
      void turn.begin().finally(() => {
        running -= 1
        if (turn.key !== null) busy.delete(turn.key)
        next()
      })
    }
  }

  return {
    get waiting() {
      return line.length
    },
    take: (key, work) =>
      new Promise((resolve, reject) => {
        line.push({ key, begin: () => work().then(resolve, reject) })
        next()
      }),
  }
}
