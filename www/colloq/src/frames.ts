/**
 * The frames of a link, as far as this client reads and writes them.
 *
 * Frames for the module pass as the text they came in; nothing here re-encodes them.
 */

import type { Presence, PresenceState } from "./types.js";

/** Who the host says we are. */
export interface Identity {
  role: "user" | "agent" | "operator";
  id: string;
  name?: string;
}

/** A message that waits for an answer. */
export interface Question {
  readonly session: string;
  readonly message: string;
  readonly userId: string;
  readonly at: string;
}

/** The first frame of a host. */
export interface Welcome {
  kind: "welcome";
  link?: number;
  now: number;
  userId: string;
  role: Identity["role"];
  expiresAt?: number | string | null;
}

/** A frame of a host about one session, or about the link. */
export interface HostFrame {
  kind: string;
  session?: string;
  /** Of `error`: what is wrong. */
  code?: string;
  message?: string;
  retryAfterMs?: number;
  /** Of `error`: the kind of frame that it speaks of, where the session itself is as it was. */
  of?: string;
  /** Of `presence`: who is there. */
  links?: Presence[];
  /** Of `sessions` and `inbox`: what is new or has changed, and the ids of what is gone. */
  upsert?: unknown[];
  remove?: string[];
}

/** What a client sends beside the frames about sessions, whose texts the module writes. */
export type ClientFrame =
  | { kind: "hello"; token?: string; client: string; protocol: 1 }
  | { kind: "authenticate"; token: string }
  | { kind: "watchSessions"; limit: number }
  | { kind: "watchInbox"; agent?: string }
  | { kind: "presence"; session: string; state: PresenceState }
  | { kind: "ping" };

/** The subprotocol. */
export const SUBPROTOCOL = "colloq.v1";

/** A time of a frame (milliseconds or RFC 3339) in milliseconds; undefined when there is none. */
export function timeMs(time: number | string | null | undefined): number | undefined {
  if (time === null || time === undefined) return undefined;
  const ms = typeof time === "number" ? time : Date.parse(time);
  return Number.isFinite(ms) ? ms : undefined;
}
