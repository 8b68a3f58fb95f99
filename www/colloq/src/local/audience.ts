/**
 * The links of this process: which sessions each follows, and what they are told.
 *
 * Nobody is told here of what is not in the logs yet; whoever calls has seen to that.
 */
import type { Append, Entry, Head, Reply } from "./effects.js";
import type { Answer, Engine } from "./engine.js";

/** The host wants the link to come back. */
export const RESTART = 1012;

/** One connection of a client. */
export interface Link {
  /** Odd. */
  readonly id: number;
  /** The user whom it is for; nobody's are agents' and operators'. */
  readonly user: string | undefined;
  send(frame: string): void;
  cut(code: number): void;
}

/** An `entries` frame around entries as they are kept. */
export function entriesFrame(session: string, from: Head, entries: readonly Entry[]): string {
  const texts = entries.map(({ text }) => text).join(",");
  return `{"kind":"entries","session":"${session}","from":[${from.version},"${from.chain}"],"entries":[${texts}]}`;
}

/** All links. */
export class Audience {
  readonly #engine: Engine;
  readonly #links = new Map<number, Link>();
  readonly #followers = new Map<string, Set<Link>>();
  readonly #present = new Map<string, Set<number>>();
  readonly #lapses = new Map<string, ReturnType<typeof setTimeout>>();
  #next = 1;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The number of a new link. */
  nextId(): number {
    this.#next += 2;
    return this.#next;
  }

  enter(link: Link): void {
    this.#links.set(link.id, link);
  }

  leave(link: Link, sessions: Iterable<string>): void {
    for (const session of sessions) this.unfollow(link, session);
    this.#links.delete(link.id);
  }

  follow(link: Link, session: string): void {
    const followers = this.#followers.get(session);
    if (followers) followers.add(link);
    else this.#followers.set(session, new Set([link]));
  }

  unfollow(link: Link, session: string): void {
    const followers = this.#followers.get(session);
    followers?.delete(link);
    if (followers?.size === 0) this.#followers.delete(session);
    if (!this.#present.get(session)?.delete(link.id)) return;
    this.#tellPresence(session, this.#engine.unlinked(session, link.id));
  }

  /** Somebody is present by a link. */
  present(link: Link, session: string, frame: Answer): void {
    const present = this.#present.get(session) ?? new Set();
    this.#present.set(session, present.add(link.id));
    this.#tellPresence(session, frame);
  }

  /** Tells a link that just subscribed who is there, where somebody is. */
  tellPresent(link: Link, session: string): void {
    if (!this.#present.get(session)?.size) return;
    const frame = this.#engine.unlinked(session, 0);
    if (frame) link.send(frame.body);
  }

  /** A reply to whoever it is for; somebody who went away misses it. */
  deliver(reply: Reply): void {
    if (reply.body.length > 0) this.#links.get(reply.ticket)?.send(reply.body);
  }

  /** Entries are in the log: whoever follows is told, and whoever submitted by a link. */
  tellAppended({ session, expected, entries, replies, user, ended, signed }: Append): void {
    const followers = this.#followers.get(session) ?? new Set<Link>();
    // Who follows for somebody whose session it no longer is does not hear of it.
    for (const link of followers) if (link.user !== undefined && link.user !== user) link.cut(RESTART);
    const submitters = replies.map(({ ticket }) => this.#links.get(ticket)).filter((link) => link !== undefined);
    const told = new Set([...followers, ...submitters]);
    if (told.size === 0) return;
    const frame = entriesFrame(session, expected, entries);
    for (const link of told) if (link.user === undefined || link.user === user) link.send(frame);
    if (ended !== undefined) this.#tell(session, { kind: "ended", session, reason: ended });
    if (signed) for (const link of followers) link.cut(RESTART);
  }

  /** A session is no more. */
  tellErased(session: string): void {
    this.#tell(session, { kind: "ended", session, reason: "erased" });
    this.#tell(session, { kind: "error", code: "sessionNotFound", message: "The session was erased.", session });
    this.#followers.delete(session);
    this.#present.delete(session);
    clearTimeout(this.#lapses.get(session));
    this.#lapses.delete(session);
  }

  close(): void {
    for (const timer of this.#lapses.values()) clearTimeout(timer);
    for (const link of [...this.#links.values()]) link.cut(RESTART);
  }

  /** Presence, and when somebody's typing lapses. */
  #tellPresence(session: string, frame: Answer | undefined): void {
    if (!frame) return;
    this.#tell(session, frame.body);
    clearTimeout(this.#lapses.get(session));
    this.#lapses.delete(session);
    if (frame.version === 0) return;
    const lapse = () => this.#tellPresence(session, this.#engine.unlinked(session, 0));
    const timer = setTimeout(lapse, Math.max(frame.version - this.#engine.now(), 1));
    timer.unref();
    this.#lapses.set(session, timer);
  }

  #tell(session: string, frame: object | string): void {
    const text = typeof frame === "string" ? frame : JSON.stringify(frame);
    for (const link of this.#followers.get(session) ?? []) link.send(text);
  }
}
