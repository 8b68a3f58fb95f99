/**
 * `SessionManager`: what a Map of sessions becomes. In process, without a server.
 *
 * What it gives is frozen and what it is given is copied: a session changes by its methods alone.
 */
import { ColloqError } from "../error.js";
import { newId } from "../id.js";
import { call, Listeners } from "../listeners.js";
import type { Command, Role } from "../types.js";
import type { Basis } from "./basis.js";
import { openDirectory } from "./module.js";
import type { SavedSessions } from "./saved.js";
import { readSessions, writeSessions } from "./saving.js";
import { MANAGER, Sessions } from "./sessions.js";
import type { Keeper } from "./store.js";
import type {
  Actor,
  ConversationMessage,
  ConversationSession,
  ManagerOptions,
  MessageInput,
  NewSession,
  SessionStats,
  SessionUpdates,
} from "./types.js";
import { commandsOf, isId, isObject, sent } from "./updates.js";
import { named } from "./naming.js";

const TIMEOUT_MS = 30 * 60_000;
const SESSIONS_MAX = 1_000;
/** The core's own, which holds without a choice of the manager's. */
const MESSAGES_MAX = 500;

/** What a manager tells its listeners. */
export interface ManagerEvents {
  /** It is new. */
  created: (session: ConversationSession) => void;
  /** Its time was over, and it is gone. */
  expired: (session: ConversationSession) => void;
  /** There were too many, and it was the least recently used. */
  evicted: (session: ConversationSession) => void;
  /** Somebody ended or deleted it. */
  ended: (session: ConversationSession) => void;
  /** What was shown was not taken in the end, because another process was faster (with a store that is shared). */
  rejected: (error: ColloqError, id: string) => void;
  /** The store cannot do what it is for, now. Without a listener it is printed as a warning of the process. */
  error: (error: Error) => void;
}

/** Sessions in process. */
export class SessionManager {
  /** Its name, also where names are made short. */
  static readonly name: string = "SessionManager";
  readonly #sessions: Sessions;
  readonly #store: Keeper | undefined;
  readonly #limits: { idleMs: number | null; absoluteMs: number | null; retainMs: number | null; maxMessages: number };
  readonly #maxSessions: number;
  readonly #listeners = new Listeners<{ [K in keyof ManagerEvents]: ManagerEvents[K] }>();
  readonly #counts = { created: 0, expired: 0, evicted: 0, ended: 0 };
  #listensToErrors = false;
  #isClosed = false;

