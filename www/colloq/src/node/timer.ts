/**
 * Looks for what is due, when something is.
 *
 * It never keeps the process alive.
 */

/** What `setTimeout` takes at most. */
const LONGEST_MS = 2 ** 31 - 1;

/** One timer for all sessions. */
export class Timer {
  readonly #sweep: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Infinity;

  constructor(sweep: () => void) {
    this.#sweep = sweep;
  }

  /** Something is due at `at`. A timer that comes earlier anyway is left alone. */
  arm(at: number | undefined, now: number): void {
    if (at === undefined || (this.#timer && this.#at <= at)) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => {
      this.stop();
      this.#sweep();
    }, Math.min(Math.max(at - now, 1), LONGEST_MS)).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Infinity;
  }
}
