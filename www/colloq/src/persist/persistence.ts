/**
 * What a client keeps in the browser for one user, so that a page is there at once, offline too, and loses nothing that was not sent.
 *
 * It is a help and never a condition: where a browser forbids it, or has no locks, the client works on without.
 */
import type { Identity } from "../frames.js";
import type { SessionSummary } from "../types.js";
import { Database } from "./database.js";
import { Heirs, type Inherit } from "./heirs.js";
import { Keeper, type Source } from "./keeper.js";
import { hasLocks, OwnLock } from "./lock.js";

/** Whether anything can be kept here at all. */
export function canPersist(): boolean {
  return typeof indexedDB !== "undefined" && hasLocks();
}

/** What is kept for one client. */
export class Persistence {
  readonly #key: string;
  readonly #database: Database;
  readonly #keeper: Keeper;
  readonly #lock: OwnLock;
  #heirs: Heirs | undefined;
  /** Who the user was when a host was last there. */
  readonly identity: Identity | undefined;

  private constructor(key: string, database: Database, lock: OwnLock, keeper: Keeper, identity: Identity | undefined) {
    this.#key = key;
    this.#database = database;
    this.#lock = lock;
    this.#keeper = keeper;
    this.identity = identity;
  }

  /** Takes over a user's database, in the name of a client id that was just minted. */
  static async open(key: string, opening: Promise<Database>, client: string): Promise<Persistence> {
    const [database, lock] = await Promise.all([opening, OwnLock.take(client)]);
    const [shelf, identity] = await Promise.all([database.shelf(), database.identity()]);
    return new Persistence(key, database, lock, new Keeper(database, client, shelf), identity);
  }

  /** Deletes all that is kept for a user, also of other tabs. */
  static wipe(key: string): Promise<void> {
    return Database.wipe(key);
  }

  /** From now on queues that page loads left behind are given to `inherit`, each when its page is gone. */
  inherit(client: string, inherit: Inherit): void {
    this.#heirs = new Heirs(this.#database, client, inherit);
  }

  /** The lines of all sessions that are kept. */
  summaries(): SessionSummary[] {
    return this.#keeper.summaries();
  }

  /** A session changed. */
  handleChange(source: Source): void {
    this.#keeper.handleChange(source);
  }

  /** A host said who the user is. */
  handleIdentity({ role, id, name }: Identity): void {
    void this.#database.noteIdentity({ role, id, ...(name !== undefined && { name }) }).catch(() => {});
  }

  /** A session is gone for good. */
  forget(id: string): void {
    this.#keeper.forget(id);
  }

  /** Writes what still waits to be written. */
  flush(): Promise<void> {
    return this.#keeper.flush();
  }

  /** Whether this page still owns its client id. */
  isOwner(): Promise<boolean> {
    return this.#lock.isHeld();
  }

  /** Ends it; what is kept stays, and whoever comes next may have it. */
  close(): void {
    this.#heirs?.close();
    this.#keeper.close();
    this.#database.close();
    this.#lock.release();
  }

  /** Ends it and deletes all that is kept. */
  async wipe(): Promise<void> {
    this.close();
    await Persistence.wipe(this.#key);
  }
}