  /** A manager, with what its store has; throws where a file is another process' or an option lies out of its range. */
  constructor(options: ManagerOptions = {}) {
    const timeoutMs = span("timeoutMs", options.timeoutMs ?? TIMEOUT_MS);
    const absoluteMs = span("absoluteMs", options.absoluteMs ?? Infinity);
    this.#maxSessions = count("maxSessions", options.maxSessions ?? SESSIONS_MAX);
    const maxMessages = count("maxMessages", options.maxMessages ?? MESSAGES_MAX);
    this.#limits = { idleMs: finite(timeoutMs), absoluteMs: finite(absoluteMs), retainMs: finite(timeoutMs), maxMessages };
    this.#store = options.store as Keeper | undefined;
    const directory = openDirectory(this.#maxSessions, this.#store?.isShared ?? false, options.wasm);
    const clock = options.now ?? Date.now;
    this.#sessions = new Sessions(directory, () => Math.floor(clock()), timeoutMs, this.#store, {
      expired: (session) => this.#tell("expired", session),
      evicted: (session) => this.#tell("evicted", session),
      ended: (session) => this.#tell("ended", session),
      rejected: (id, _, error) => this.#listeners.emit("rejected", error, id),
      failed: (error) => this.#failed(error),
    });
    this.#store?.open(this.#sessions);
  }

  /** Creates a session for a user. Throws a `ColloqError` where the rules refuse what it is to begin with. */
  createSession<D = Record<string, unknown>>(userId: string, options: NewSession<D> = {}): ConversationSession<D> {
    this.#checkOpen();
    const { id, title, context, data, limits } = options;
    if (typeof userId !== "string") throw new TypeError("a user's id is a string");
    if (id !== undefined && !isId(id)) throw new TypeError("a session's id is a UUIDv7, or left out");
    const create = { kind: "create", userId, title, context, data, limits: { ...this.#limits, ...limits } } as unknown as Command;
    const session = this.#sessions.create(id ?? newId(this.#sessions.now()), create);
    this.#tell("created", session);
    return session as ConversationSession<D>;
  }

  /** A session, whose timeout begins anew; null where there is none, or it expired. */
  getSession<D = Record<string, unknown>>(id: string): ConversationSession<D> | null {
    const used = this.#sessions.use(id);
    return used ? (this.#sessions.shown(used) as ConversationSession<D>) : null;
  }

  /** The same without being used: its timeout goes on. */
  peekSession<D = Record<string, unknown>>(id: string): ConversationSession<D> | null {
    const session = this.#sessions.peek(id);
    const isOver = session?.ended !== undefined && session.ended.reason !== "ended" && session.ended.reason !== "signedOut";
    return isOver ? null : (session as ConversationSession<D> | null);
  }

  /**
   * Changes a session, all of it or nothing, as one step. What is named takes the place of what is there, as `Object.assign` does; of
   * `context`, each of its fields. `messages` are those that are there with new ones behind them, at most 60 at a time. False where there
   * is no such session, or where something is named that cannot be changed so.
   */
  updateSession<D = Record<string, unknown>>(id: string, updates: SessionUpdates<D>): boolean {
    const used = this.#sessions.use(id);
    if (!used?.isActive || this.#isClosed || !isObject(updates)) return false;
    const known = { session: () => this.#sessions.shown(used), part: (key: keyof Basis) => this.#sessions.basis(used, key) };
    const commands = commandsOf(known, updates as SessionUpdates, used.now);
    if (commands === null) return false;
    if (commands.length === 0) return true;
    const [command, ...others] = commands as [Command, ...Command[]];
    try {
      this.#sessions.submit(used, others.length > 0 ? { kind: "batch", commands } : command, MANAGER, updates.data as object | undefined);
      return true;
    } catch (error) {
      // What cannot be written as JSON is refused as well.
      if (error instanceof ColloqError || error instanceof TypeError) return false;
      throw error;
    }
  }

  /** Appends a message; null where there is no such session, or it ended. Throws a `ColloqError` where the rules refuse the message. */
  addMessage(id: string, message: MessageInput): ConversationMessage | null {
    this.#checkOpen();
    const used = this.#sessions.use(id);
    if (!used?.isActive) return null;
    const command = { kind: "appendMessage", message: sent(message, used.now) } as const;
    this.#sessions.submit(used, command, authorOf(message.type, used.entry.session.userId));
    const { messages } = this.#sessions.shown(used);
    for (let at = messages.length - 1; at >= 0; at--) if (messages[at]!.id === command.message.id) return messages[at]!;
    return null;
  }

  /** Takes a session out for good; whether there was one. */
  deleteSession(id: string): boolean {
    const session = this.#sessions.erase(id);
    if (session?.isActive) this.#tell("ended", session);
    return session !== undefined;
  }

  /** A user's sessions, the most recently used first. They are not used by that. */
  sessionsOf<D = Record<string, unknown>>(userId: string): ConversationSession<D>[] {
    this.#sessions.sweep();
    const sessions = [...this.#sessions.users.of(userId)].map((id) => this.peekSession<D>(id)).filter((session) => session !== null);
    return sessions.sort((one, other) => other.lastActivity.getTime() - one.lastActivity.getTime() || (one.id < other.id ? 1 : -1));
  }

  /** Figures of now, and counts since the manager began. */
  stats(): SessionStats {
    this.#sessions.sweep();
    const figures = { sessions: this.#sessions.size, active: 0, users: this.#sessions.users.size, messages: 0 };
    for (const id of this.#sessions.ids()) {
      const session = this.#sessions.peek(id)!;
      figures.active += Number(session.isActive);
      figures.messages += session.messages.length;
    }
    return { ...figures, maxSessions: this.#maxSessions, ...this.#counts };
  }

  /**
   * Gives a command to the core, as somebody (as an operator without it). Throws a `ColloqError` where the rules refuse it. Messages that
   * it creates without an id are given one; the answer names them, in their order.
   */
  submit(id: string, command: Command, actor?: Actor): string[] {
    this.#checkOpen();
    const used = this.#sessions.use(id);
    if (!used) throw new ColloqError("sessionNotFound", "There is no such session.", { command });
    const messages: string[] = [];
    this.#sessions.submit(used, named(command, used.now, messages), actor ? JSON.stringify(actor) : MANAGER);
    return messages;
  }

  /** Calls `fn` whenever a session changes, with null once it is no more. */
  subscribe(id: string, fn: (session: ConversationSession | null) => void): () => void {
    return this.#sessions.watch(id, (session) => call(() => fn(session)));
  }

  /** Calls `fn` when something happens. */
  on<E extends keyof ManagerEvents>(event: E, fn: ManagerEvents[E]): this {
    if (event === "error") this.#listensToErrors = true;
    this.#listeners.on(event, fn);
    return this;
  }

  /** Brings a session up to what a shared store has; null where it has none. The other methods read what is in memory. */
  async load<D = Record<string, unknown>>(id: string): Promise<ConversationSession<D> | null> {
    if (!isId(id)) return null;
    if (this.#store && !(await this.#store.load(id))) return null;
    return this.getSession<D>(id);
  }

  /** Resolves when all that was decided is in the store. */
  async flush(): Promise<void> {
    await this.#store?.flush();
  }

  /** Everything in memory, for `JSON.stringify` and `fromJSON`. */
  toJSON(): SavedSessions {
    return writeSessions(this.#sessions);
  }

  /** A manager with the sessions of a `toJSON`. Throws an error whose message names the field at fault. */
  static fromJSON(json: unknown, options: ManagerOptions = {}): SessionManager {
    const manager = new SessionManager(options);
    try {
      readSessions(manager.#sessions, typeof json === "string" ? JSON.parse(json) : json);
    } catch (error) {
      manager.close();
      throw error;
    }
    manager.#sessions.sweep();
    return manager;
  }

  /** Stops the timer and keeps in the store what it does not have yet, as far as that can be done at once. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sessions.stop();
    this.#store?.close();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ColloqError("closed", "the manager was closed");
  }

  #tell(event: "created" | "expired" | "evicted" | "ended", session: ConversationSession): void {
    this.#counts[event] += 1;
    this.#listeners.emit(event, session);
  }

  #failed(error: Error): void {
    if (this.#listensToErrors) this.#listeners.emit("error", error);
    else process.emitWarning(error);
  }
}

/** Whose a message is: its user's, or that of who answers. */
function authorOf(type: Role, userId: string): string {
  if (type === "user") return JSON.stringify({ role: "user", id: userId });
  return type === "assistant" || type === "tool" ? `{"role":"agent","id":"${type}"}` : MANAGER;
}

function span(name: string, ms: number): number {
  if (typeof ms === "number" && ms >= 1) return ms === Infinity ? ms : Math.floor(ms);
  throw new RangeError(`${name} is a number of milliseconds from 1 on, or Infinity`);
}

function finite(ms: number): number | null {
  return ms === Infinity ? null : ms;
}

function count(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 100_000_000) return value;
  throw new RangeError(`${name} is a whole number from 1 on`);
}
