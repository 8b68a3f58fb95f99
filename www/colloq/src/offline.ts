/**
 * What makes a client work over reloads and without a host: sessions and queues that are kept, and the page's right to send its own.
 *
 * Nothing waits for a write here, and a browser that keeps nothing is no error.
 */
import { onPage } from "#platform";
import type { Identity } from "./frames.js";
import type { OpenSession } from "./open.js";
import { Database, type Queue } from "./persist/database.js";
import { canPersist, Persistence } from "./persist/persistence.js";
import type { ClientOptions, SessionSummary } from "./types.js";
import { summarize } from "./list.js";

/** What it needs of its client. */
export interface OfflineHost {
  /** The id of this page load. */
  readonly client: string;
  /** Another page load's queue is to be sent; resolves when a host has settled it. */
  inherit(queue: Queue): Promise<void>;
  /** The page was put aside and has lost its id to others: it needs another one, and so do its sessions. */
  renewed(): void;
}

/** What a client keeps. */
export class Offline {
  readonly #key: string;
  readonly #host: OfflineHost;
  #database: Promise<Database> | undefined;
  #kept: Persistence | undefined;
  #opening: Promise<void> | undefined;
  #ended = false;
  #unlisten: () => void = () => {};

  private constructor(key: string, host: OfflineHost) {
    this.#key = key;
    this.#host = host;
  }

  /** What is kept for a client, if that is wanted and can be. */
  static of(persist: ClientOptions["persist"], host: OfflineHost): Offline | undefined {
    if (!persist || !canPersist()) return undefined;
    return new Offline(persist === true ? "default" : persist.key, host);
  }

  /** Who the user was when a host was last there; known once it is open. */
  get identity(): Identity | undefined {
    return this.#kept?.identity;
  }

  /** Opens it; resolves in any case. */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Gives a session what is kept of it, to be shown at once; resolves when it is known as well who the user is. */
  async restore(open: OpenSession): Promise<void> {
    const opened = this.open();
    try {
      const kept = await (await this.#database)?.session(open.upstream.id);
      if (kept && !this.#ended) open.upstream.keep(kept);
    } catch {
      // Nothing can be read here; the host has it.
    }
    await opened;
  }

  /** A session changed. */
  handleChange({ upstream }: OpenSession): void {
    if (upstream.error?.code === "sessionNotFound") return this.#kept?.forget(upstream.id);
    if (upstream.error) return;
    this.#kept?.handleChange({
      id: upstream.id,
      get over() {
        return upstream.error !== undefined;
      },
      saved: () => upstream.saved(),
      queue: () => upstream.queue(),
      summary: () => upstream.view && summarize(upstream.view),
      view: () => upstream.view,
    });
  }

  /** A host said who the user is. */
  handleIdentity(identity: Identity): void {
    this.#kept?.handleIdentity(identity);
  }

  /** The lines of the sessions that are kept. */
  summaries(): SessionSummary[] {
    return this.#kept?.summaries() ?? [];
  }

  /** Ends it; what is kept stays. What waits to be written is read before this returns for the first time. */
  async close(): Promise<void> {
    const flushed = this.#kept?.flush();
    this.#end();
    await flushed;
    await this.#opening;
    this.#kept?.close();
  }

  /** Ends it, and deletes all that is kept for the user. */
  async wipe(): Promise<void> {
    this.#end();
    await this.#opening;
    if (this.#kept) await this.#kept.wipe();
    else await Persistence.wipe(this.#key).catch(() => {});
  }

  #end(): void {
    this.#ended = true;
    this.#unlisten();
  }

  async #open(): Promise<void> {
    const { client } = this.#host;
    try {
      const database = Database.open(this.#key);
      this.#database = database;
      const kept = await Persistence.open(this.#key, database, client);
      if (this.#ended) return kept.close();
      this.#kept = kept;
      kept.inherit(client, (queue) => this.#host.inherit(queue));
      this.#unlisten = onPage({ hidden: () => void kept.flush(), shown: () => void this.#look() });
    } catch {
      // A private window, a full disk, a user who forbids it: the client works on without.
    }
  }

  /** The page is back out of the back-forward cache: without its lock it is another page now. */
  async #look(): Promise<void> {
    const kept = this.#kept;
    if (!kept || this.#ended || (await kept.isOwner())) return;
    this.#unlisten();
    this.#kept = undefined;
    // What was asked for under the old id stays in its queue, for whoever has the lock.
    kept.close();
    this.#host.renewed();
    this.#opening = this.#open();
    await this.#opening;
  }
}
