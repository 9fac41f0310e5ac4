import Table from 'cli-table3'
import { harmless } from './output.js'

/** Columns without lines, wide characters and all; widths follow the content. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const empty = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' }
  const bare = { 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '' }
  const made = new Table({
    head: [...head],
    chars: { ...empty, ...bare, 'right-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const row of rows) made.push(row.map((cell) => (cell === null ? '–' : harmless(String(cell)))))
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
