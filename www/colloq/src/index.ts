/**
 * The package `colloq`: conversations that are there at once, write offline and stay in step with their host.
 *
 * Only what is exported here is public.
 */
export { type Client, createClient } from "./client.js";
export { ColloqError } from "./error.js";
export type { ServeOptions, Serving, Turn } from "./serve.js";
export type { Session, SessionPresence } from "./session.js";
export type { MessageWriter } from "./writer.js";
export type {
  Ack,
  ClientEvents,
  ClientOptions,
  Command,
  Context,
  CreateOptions,
  Ended,
  ErrorCode,
  Issue,
  MergePatch,
  Message,
  NewMessage,
  Page,
  Part,
  Preferences,
  Presence,
  PresenceState,
  Project,
  Role,
  SessionOptions,
  SessionSummary,
  SessionView,
  Status,
  TokenOption,
  Transport,
} from "./types.js";
