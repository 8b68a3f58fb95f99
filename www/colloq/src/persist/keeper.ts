/**
 * Keeps sessions and queues in the database: written after changes, one write a session at a time, and never more than there is room for.
 *
 * It never takes out a queue that is not settled, and never makes anybody wait for a write.
 */
import type { SessionSummary, SessionView } from "../types.js";
import type { Database, Label } from "./database.js";

/** So many sessions are kept, of so many bytes together. */
const SESSIONS_MAX = 100;
const BYTES_MAX = 32 * 1024 * 1024;
/** A session that goes on changing is written so often; what was asked for and is not settled yet, at once. */
const LATER_MS = 1_000;
const AGAIN_MS = 5;

/** A session as its upstream has it now. */
export interface Source {
  readonly id: string;
  /** Whether it is closed: what it says now is not what is to be kept. */
  readonly over: boolean;
  /** The confirmed state as a frame; undefined while there is none. */
  saved(): string | undefined;
  /** The commands of this page load that are not settled; undefined while there are none. */
  queue(): string | undefined;
  summary(): SessionSummary | undefined;
  view(): SessionView | undefined;
}

/** How much may be kept. */
export interface Room {
  sessions: number;
  bytes: number;
}

/** What is kept for one client. */
export class Keeper {
  readonly #database: Database;
  readonly #client: string;
  readonly #room: Room;
  readonly #shelf = new Map<string, Label>();
  readonly #waiting = new Map<string, { source: Source; timer: ReturnType<typeof setTimeout> }>();
  readonly #writing = new Map<string, Promise<void>>();
  readonly #queues = new Map<string, string | undefined>();

  constructor(database: Database, client: string, shelf: readonly Label[], room: Room = { sessions: SESSIONS_MAX, bytes: BYTES_MAX }) {
    this.#database = database;
    this.#client = client;
    this.#room = room;
    for (const label of [...shelf].sort((one, other) => one.at - other.at)) this.#shelf.set(label.id, label);
  }

  /** The lines of the sessions that are kept. */
  summaries(): SessionSummary[] {
    return [...this.#shelf.values()].flatMap(({ summary }) => summary ?? []);
  }

  /** A session changed: what is asked for is written at once, the rest soon. */
  handleChange(source: Source): void {
    const urgent = source.queue() !== this.#queues.get(source.id);
    if (urgent) this.#write(source);
    else if (!this.#waiting.has(source.id)) this.#wait(source, LATER_MS);
  }

  /** Begins to write what waits, and waits for what is being written. */
  async flush(): Promise<void> {
    for (const { source } of [...this.#waiting.values()]) this.#write(source);
    await Promise.all(this.#writing.values());
  }

  /** A session is gone for good. */
  forget(id: string): void {
    this.#shelf.delete(id);
    this.#queues.delete(id);
    void this.#database.forgetSessions([id]).catch(() => {});
    void this.#database.forgetQueue(this.#client, id).catch(() => {});
  }

  /** Writes no more. */
  close(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #wait(source: Source, ms: number): void {
    this.#waiting.set(source.id, { source, timer: setTimeout(() => this.#write(source), ms) });
  }

  #write(source: Source): void {
    clearTimeout(this.#waiting.get(source.id)?.timer);
    this.#waiting.delete(source.id);
    if (source.over) return;
    // What is written next is what there is then, however often it changed meanwhile.
    if (this.#writing.has(source.id)) return this.#wait(source, AGAIN_MS);
    const queue = source.queue();
    this.#queues.set(source.id, queue);
    const writing = this.#put(source, queue)
      // A full disk, or a user who forbids it: the page works on without.
      .catch(() => {})
      .finally(() => this.#writing.delete(source.id));
    this.#writing.set(source.id, writing);
  }

  async #put(source: Source, text: string | undefined): Promise<void> {
    const { id } = source;
    const now = Date.now();
    const frame = source.saved();
    const kept = frame === undefined ? undefined : { id, frame, view: source.view() };
    const label = kept && { id, at: now, bytes: 3 * kept.frame.length, summary: source.summary() };
    await this.#database.write(kept, label, { client: this.#client, session: id, text, at: now });
    if (!label) return;
    this.#shelf.delete(id);
    this.#shelf.set(id, label);
    await this.#makeRoom();
  }

  /** The oldest go. */
  async #makeRoom(): Promise<void> {
    let bytes = 0;
    for (const label of this.#shelf.values()) bytes += label.bytes;
    const gone: string[] = [];
    for (const label of this.#shelf.values()) {
      const fits = this.#shelf.size - gone.length <= this.#room.sessions && bytes <= this.#room.bytes;
      if (fits || this.#shelf.size - gone.length === 1) break;
      bytes -= label.bytes;
      gone.push(label.id);
    }
    if (gone.length === 0) return;
    for (const id of gone) this.#shelf.delete(id);
    await this.#database.forgetSessions(gone);
  }
}
