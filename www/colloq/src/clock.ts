/**
 * The host's time as well as this machine can tell it.
 *
 * It predicts only: nothing expires by this clock.
 */
export class Clock {
  #offsetMs = 0;

  /** Milliseconds since 1970, whole. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Takes the `now` of a `welcome`. */
  correct(hostNow: number): void {
    if (Number.isFinite(hostNow)) this.#offsetMs = Math.round(hostNow) - Date.now();
  }
}
