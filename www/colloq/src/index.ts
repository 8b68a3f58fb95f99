/**
 * The package `colloq`: conversations that are there at once, write offline and stay in step with their host.
 *
 * Only what is exported here is public.
 */
export { type Client, createClient } from "./client.js";
export { ColloqError } from "./error.js";
export type { Session } from "./session.js";
export type { MessageWriter } from "./writer.js";
export type {
  Ack,
  ClientEvents,
  ClientOptions,
  Command,
  Context,
  Ended,
  ErrorCode,
  Issue,
  MergePatch,
  Message,
  NewMessage,
  Page,
  Part,
  Preferences,
  Project,
  Role,
  SessionSummary,
  SessionView,
  Status,
} from "./types.js";
