/**
 * `colloq/node`: sessions in process, in the place of a Map.
 *
 * Only what is exported here is public.
 */
export { ColloqError } from "../error.js";
export type { Command, Context, Issue, Metadata, Preferences, Project, Role } from "../types.js";
export { fileStore, type FileStoreOptions } from "./file-store.js";
export { type ManagerEvents, SessionManager } from "./manager.js";
export type { RedisClient } from "./redis/server.js";
export { redisStore, type RedisStoreOptions } from "./redis/store.js";
export { SavedError, type SavedSession, type SavedSessions } from "./saved.js";
export type {
  Actor,
  ConversationMessage,
  ConversationSession,
  ManagerOptions,
  MessageInput,
  NewSession,
  SessionStats,
  SessionUpdates,
  Store,
} from "./types.js";
