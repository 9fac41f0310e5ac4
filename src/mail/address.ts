const PLAIN = /^[^\s@<>"(),:;\\[\]\p{Cc}]+@[^\s@<>"(),:;\\[\]\p{Cc}]+$/u

/** One address as it may stand in an envelope. What a library would read otherwise, or as several, is none. */
export function isPlainAddress(text: string): boolean {
  return PLAIN.test(text)
}
