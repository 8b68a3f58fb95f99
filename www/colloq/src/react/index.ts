/**
 * The entry `colloq/react`: a client as hooks, for React 18 and later.
 *
 * Only what is exported here is public.
 */
"use client";
export type { Listed, Opened } from "./handle.js";
export { type Listing, type Messages, useConnection, useMessages, usePresence, useSelector, useSession, useSessions, useView } from "./hooks.js";
export { ColloqProvider, useClient } from "./provider.js";
