import { PROFILE_FIELDS, type UserChange } from '../domain/user.js'
import type { Replaced, Undoable } from './port.js'

/** What a commit replaced, as stores keep it: a text per commit, of newcomers hardly more than their ids. */

const UNDOABLE = [...PROFILE_FIELDS, 'presence', 'source', 'through', 'account'] as const satisfies (keyof Undoable)[]

/** Characters of a text; somebody with more than that has one of their own. */
const LENGTH = 500_000

/** Also of a change that undoing gives nothing back of: its revision tells that nobody has changed them since. */
export function replacedBy({ before, after }: UserChange): Replaced {
  const { id, revision } = after
  if (before === null) return { id, revision, before }
  const differing = UNDOABLE.filter((name) => !isSame(before[name], after[name]))
  return { id, revision, before: Object.fromEntries(differing.map((name) => [name, before[name]])) }
}

function isSame(a: Undoable[keyof Undoable], b: Undoable[keyof Undoable]): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}

/** An id stands for a newcomer, a pair for somebody of whom nothing is to be given back. */
type Packed = string | readonly [id: string, revision: number, before?: Replaced['before']]

export function pack(replaced: readonly Replaced[]): string {
  return JSON.stringify(replaced.map(packed))
}

/** The same in several texts, none of them longer than a document may be. */
export function packs(replaced: readonly Replaced[]): string[] {
  const texts: string[] = []
  let some: string[] = []
  let length = 0
  for (const one of replaced) {
    const text = JSON.stringify(packed(one))
    if (some.length > 0 && length + text.length > LENGTH) {
      texts.push(textOf(some))
      some = []
      length = 0
    }
    some.push(text)
    length += text.length
  }
  return some.length > 0 ? [...texts, textOf(some)] : texts
}

function textOf(packedOnes: readonly string[]): string {
  return `[${packedOnes.join()}]`
}

function packed({ id, revision, before }: Replaced): Packed {
  if (before === null && revision === 1) return id
  return before && Object.keys(before).length === 0 ? [id, revision] : [id, revision, before]
}

/** Throws `SyntaxError` when the text is damaged. */
export function unpack(text: string): Replaced[] {
  return (JSON.parse(text) as Packed[]).map((one) => {
    if (typeof one === 'string') return { id: one, revision: 1, before: null }
    const [id, revision, before = {}] = one
    return { id, revision, before }
  })
}
