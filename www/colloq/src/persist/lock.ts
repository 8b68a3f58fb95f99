/**
 * The lock of a client id: who holds it may send that client's queue, and nobody else.
 *
 * A page holds its own for life; the browser lets go of it when the page is gone, however it went.
 */

/** The lock's name for a client. */
export function lockName(client: string): string {
  return `colloq:${client}`;
}

/** Whether there are locks at all: not in Node, and not where the page came by plain HTTP. */
export function hasLocks(): boolean {
  return typeof navigator !== "undefined" && "locks" in navigator;
}

/** Waits for a client's lock, holds it while `work` runs, and lets go of it. An abort ends the wait. */
export async function withLock(client: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  await navigator.locks.request(lockName(client), { signal }, work);
}

/** The lock of this page's own client. */
export class OwnLock {
  readonly #client: string;
  /** The browser's name for this page. */
  #page: string | undefined;
  #release: () => void = () => {};

  private constructor(client: string) {
    this.#client = client;
  }

  /** Takes the lock of a client id that was just minted, so that nobody else has it. */
  static take(client: string): Promise<OwnLock> {
    const lock = new OwnLock(client);
    return new Promise((resolve, reject) => {
      const held = navigator.locks.request(lockName(client), { ifAvailable: true }, (granted) => {
        if (!granted) throw new Error("the client id is in use");
        lock.#holder().then((page) => {
          lock.#page = page;
          resolve(lock);
        }, reject);
        return new Promise<void>((release) => (lock.#release = release));
      });
      held.catch(reject);
    });
  }

  /** Whether the page has it still: one that was put aside and brought back may not. */
  async isHeld(): Promise<boolean> {
    const holder = await this.#holder();
    return holder !== undefined && holder === this.#page;
  }

  /** Lets go of it. */
  release(): void {
    this.#release();
  }

  async #holder(): Promise<string | undefined> {
    const { held = [] } = await navigator.locks.query();
    return held.find(({ name }) => name === lockName(this.#client))?.clientId;
  }
}
