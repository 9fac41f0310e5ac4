import type { Directory } from './directory.js'

export interface ReadyRange {
  readonly offset: number
  readonly end: number
  /** The length of the journal as of which the people are shown. */
  readonly asOf: number
}

/** Initial pages serialised once, so that serving them costs nearly nothing. A page with a changed person is made anew. */
export class ReadyPages {
  readonly #pages = new Map<string, { readonly asOf: number; readonly items: Buffer }>()

  constructor(readonly directory: Directory) {}

  get(select: string, { offset, end, asOf }: ReadyRange, build: () => Buffer): Buffer {
    const key = `${offset}-${end}-${select}`
    const page = this.#pages.get(key)
    if (page && this.#lastChange(offset, end) <= Math.min(page.asOf, asOf)) return page.items
    const items = build()
    this.#pages.set(key, { asOf, items })
    return items
  }

  #lastChange(offset: number, end: number): number {
    let last = 0
    for (let index = offset; index < end; index += 1) last = Math.max(last, this.directory.changedAt(index))
    return last
  }
}
