/**
 * How long to wait before trying again: exponential with full jitter, so that clients of a host that restarted do not come back together.
 *
 * It holds no timer.
 */
const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/** Counts failures and says how long to wait after each. */
export class Backoff {
  #failures = 0;

  /** The next wait in milliseconds; `random` gives numbers from 0 to 1. */
  nextMs(random: () => number = Math.random): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    return Math.round(random() * ceiling);
  }

  /** It worked. */
  reset(): void {
    this.#failures = 0;
  }
}
