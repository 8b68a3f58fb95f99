/**
 * What a link is to its client: who it is, which sessions it follows, and what becomes of each of its frames.
 *
 * Who it is for was decided before; a token in its hello is passed over. What a `submit` says passes to the module as it came.
 */
import type { ErrorCode } from "../types.js";
import { type Link, RESTART } from "./audience.js";
import type { Head } from "./effects.js";
import { type Engine, entriesFrame } from "./engine.js";
import { type Actor, isId } from "./request.js";

const SUBSCRIPTIONS_MAX = 256;
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const NOT_UNDERSTOOD = 4400;

/** Where a seat sends. */
export interface Socket {
  send(frame: string): void;
  close(code: number): void;
}

interface Inbound {
  kind: string;
  session?: unknown;
  since?: unknown;
  protocol?: unknown;
  state?: unknown;
  limit?: unknown;
}

/** One client at its link. */
export class Seat implements Link {
  readonly id: number;
  readonly user: string | undefined;
  readonly #engine: Engine;
  readonly #actor: Actor;
  readonly #socket: Socket;
  readonly #sessions = new Set<string>();
  #greeted = false;
  #closed = false;

  constructor(engine: Engine, actor: Actor, socket: Socket) {
    this.#engine = engine;
    this.#actor = actor;
    this.#socket = socket;
    this.id = engine.audience.nextId();
    this.user = actor.role === "user" ? actor.id : undefined;
    engine.audience.enter(this);
  }

  send(frame: string): void {
    if (!this.#closed) this.#socket.send(frame);
  }

  cut(code: number): void {
    if (this.#closed) return;
    this.leave();
    this.#socket.close(code);
  }

  /** The client is gone. */
  leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#engine.watches.leave(this.id);
    this.#engine.audience.leave(this, this.#sessions);
  }

  /** Deals with a frame. What is wrong with it is said in a frame. */
  handle(text: string): void {
    if (this.#closed) return;
    const frame = parse(text);
    if (!frame) return this.#complain("malformed", "A frame is an object with a kind.");
    if (!this.#greeted) return this.#greet(frame);
    try {
      this.#handle(frame, text);
    } catch {
      this.cut(RESTART);
    }
  }

  #greet(frame: Inbound): void {
    if (frame.kind !== "hello" || frame.protocol !== 1) {
      this.#complain("malformed", "The first frame is a hello of protocol 1.");
      return this.cut(NOT_UNDERSTOOD);
    }
    this.#greeted = true;
    const { schema, limits } = this.#engine.manifest;
    const { id: userId, role } = this.#actor;
    const [now, module] = [this.#engine.now(), this.#engine.file.sha256];
    const said = { kind: "welcome", link: this.id, now, userId, role, expiresAt: null, module, schema };
    this.send(JSON.stringify({ ...said, limits: JSON.parse(limits) as unknown }));
  }

  #handle(frame: Inbound, text: string): void {
    switch (frame.kind) {
      case "submit":
        return this.#in(frame, (session) => void this.#engine.drive(this.#actor, session, "submit", { body: text }, this.id));
      case "subscribe":
        return this.#in(frame, (session) => this.#subscribe(session, frame.since));
      case "unsubscribe":
        return this.#in(frame, (session) => void (this.#sessions.delete(session) && this.#engine.audience.unfollow(this, session)));
      case "presence":
        return this.#in(frame, (session) => this.#present(session, frame.state));
      case "watchSessions":
        return this.#watchSessions(frame.limit);
      case "watchInbox":
        if (this.#actor.role === "user") return this.#complain("forbidden", "The inbox is for agents.");
        return this.#engine.watches.watchInbox(this.id, (said) => this.send(said));
      case "ping":
        return this.send('{"kind":"pong"}');
      case "hello":
        return this.#complain("malformed", "hello comes first and once.");
    }
  }

  /** What cannot be a session is none. */
  #in({ session }: Inbound, fn: (session: string) => void): void {
    if (isId(session)) return fn(session);
    this.#complain("sessionNotFound", "There is no such session.");
  }

  #subscribe(session: string, said: unknown): void {
    if (this.#sessions.size >= SUBSCRIPTIONS_MAX && !this.#sessions.has(session)) {
      return this.#complain("limitReached", "A link follows at most 256 sessions.", session);
    }
    const known = headOf(said);
    if (known === null) return this.#complain("malformed", "since is [version, chain].", session);
    const missed = known && this.#engine.logs.after(session, known);
    // A head that is no place in the log is taken for none: whoever has it takes a snapshot in its place.
    const since = known && (missed ? known : { version: Number.MAX_SAFE_INTEGER + 1, chain: known.chain });
    const answer = this.#engine.call(this.#actor, session, { kind: "subscribe", since });
    if (answer.status >= 400) {
      this.#sessions.delete(session);
      const { code, detail, title } = JSON.parse(answer.body) as { code: ErrorCode; detail?: string; title?: string };
      return this.#complain(code, detail ?? title ?? code, session);
    }
    if (answer.status === 200) this.send(answer.body);
    if (answer.status === 206 && missed) this.send(entriesFrame(session, missed.from, missed.entries));
    this.#sessions.add(session);
    this.#engine.audience.follow(this, session);
    this.send(JSON.stringify({ kind: "subscribed", session, version: answer.version }));
    this.#engine.audience.tellPresent(this, session);
  }

  #present(session: string, state: unknown): void {
    const body = JSON.stringify(state ?? {});
    const op = { kind: "presence", link: this.id } as const;
    const answer = this.#sessions.has(session) ? this.#engine.call(this.#actor, session, op, { body }) : undefined;
    if (answer && answer.status < 400) return this.#engine.audience.present(this, session, answer);
    this.#complain("malformed", "presence is of a session that the link follows.", session, "presence");
  }

  #watchSessions(said: unknown): void {
    const limit = said === undefined ? LIMIT_DEFAULT : said;
    if (typeof limit !== "number" || !(limit >= 0)) return this.#complain("malformed", "limit is a number.");
    this.#engine.watches.watchList(this.id, this.#actor.id, Math.min(limit, LIMIT_MAX), (frame) => this.send(frame));
  }

  #complain(code: ErrorCode, message: string, session?: string, of?: string): void {
    this.send(JSON.stringify({ kind: "error", code, message, session, of }));
  }
}

function parse(text: string): Inbound | undefined {
  try {
    const frame = JSON.parse(text) as Inbound | null;
    return typeof frame?.kind === "string" && !Array.isArray(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where there is none, null for what is no head. */
function headOf(said: unknown): Head | undefined | null {
  if (said === undefined || said === null) return undefined;
  const [version, chain] = Array.isArray(said) ? (said as unknown[]) : [];
  const isHead = Number.isSafeInteger(version) && (version as number) >= 0 && typeof chain === "string" && /^[0-9a-f]{64}$/.test(chain);
  return isHead ? { version: version as number, chain: chain as string } : null;
}
