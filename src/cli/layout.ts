import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'
import { harmless } from './output.js'

/** Text in columns. What counts is how wide a text is on a terminal: 王 takes two places, an accent none. */

const GAP = '  '
const NARROWEST = 8
const WIDEST = 100_000
/** Where nothing is cut, one long name does not make every other line as long. */
const WIDEST_PADDING = 48

/** How many places a line has; any number where nobody looks at it (a file, a pipe), so that nothing is cut there. */
export function lineWidth(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.isTTY ? stream.columns || 80 : Infinity
}

export function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text)
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** Never cuts a letter from its accents, nor an emoji in two. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter('en').segment(text)) {
    if (widthOf(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** Broken between words only: what is to be copied stays whole. */
export function wrapped(text: string, width: number): string[] {
  return wrapAnsi(text, Math.min(width, WIDEST), { hard: false }).split('\n')
}

/** `start`, then the text, with its further lines below its first. */
export function hanging(start: string, text: string, width = lineWidth()): string {
  const indent = ' '.repeat(widthOf(start))
  return wrapped(text, width - indent.length)
    .map((line, index) => (index === 0 ? start : indent) + line)
    .join('\n')
}

/** `cut`: may be cut where the line is too short; `extra`: is left out before anything is cut. */
export interface Column {
  readonly title: string
  readonly right?: true
  readonly narrow?: 'cut' | 'extra'
}

export type Cell = string | number | null

/** Columns without lines, as wide as what is in them, and never wider than the terminal. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], width = lineWidth()): string {
  const texts = [columns.map(({ title }) => title), ...rows.map((row) => row.map(shown))]
  const widths = fitting(columns, texts, width)
  return texts
    .map((row) => row.flatMap((text, index) => cellIn(columns[index], text, widths[index] ?? null, width)))
    .map((row) => row.join(GAP).trimEnd())
    .join('\n')
}

function shown(cell: Cell): string {
  return cell === null ? '–' : harmless(String(cell))
}

/** Null for a column that is left out. */
function fitting(columns: readonly Column[], texts: readonly string[][], width: number): (number | null)[] {
  const widths: (number | null)[] = columns.map((_, index) =>
    Math.max(...texts.map((row) => widthOf(row[index] ?? ''))),
  )
  const excess = (): number => {
    const present = widths.filter((one) => one !== null)
    return present.reduce((sum, one) => sum + one, 0) + GAP.length * (present.length - 1) - width
  }
  for (let index = columns.length - 1; index > 0 && excess() > 0; index -= 1)
    if (columns[index]?.narrow === 'extra') widths[index] = null
  while (excess() > 0) {
    const widest = Math.max(...columns.map(({ narrow }, index) => (narrow === 'cut' ? (widths[index] ?? 0) : 0)))
    if (widest <= NARROWEST) break
    widths[columns.findIndex(({ narrow }, index) => narrow === 'cut' && widths[index] === widest)] = widest - 1
  }
  return widths
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
const LEFT_TO_RIGHT_MARK = '\u200e'

function cellIn(column: Column | undefined, text: string, width: number | null, lineWidth: number): string[] {
  if (width === null) return []
  const endless = lineWidth === Infinity
  const short = endless ? text : cut(text, width)
  const place = endless ? Math.min(width, WIDEST_PADDING) : width
  const space = ' '.repeat(Math.max(0, place - widthOf(short)))
  if (column?.right) return [space + short]
  // Or a terminal that knows about such scripts would draw the next column on the wrong side of this one.
  const mark = !endless && RIGHT_TO_LEFT.test(short) ? LEFT_TO_RIGHT_MARK : ''
  return [short + mark + space]
}
