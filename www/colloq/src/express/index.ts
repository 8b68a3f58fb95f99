/**
 * The entry `colloq/express`: sessions for express-session.
 *
 * Only what is exported here is public.
 */
export { ColloqError } from "../error.js";
export { ColloqStore, type ColloqStoreOptions } from "./store.js";
