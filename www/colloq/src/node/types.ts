/**
 * The types of `colloq/node`: a session as a Map-based manager has it, with Dates.
 *
 * What a session holds is defined in `../types.ts`; here is only what differs in process.
 */
import type { LimitsPatch } from "../generated/state.js";
import type { Context, Message, Metadata, NewMessage, Part, Role, SessionView } from "../types.js";

/** A message. It is frozen. */
export type ConversationMessage = Omit<Message, "timestamp" | "parts" | "pending"> & {
  readonly timestamp: Date;
  /** Where it has more parts than the one text that `content` is. */
  readonly parts?: readonly Part[];
  /** Not in the store yet, where others share that. */
  readonly pending?: true;
};

/** A session as it is now. It is frozen: what changes it is `updateSession`. */
export type ConversationSession<D = Record<string, unknown>> = Omit<
  SessionView<D>,
  "createdAt" | "lastActivity" | "messages"
> & {
  readonly createdAt: Date;
  readonly lastActivity: Date;
  readonly messages: readonly ConversationMessage[];
};

/** A message to append; the id and the time are given. */
export type MessageInput = Omit<NewMessage, "type"> & { type: Role; content?: string; metadata?: Metadata };

/** What `updateSession` takes: what is named takes the place of what is there. */
export type SessionUpdates<D = Record<string, unknown>> = Partial<
  Omit<ConversationSession<D>, "messages" | "context" | "title" | "limits">
> & {
  title?: string | null;
  /** Of a context, what is named is replaced; null clears the project. */
  context?: { [K in keyof Context]?: Context[K] | null | undefined };
  limits?: LimitsPatch;
  /** The messages that are there, and new ones behind them. */
  messages?: readonly (ConversationMessage | MessageInput)[];
};

/** What `createSession` takes besides whose the session is. */
export interface NewSession<D = Record<string, unknown>> {
  /** A UUIDv7 to bring. */
  id?: string;
  title?: string;
  context?: Partial<Context>;
  data?: D;
  /** In the place of the manager's. */
  limits?: LimitsPatch;
}

/** Where sessions outlive the process: what `fileStore` and `redisStore` give. It serves one manager. */
export interface Store {
  /** Others write to it as well: what is decided waits until it is there. */
  readonly isShared: boolean;
  /** Resolves when all that was decided is in the store. */
  flush(): Promise<void>;
  /** Keeps what is not kept yet, as far as that can be done at once, and lets go. */
  close(): void;
}

/** What `new SessionManager` takes. */
export interface ManagerOptions {
  /** A session that nobody used for so long expires. 30 minutes without it; `Infinity` for never. */
  timeoutMs?: number;
  /** A session expires so long after it was created, used or not. Never without it. */
  absoluteMs?: number;
  /** Beyond so many sessions the least recently used one is evicted. 1,000 without it. */
  maxSessions?: number;
  /** Beyond so many messages the oldest leave a session. 500 without it. */
  maxMessages?: number;
  /** Where sessions outlive the process: `fileStore(path)` or `redisStore(client)`. In memory without it. */
  store?: Store;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
  /** Where the WebAssembly file is, or the file compiled; the first manager of a process decides for all of them. */
  wasm?: URL | WebAssembly.Module;
}

/** Figures of a manager. */
export interface SessionStats {
  /** Sessions in memory, those that ended and are still readable among them. */
  sessions: number;
  /** Those that can be written. */
  active: number;
  /** Whose they are: how many different users. */
  users: number;
  /** Their messages. */
  messages: number;
  /** The most sessions that there is room for. */
  maxSessions: number;
  /** Since the manager began. */
  created: number;
  expired: number;
  evicted: number;
  ended: number;
}

/** Who does something in a session: `{ role: "user", id }` for its user. */
export interface Actor {
  role: "user" | "agent" | "operator";
  id: string;
  name?: string;
}
