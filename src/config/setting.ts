/** What a setting is; the list of them is in `settings.ts`. */

/** Turns the text of a setting into its value. The text is trimmed and never empty. */
export type Parser<T> = (text: string) => Parsed<T>
export type Parsed<T> = { readonly value: T } | Unreadable

/** `problem` continues a sentence that starts with the setting's name. It quotes only what cannot be a secret. */
export interface Unreadable {
  readonly problem: string
  readonly remedy: string
}

/**
 * `default` is text as one would write it. `example` is what `.env.example` shows instead; an empty one is a line to
 * fill in. `otherwise` tells the default in words where circumstances decide.
 */
export interface Setting {
  readonly parse: Parser<unknown>
  readonly sentence: string
  readonly default?: string
  readonly example?: string
  readonly otherwise?: string
  /** `in-url`: only when the URL carries a password. */
  readonly secret?: true | 'in-url'
  /** Also read in lower case, as other programs do. */
  readonly lowerCase?: true
}
