/** The simulated Microsoft's clock: the one it was given, moved as far as told. */
export class TurnedClock {
  #turnedMs = 0

  constructor(readonly real: () => Date) {}

  readonly now = (): Date => (this.#turnedMs === 0 ? this.real() : new Date(this.real().getTime() + this.#turnedMs))

  /** Forward, or back below zero; jumps add up. */
  jump(ms: number): void {
    this.#turnedMs += ms
  }
}
