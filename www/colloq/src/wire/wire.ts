/**
 * What carries frames between a client and its host, whatever it is made of.
 *
 * A wire keeps nothing: what it could not deliver is lost with it, and the replicas send it again on the next one.
 */

/** What a wire tells its link. */
export interface WireEvents {
  /** It is ready for the first frame. */
  open(): void;
  /** A frame came, as the text that it is. */
  text(text: string): void;
  /** It is gone: the code is WebSocket's, 4401 where the token was not taken. */
  closed(code: number): void;
}

/** One connection to a host. */
export interface Wire {
  /** Sends a frame; says whether it could. */
  send(text: string): boolean;
  /** Ends it; `closed` may come once more, or not. */
  close(code?: number): void;
}

/** Makes wires to one host. */
export interface WireMaker {
  /** Begins to connect; a wire that cannot be had at all throws. */
  make(events: WireEvents, token: string | undefined): Promise<Wire>;
}

/** The token was missing, refused or too old. */
export const UNAUTHENTICATED = 4401;
/** The host does not understand the hello: it speaks another protocol. */
export const NOT_UNDERSTOOD = 4400;
/** It broke, and nobody said why. */
export const BROKEN = 1006;
