/** Letter case and the two ways to write an accent do not count, in any alphabet. */
export function fold(text: string): string {
  return text.toLowerCase().normalize('NFC')
}
