/**
 * The sessions in memory: the module's directory, and what was shown of each of them.
 *
 * Every rule is the directory's. What is shown is read again only when somebody looks, and only what changed of it.
 */
import { ColloqError } from "../error.js";
import type { Command } from "../types.js";
import type { Changes } from "../view.js";
import { type Basis, basisAfter, basisOf } from "./basis.js";
import type { Directory } from "./module.js";
import { activeAt, patched } from "./snapshot.js";
import type { Held, Keeper } from "./store.js";
import { Timer } from "./timer.js";
import type { ConversationSession } from "./types.js";
import { Users } from "./users.js";

/** Who does what time and the manager bring about. */
export const MANAGER = JSON.stringify({ role: "operator", id: "manager" });
/** A store is told of activity so many times within a session's timeout. */
const TOUCHES = 16;

/** What becomes of sessions without being asked for by the caller. */
export interface Outcomes {
  expired(session: ConversationSession): void;
  evicted(session: ConversationSession): void;
  ended(session: ConversationSession): void;
  rejected(id: string, command: Command | undefined, error: ColloqError): void;
  failed(error: Error): void;
}

interface Entry {
  session: ConversationSession;
  activeAt: number;
  /** The store was told of the activity until then. */
  toldAt: number;
  /** The session changed since it was shown. */
  isStale: boolean;
  /** What is known of it all the same. */
  basis: Basis;
  /** Whoever listens was told of its end. */
  isOver: boolean;
}

/** A session that somebody uses, now. */
export interface Used {
  readonly id: string;
  readonly entry: Entry;
  readonly now: number;
  readonly isActive: boolean;
}

/** See above. */
export class Sessions implements Held {
  readonly directory: Directory;
  readonly users = new Users();
  readonly now: () => number;
  readonly #store: Keeper | undefined;
  readonly #outcomes: Outcomes;
  readonly #touchMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #watchers = new Map<string, Set<(session: ConversationSession | null) => void>>();
  readonly #timer = new Timer(() => this.sweep());
  #number = 0;

  constructor(directory: Directory, now: () => number, timeoutMs: number, store: Keeper | undefined, outcomes: Outcomes) {
    this.directory = directory;
    this.now = now;
    this.#store = store;
    this.#outcomes = outcomes;
    this.#touchMs = timeoutMs / TOUCHES;
  }

  get size(): number {
    return this.#entries.size;
  }

