/**
 * The frames of a link, as far as this client reads and writes them.
 *
 * Frames for the module pass as the text they came in; nothing here re-encodes them.
 */

/** Who the host says we are. */
export interface Identity {
  role: "user" | "agent" | "operator";
  id: string;
  name?: string;
}

/** The first frame of a host. */
export interface Welcome {
  kind: "welcome";
  now: number;
  userId: string;
  role: Identity["role"];
  expiresAt?: number | string | null;
}

/** A frame of a host about one session, or about the link. */
export interface HostFrame {
  kind: string;
  session?: string;
  version?: number;
  code?: string;
  message?: string;
  retryAfterMs?: number;
}

/** What a client sends beside `submit`, whose text the module writes. */
export type ClientFrame =
  | { kind: "hello"; token?: string; client: string; protocol: 1 }
  | { kind: "authenticate"; token: string }
  | { kind: "subscribe"; session: string; since?: [version: number, chain: string] }
  | { kind: "unsubscribe"; session: string }
  | { kind: "ping" };

/** The subprotocol. */
export const SUBPROTOCOL = "colloq.v1";

/** A time of a frame (milliseconds or RFC 3339) in milliseconds; undefined when there is none. */
export function timeMs(time: number | string | null | undefined): number | undefined {
  if (time === null || time === undefined) return undefined;
  const ms = typeof time === "number" ? time : Date.parse(time);
  return Number.isFinite(ms) ? ms : undefined;
}
