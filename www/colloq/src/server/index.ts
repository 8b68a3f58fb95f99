/**
 * The entry `colloq/server`: a host's HTTP interface with types, without WebAssembly.
 *
 * Only what is exported here is public.
 */
export { ColloqError } from "../error.js";
export {
  createServerClient,
  type Issued,
  type NewSession,
  type ServerClient,
  type ServerOptions,
  type TokenRequest,
} from "./client.js";
export type { Sent, ServerWriter } from "./writer.js";
export type {
  Context,
  ErrorCode,
  Issue,
  NewMessage,
  Page,
  Part,
  Preferences,
  Project,
  Role,
  SessionSummary,
  SessionView,
  TokenOption,
} from "../types.js";