  ids(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Creates a session; throws where the rules refuse it. */
  create(id: string, create: Command): ConversationSession {
    const now = this.now();
    const number = this.#nextNumber();
    attempt(create, () => this.directory.create(number, now, MANAGER, id, JSON.stringify(create)));
    this.adopted(id, now);
    this.#store?.changed(id, number, create);
    const session = this.#shown(id, this.#entries.get(id)!);
    this.#makeRoom();
    return session;
  }

  /** Decides a command in a session that is used; throws where the rules refuse it. `data` is what a patch of it is to come to. */
  submit({ id, entry, now }: Used, command: Command, actor: string, data?: object): void {
    const number = this.#nextNumber();
    attempt(command, () => this.directory.submit(number, now, actor, id, JSON.stringify(command)));
    // What is decided here may come to be something else where a store is shared.
    entry.basis = this.#store?.isShared ? {} : basisAfter(entry.isStale ? entry.basis : basisOf(entry.session), command, data);
    this.#changed(id, entry, number, command);
  }

  /** Begins a session's timeout anew; undefined where there is none, or it expired. */
  use(id: string): Used | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const now = this.now();
    const isActive = this.directory.touch(now, id);
    if (isActive) this.#isActiveAt(id, entry, now);
    else if (!this.#isAfterAll(id, entry, now)) return undefined;
    return { id, entry, now, isActive: isActive || entry.session.isActive };
  }

  /** A session that is used, as it is now. */
  shown({ id, entry }: Used): ConversationSession {
    return this.#shown(id, entry);
  }

  /** What is known of a session's data and issues, read anew where it is not. */
  basis({ id, entry }: Used, key: keyof Basis): unknown {
    if (entry.isStale && entry.basis[key] !== undefined) return entry.basis[key];
    return basisOf(this.#shown(id, entry))[key];
  }

  /** A session as it is, without being used. */
  peek(id: string): ConversationSession | null {
    const entry = this.#entries.get(id);
    return entry ? this.#shown(id, entry) : null;
  }

  /** Takes a session out; nothing brings it back. */
  erase(id: string): ConversationSession | undefined {
    const session = this.peek(id);
    if (!session) return undefined;
    this.directory.remove(id, this.now());
    this.#leave(id, session);
    this.#store?.erased(id);
    return session;
  }

  /** Calls `fn` when a session changes, with null when it is no more. */
  watch(id: string, fn: (session: ConversationSession | null) => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers);
    const watcher = (session: ConversationSession | null) => fn(session);
    watchers.add(watcher);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id);
    };
  }

  /** Deals with everything that is due. */
  sweep(): void {
    const now = this.now();
    for (let id = this.directory.due(now); id !== undefined; id = this.directory.due(now)) {
      const entry = this.#entries.get(id);
      if (this.#store?.isShared) this.#store.due(id);
      else if (entry) this.#expire(id, entry, now);
    }
    this.#timer.arm(this.directory.dueAt, now);
  }

  stop(): void {
    this.#timer.stop();
  }

  activeAt(id: string): number {
    return this.#entries.get(id)?.activeAt ?? 0;
  }

  adopted(id: string, at: number): void {
    const session = patched(undefined, this.#changes(id), at);
    this.#entries.set(id, { session, activeAt: at, toldAt: at, isStale: false, basis: {}, isOver: !session.isActive });
    this.users.add(session.userId, id);
    this.#timer.arm(this.directory.dueAt, this.now());
  }

  refreshed(id: string, at: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return this.adopted(id, at);
    entry.activeAt = Math.max(entry.activeAt, at);
    entry.isStale = true;
    entry.basis = {};
    this.#settle(id, entry);
    this.#tell(id, entry);
    this.#timer.arm(this.directory.dueAt, this.now());
  }

  forgot(id: string): void {
    const entry = this.#entries.get(id);
    this.directory.remove(id, undefined);
    if (entry) this.#leave(id, entry.session);
  }

  rejected(id: string, command: Command | undefined, error: ColloqError): void {
    this.#outcomes.rejected(id, command, error);
  }

  failed(error: Error): void {
    this.#outcomes.failed(error);
  }

  #nextNumber(): number {
    this.#number = (this.#number + 1) >>> 0;
    return this.#number;
  }

  #isActiveAt(id: string, entry: Entry, now: number): void {
    if (now > entry.activeAt) entry.activeAt = now;
    if (this.#store === undefined || now - entry.toldAt < this.#touchMs) return;
    entry.toldAt = now;
    this.#store.touched(id);
  }

  #changed(id: string, entry: Entry, number: number, command: Command | undefined): void {
    entry.isStale = true;
    if (command === undefined) entry.basis = {};
    this.#store?.changed(id, number, command);
    if (command === undefined || mayEnd(command)) this.#settle(id, entry);
    this.#tell(id, entry);
    this.#timer.arm(this.directory.dueAt, this.now());
  }

  #tell(id: string, entry: Entry): void {
    const watchers = this.#watchers.get(id);
    if (!watchers) return;
    const session = this.#entries.get(id) === entry ? this.#shown(id, entry) : null;
    for (const watcher of [...watchers]) watcher(session);
  }

  /** Whether a session that could not be touched is there nevertheless: it ended and can be read, or only a stream in it was due. */
  #isAfterAll(id: string, entry: Entry, now: number): boolean {
    if (!this.#shown(id, entry).isActive) {
      if (!this.#store?.isShared) this.#expire(id, entry, now);
      return this.#entries.get(id) === entry && isReadable(entry.session);
    }
    if (this.#store?.isShared) {
      // Somebody may have used it elsewhere: the store knows.
      this.#store.due(id);
      return false;
    }
    this.#expire(id, entry, now);
    if (this.#entries.get(id) !== entry) return false;
    if (this.directory.touch(now, id)) this.#isActiveAt(id, entry, now);
    return true;
  }

  #expire(id: string, entry: Entry, now: number): void {
    const number = this.#nextNumber();
    if (this.directory.expire(number, now, id)) {
      this.erase(id);
      return;
    }
    entry.isStale = true;
    entry.basis = {};
    this.#settle(id, entry);
    this.#tell(id, entry);
  }

  /** Reads what changed and says what came to its end. */
  #settle(id: string, entry: Entry): void {
    const session = this.#shown(id, entry);
    if (entry.isOver || session.isActive) return;
    entry.isOver = true;
    const reason = session.ended?.reason;
    if (reason === "ended" || reason === "signedOut") return this.#outcomes.ended(session);
    if (!this.#store?.isShared) this.erase(id);
    this.#outcomes[reason === "evicted" ? "evicted" : "expired"](session);
  }

  /** Beyond the capacity the least recently used leaves; where a store has it too, it leaves the memory alone. */
  #makeRoom(): void {
    for (let id = this.directory.surplus(); id !== undefined; id = this.directory.surplus()) {
      const entry = this.#entries.get(id);
      if (this.#store?.isShared) {
        if (this.directory.append(id) !== undefined) return;
        this.forgot(id);
      } else if (entry?.session.isActive) {
        this.directory.submit(this.#nextNumber(), this.now(), MANAGER, id, '{"kind":"end","reason":"evicted"}');
        this.#changed(id, entry, 0, undefined);
      } else this.erase(id);
    }
  }

  #leave(id: string, session: ConversationSession): void {
    this.#entries.delete(id);
    this.users.remove(session.userId, id);
    const watchers = this.#watchers.get(id);
    this.#watchers.delete(id);
    for (const watcher of watchers ?? []) watcher(null);
  }

  #shown(id: string, entry: Entry): ConversationSession {
    if (entry.isStale) {
      entry.isStale = false;
      const { userId } = entry.session;
      entry.session = patched(entry.session, this.#changes(id), entry.activeAt);
      if (entry.session.userId !== userId) this.users.move(userId, entry.session.userId, id);
    } else if (entry.session.lastActivity.getTime() !== entry.activeAt) entry.session = activeAt(entry.session, entry.activeAt);
    return entry.session;
  }

  #changes(id: string): Changes {
    const text = this.directory.changes(id);
    return text === undefined ? {} : (JSON.parse(text) as Changes);
  }
}

/** What the rules refuse is thrown as text. */
function attempt(command: Command, fn: () => void): void {
  try {
    fn();
  } catch (thrown) {
    throw ColloqError.from(thrown, command);
  }
}

/** One that ended of itself is gone for whoever asks; one that somebody ended can be read. */
function isReadable(session: ConversationSession): boolean {
  return session.isActive || session.ended?.reason === "ended" || session.ended?.reason === "signedOut";
}

function mayEnd({ kind, commands }: { kind: string; commands?: readonly { kind: string }[] }): boolean {
  return kind === "end" || kind === "signOut" || (commands?.some(mayEnd) ?? false);
}
