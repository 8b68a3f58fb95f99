/**
 * Who listens to what.
 *
 * A listener that throws never keeps the others from hearing.
 */
type Functions<E> = { [K in keyof E]: (...args: never[]) => void };

/** Listeners by event. */
export class Listeners<E extends Functions<E>> {
  readonly #byEvent = new Map<keyof E, Set<E[keyof E]>>();

  /** Adds one; the answer takes it away again. */
  on<K extends keyof E>(event: K, fn: E[K]): () => void {
    const set = this.#byEvent.get(event) ?? new Set();
    this.#byEvent.set(event, set);
    set.add(fn);
    return () => void set.delete(fn);
  }

  /** Tells all of them. */
  emit<K extends keyof E>(event: K, ...args: Parameters<E[K]>): void {
    for (const fn of [...(this.#byEvent.get(event) ?? [])]) call(() => (fn as (...args: Parameters<E[K]>) => void)(...args));
  }
}

/** Calls a listener; what it throws is reported as the platform reports errors that nobody caught. */
export function call(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
