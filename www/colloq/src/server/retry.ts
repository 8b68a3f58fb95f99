/**
 * Tries again what may succeed later, each time a little later.
 *
 * What is tried has to be safe to try twice; this file cannot know.
 */
import { Backoff } from "../backoff.js";
import { ColloqError } from "../error.js";

/** How often, and when to give up at once. */
export interface Persistence {
  /** So many tries in all. */
  tries: number;
  signal?: AbortSignal | undefined;
}

/** Calls `fn` until it succeeds, is refused for good, or was tried often enough. */
export async function persist<T>(fn: () => Promise<T>, { tries, signal }: Persistence): Promise<T> {
  let backoff: Backoff | undefined;
  for (let left = tries; ; left--) {
    try {
      return await fn();
    } catch (thrown) {
      const error = ColloqError.from(thrown);
      if (!error.retryable || left <= 1 || signal?.aborted) throw error;
      backoff ??= new Backoff();
      await wait(Math.max(error.retryAfterMs ?? 0, backoff.nextMs()), signal);
    }
  }
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
