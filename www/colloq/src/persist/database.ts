/**
 * The IndexedDB database of one user: sessions as the host confirmed them, and the queues of what no host has settled.
 *
 * It knows no session from the inside: states and queues are texts of the module.
 */
import type { Identity } from "../frames.js";
import type { SessionSummary, SessionView } from "../types.js";

/** A session as it was last confirmed. */
export interface Kept {
  readonly id: string;
  /** The host's frame that says so. */
  readonly frame: string;
  /** What was shown of it: it can be painted before the module is there. */
  readonly view: SessionView | undefined;
}

/** What the shelf says of a session that is kept. */
export interface Label {
  readonly id: string;
  /** When it was last written, in milliseconds. */
  readonly at: number;
  readonly bytes: number;
  /** Its line in a list. */
  readonly summary: SessionSummary | undefined;
}

/** What one page load has asked for in one session, and no host has settled. */
export interface Queue {
  readonly client: string;
  readonly session: string;
  readonly text: string;
  /** When it was begun. */
  readonly at: number;
}

const VERSION = 1;
const STATES = "states";
const SHELF = "shelf";
const QUEUES = "queues";
const FACTS = "facts";
const IDENTITY = "identity";

/** The database's name for a user's key. */
export function databaseName(key: string): string {
  return `colloq:${key}`;
}

/** An open database. */
export class Database {
  readonly #db: IDBDatabase;
  #closed = false;

  private constructor(db: IDBDatabase) {
    this.#db = db;
    // Another tab signs out: nothing of this user is written any more.
    db.onversionchange = () => this.close();
    db.onclose = () => (this.#closed = true);
  }

  /** Opens it, and makes it where it is not there. */
  static open(key: string): Promise<Database> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(databaseName(key), VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(STATES, { keyPath: "id" });
        request.result.createObjectStore(SHELF, { keyPath: "id" });
        request.result.createObjectStore(QUEUES, { keyPath: ["client", "session"] });
        request.result.createObjectStore(FACTS);
      };
      request.onsuccess = () => resolve(new Database(request.result));
      request.onerror = () => reject(request.error);
    });
  }

  /** Deletes a user's database, whoever has it open. */
  static wipe(key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(databaseName(key));
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
    });
  }

  /** Whether nothing more is written. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A session as it is kept. */
  async session(id: string): Promise<Kept | undefined> {
    return (await this.#get(STATES, id)) as Kept | undefined;
  }

  /** Who the user was, as a host said it last: what is written offline is written by them. */
  async identity(): Promise<Identity | undefined> {
    return (await this.#get(FACTS, IDENTITY)) as Identity | undefined;
  }

  /** Notes who the user is. */
  noteIdentity(identity: Identity): Promise<void> {
    return this.#change((store) => void store(FACTS).put(identity, IDENTITY));
  }

  /** The labels of all sessions that are kept. */
  async shelf(): Promise<Label[]> {
    return (await this.#all(SHELF)) as Label[];
  }

  /** All queues, the oldest first. */
  async queues(): Promise<Queue[]> {
    return ((await this.#all(QUEUES)) as Queue[]).sort((one, other) => one.at - other.at);
  }

  /** Writes a session and the queue of one page load in it as one; an empty queue is taken out. */
  write(kept: Kept | undefined, label: Label | undefined, queue: Omit<Queue, "text"> & { text: string | undefined }): Promise<void> {
    return this.#change((store) => {
      if (kept) store(STATES).put(kept);
      if (label) store(SHELF).put(label);
      const { text } = queue;
      if (text === undefined) store(QUEUES).delete([queue.client, queue.session]);
      else store(QUEUES).put({ ...queue, text });
    });
  }

  /** Takes a queue out that is settled. */
  forgetQueue(client: string, session: string): Promise<void> {
    return this.#change((store) => void store(QUEUES).delete([client, session]));
  }

  /** Takes sessions out; their queues stay. */
  forgetSessions(ids: readonly string[]): Promise<void> {
    return this.#change((store) => {
      for (const id of ids) {
        store(STATES).delete(id);
        store(SHELF).delete(id);
      }
    });
  }

  /** Closes it. */
  close(): void {
    this.#closed = true;
    this.#db.close();
  }

  #get(store: string, key: IDBValidKey): Promise<unknown> {
    return answered(this.#db.transaction(store).objectStore(store).get(key));
  }

  #all(store: string): Promise<unknown[]> {
    return answered(this.#db.transaction(store).objectStore(store).getAll());
  }

  async #change(write: (store: (name: string) => IDBObjectStore) => void): Promise<void> {
    if (this.#closed) return;
    const transaction = this.#db.transaction([STATES, SHELF, QUEUES, FACTS], "readwrite");
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    write((name) => transaction.objectStore(name));
    transaction.commit();
    await done;
  }
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
