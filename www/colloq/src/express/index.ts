/**
 * The entry `colloq/express`: conversations in an Express application, and sessions for express-session.
 *
 * Only what is exported here is public.
 */
export { ColloqError } from "../error.js";
export { colloq, type Colloq, type ColloqOptions } from "./colloq.js";
export type { Conversation, Who } from "./conversation.js";
export type { Middleware } from "./upgrade.js";
export type { Asking, GuestCookie, Named } from "./visitor.js";
export { ColloqStore, type ColloqStoreOptions } from "./store.js";
export type { Limits } from "../local/engine.js";
