/**
 * The types that users of the package see: the state as Rust defines it, and what a client adds to it.
 *
 * State types come from the generated file alone; nothing here may repeat a field that Rust owns.
 */
import type * as state from "./generated/state.js";

/** What a client says besides the codes that hosts use. */
export type ClientCode = "closed" | "signedOut" | "unreachable" | "outdated";
/** A permanent error code. */
export type ErrorCode = state.Code | ClientCode;

/** In JSON that hosts write, a field that is absent is left out, never null. */
type Present<T> = { readonly [K in keyof T]: Exclude<T[K], null> };

/** A piece of a message: text, or what a tool was asked and said. */
export type Part = state.Part;
/** The project that a session is about. */
export type Project = state.Project;
/** An issue that was looked at lately. */
export type Issue = state.Issue;
/** How the user wants to be answered; what nobody set has its default. */
export type Preferences = Required<state.Preferences>;
/** What a session is about. */
export type Context = Pick<Present<state.Context>, "activeProject"> & {
  readonly recentIssues: readonly Issue[];
  readonly userPreferences: Preferences;
};
/** When and why a session ended. */
export type Ended = state.Ended;
/** Who speaks. */
export type Role = state.MessageType;

/** What an application notes beside a message. */
export interface Metadata {
  apiCalls?: string[];
  processingTime?: number;
  [key: string]: unknown;
}

/** One message of a session. */
export type Message = Present<Omit<state.Message, "parts" | "metadata">> & {
  readonly parts: readonly Part[];
  readonly metadata?: Metadata;
  /** True until a host has acknowledged all that is shown of it. */
  readonly pending: boolean;
};

/** What somebody brings to append a message; the id and the type have good defaults. */
export type NewMessage = Partial<Omit<Present<state.NewMessage>, "status" | "metadata">> & { metadata?: Metadata };

/** A session as this client sees it: the confirmed state with the pending commands on top. It never changes; a new one takes its place. */
export type SessionView<D = unknown> = Present<Omit<state.SessionHead, "data" | "context">> & {
  readonly context: Context;
  readonly messages: readonly Message[];
  readonly data: D;
};

/** What somebody does in a session; what is left out is false. */
export type PresenceState = Partial<Present<state.PresenceState>>;

/** Somebody else's link to a session: one a tab or device. */
export type Presence = Present<Omit<state.Present, "state">> & { readonly state: PresenceState };

/** A line of a list of sessions. */
export type SessionSummary = Present<state.SessionSummary>;

/** A page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** A JSON Merge Patch (RFC 7396): null removes a key. */
export type MergePatch<D> = D extends readonly unknown[] ? D : D extends object ? { [K in keyof D]?: MergePatch<D[K]> | null } : D;

/** What a client asks of a session. */
export type Command = Exclude<state.Command, { kind: "expire" }>;

/** A command was taken; the session is at this version or later. */
export interface Ack {
  version: number;
}

/** How a client stands with its host. */
export type Status = "idle" | "connecting" | "online" | "offline" | "outdated" | "signedOut";

/** Why a token is asked for. */
export interface TokenReason {
  reason: "initial" | "expiring" | "rejected";
}

/** A token, or what brings one; null means signed out. */
export type TokenOption = string | ((why: TokenReason) => Promise<string | null>);

/** How a client talks to its host. */
export type Transport = "auto" | "ws" | "sse";

/** What `createClient` takes. */
export interface ClientOptions {
  /** Where the host answers, for example `https://chat.example`. */
  url: string;
  /** Called before a token expires and when one was refused; null means signed out. */
  token?: TokenOption;
  /**
   * How to talk to the host: by WebSocket, by Server-Sent Events and POST (where nobody is told of one's presence), or, as it is without
   * this, by WebSocket as long as that can be had.
   */
  transport?: Transport;
  /**
   * Keeps sessions and what no host has settled in IndexedDB, so that the page is there at once and writes offline, over reloads too.
   * Off by default. Give a `key` (the user's id) where several people use one browser. `signOut` deletes all of it. It takes a page that
   * has Web Locks: one that came by HTTPS or from localhost.
   */
  persist?: boolean | { key: string };
  /** Where the WebAssembly file is, or the file compiled; the first client of a page decides for all of them. */
  wasm?: URL | WebAssembly.Module;
  /** The `fetch` to use for HTTP. */
  fetch?: typeof fetch;
}

/** What `client.session` takes. */
export interface SessionOptions<D = unknown> {
  /** What to show until the session is known: the view that a server rendered. */
  initial?: SessionView<D> | undefined;
  /** How many messages to show at first; `loadEarlier` brings more. All that are live without it. */
  tail?: number | undefined;
}

/** What `client.create` takes. */
export interface CreateOptions<D = unknown> {
  /** A UUIDv7 to bring; one is made without it. */
  id?: string | undefined;
  title?: string | undefined;
  data?: D | undefined;
  context?: Partial<Context> | undefined;
}

/** What a client tells its listeners. */
export interface ClientEvents {
  /** The status changed. */
  status: (status: Status) => void;
  /** The number of commands that no host has settled changed. */
  pending: (count: number) => void;
  /** A command was rejected, here or by the host; its promise rejects with the same error. */
  rejected: (error: import("./error.js").ColloqError, session: string) => void;
  /** There is no valid token any more. */
  signedOut: () => void;
}
