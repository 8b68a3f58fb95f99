/**
 * Looks after the queues of page loads that are gone: waits for each one's lock, and has its queue sent by this page.
 *
 * While the other page lives its lock is not to be had, and its queue is left alone.
 */
import type { Database, Queue } from "./database.js";
import { withLock } from "./lock.js";

const LOOK_MS = 3_000;

/** What sends a queue that was left behind: it resolves when a host has settled all of it. */
export type Inherit = (queue: Queue) => Promise<void>;

/** The heirs of one page. */
export class Heirs {
  readonly #database: Database;
  readonly #client: string;
  readonly #inherit: Inherit;
  readonly #end = new AbortController();
  readonly #waiting = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(database: Database, client: string, inherit: Inherit) {
    this.#database = database;
    this.#client = client;
    this.#inherit = inherit;
    void this.#look();
  }

  /** Takes over nothing more. */
  close(): void {
    this.#end.abort();
    clearTimeout(this.#timer);
  }

  /** Finds page loads that have left a queue, or may. */
  async #look(): Promise<void> {
    try {
      for (const { client } of await this.#database.queues()) this.#waitFor(client);
    } catch {
      // The database is closed or broken; there is nothing to be taken over then.
    }
    if (!this.#end.signal.aborted && !this.#database.closed) this.#timer = setTimeout(() => void this.#look(), LOOK_MS);
  }

  #waitFor(client: string): void {
    if (client === this.#client || this.#waiting.has(client)) return;
    this.#waiting.add(client);
    withLock(client, this.#end.signal, () => this.#takeOver(client)).then(
      () => this.#waiting.delete(client),
      () => this.#waiting.delete(client),
    );
  }

  /** Whoever had the lock is gone, and nobody else sends its queues as long as this runs. */
  async #takeOver(client: string): Promise<void> {
    const left = (await this.#database.queues()).filter((queue) => queue.client === client);
    const ended = new Promise<void>((resolve) => this.#end.signal.addEventListener("abort", () => resolve(), { once: true }));
    const sent = left.map(async (queue) => {
      await this.#inherit(queue);
      await this.#database.forgetQueue(client, queue.session);
    });
    await Promise.race([Promise.all(sent), ended]);
  }
}
