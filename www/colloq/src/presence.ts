/**
 * Who else is linked to a session, and what they do; and what this client says of itself.
 *
 * Presence is never kept: a new link begins with nobody and says again what is still true.
 */
import { ColloqError } from "./error.js";
import type { ClientFrame } from "./frames.js";
import { call } from "./listeners.js";
import { utf8Length } from "./text.js";
import type { Presence, PresenceState } from "./types.js";

/** Somebody who goes on typing is said to do so again after this long; hosts forget it after ten seconds. */
const AGAIN_MS = 4_000;
/** So much may an application add of its own. */
const DATA_BYTES_MAX = 1024;
const NOBODY: readonly Presence[] = Object.freeze([]);

/** What a room needs of its client. */
export interface PresenceHost {
  /** The number of the present link, as the host gave it. */
  readonly link: number | undefined;
  send(frame: ClientFrame): boolean;
}

/** The presence of one session. */
export class Room {
  readonly #host: PresenceHost;
  readonly #session: string;
  readonly #listeners = new Set<() => void>();
  #others = NOBODY;
  #state: PresenceState | undefined;
  #sent: { text: string; at: number } | undefined;
  /** Whether the session is followed on the present link: before, a host takes nothing. */
  #live = false;

  constructor(host: PresenceHost, session: string) {
    this.#host = host;
    this.#session = session;
  }

  /** The other links, each with what its owner does; the same list as long as nothing changed. */
  get others(): readonly Presence[] {
    return this.#others;
  }

  /** Says what one does here; saying the same again within a few seconds costs nothing. */
  set(state: PresenceState): void {
    if (utf8Length(JSON.stringify(state.data ?? {})) > DATA_BYTES_MAX) throw new ColloqError("tooLarge", "presence takes at most 1 KiB of data");
    this.#state = state;
    this.#say(false);
  }

  /** Calls `fn` when somebody comes, goes or does something else. */
  subscribe(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  /** The session is followed on a new link. */
  handleLive(): void {
    this.#live = true;
    this.#say(true);
  }

  handleFrame(links: readonly Presence[]): void {
    const others = links.filter(({ link }) => link !== this.#host.link);
    this.#show(others.length === 0 ? NOBODY : Object.freeze(others.map((one) => Object.freeze(one))));
  }

  handleLost(): void {
    this.#live = false;
    this.#sent = undefined;
    this.#show(NOBODY);
  }

  #say(anew: boolean): void {
    if (!this.#state || !this.#live) return;
    const text = JSON.stringify(this.#state);
    const now = Date.now();
    if (!anew && this.#sent?.text === text && now - this.#sent.at < AGAIN_MS) return;
    if (this.#host.send({ kind: "presence", session: this.#session, state: this.#state })) this.#sent = { text, at: now };
  }

  #show(others: readonly Presence[]): void {
    if (JSON.stringify(others) === JSON.stringify(this.#others)) return;
    this.#others = others;
    for (const fn of [...this.#listeners]) call(fn);
  }
}
