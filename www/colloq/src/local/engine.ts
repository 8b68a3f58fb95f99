/**
 * A host in this process: one instance of the module, its logs, and the links that follow what happens.
 *
 * Everything happens at once, in the turn in which it is asked for: what was decided is in the logs before anybody hears of it. It holds
 * no rule of its own; what may be done, and what comes of it, the module says.
 */
import { ColloqError } from "../error.js";
import { newId } from "../id.js";
import { randomBytes } from "#random";
import type { ErrorCode } from "../types.js";
import { Audience, entriesFrame, type Link } from "./audience.js";
import { type Append, type Effects, type Head, Kind, type Reply } from "./effects.js";
import { Instance, type Manifest, type ModuleFile, shippedFile } from "./instance.js";
import { Logs } from "./logs.js";
import * as request from "./request.js";
import type { Actor, Op } from "./request.js";
import { Watches } from "./watches.js";

const MEMORY_BYTES_MAX = 1 << 30;
const TICK_SESSIONS = 256;
const TIMER_LONGEST_MS = 2 ** 31 - 1;
/** Who looks at a session for the sake of the logs. */
const KEEPER: Actor = { role: "operator", id: "logs" };
/** Where the state begins in a snapshot frame, whose fields stand in one order. */
const STATE = ',"state":';
/** Nobody waits for these. */
const NO_TICKET = 0;
const WRITES = new Set(["appendMessage", "commands", "submit", "fork", "restore", "compact"]);

/** Changes of the limits that sessions have by default. */
export interface Limits {
  idleMs?: number | null;
  absoluteMs?: number | null;
  retainMs?: number | null;
  maxMessages?: number;
  maxContentBytes?: number;
}

/** How a host in this process is set up. */
export interface EngineOptions {
  /** Where sessions are kept over a restart; without it they end with the process. */
  file?: string | undefined;
  /** So many sessions at most; the one that was written least recently goes first. */
  maxSessions?: number | undefined;
  limits?: Limits | undefined;
  /** So many entries of a session are kept beside its state, where nobody follows them; without it some hundreds. */
  entriesMax?: number | undefined;
  /** The clock, in milliseconds since 1970. */
  now?: (() => number) | undefined;
}

/** What came of a call. */
export interface Answer {
  status: number;
  version: number;
  /** JSON; a problem document from status 400 on. */
  body: string;
}

/** What a call brings besides who asks for what. */
export interface Asked {
  body?: string | Uint8Array | undefined;
  /** Only at this version. */
  condition?: number | undefined;
  /** The `Idempotency-Key`. */
  key?: string | undefined;
}

/** See the file's documentation. */
export class Engine {
  readonly logs: Logs;
  readonly audience: Audience;
  readonly watches: Watches;
  readonly file: ModuleFile;
  readonly now: () => number;
  readonly #open: () => Instance;
  readonly #maxSessions: number;
  readonly #entriesMax: number | undefined;
  #instance: Instance;
  #tickets = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakeAt: number | undefined;

  constructor(options: EngineOptions = {}) {
    this.now = options.now ?? Date.now;
    this.#maxSessions = options.maxSessions ?? 10_000;
    this.#entriesMax = options.entriesMax;
    this.file = shippedFile();
    const limits = options.limits ? JSON.stringify(options.limits) : "";
    this.#open = () => new Instance(this.file, request.open(randomBytes(8), 2 ** 31, MEMORY_BYTES_MAX, limits));
    this.#instance = this.#open();
    this.logs = new Logs(options.file, this.now());
    this.audience = new Audience(this);
    this.watches = new Watches(this.logs);
    // What is due while nobody asks for it is due all the same.
    for (const session of this.logs.ids()) this.#load(session);
  }

  get manifest(): Manifest {
    return this.#instance.manifest;
  }

  /** Does what somebody asks for in a session. */
  call(actor: Actor, session: string, op: Op, asked: Asked = {}): Answer {
    const ticket = (this.#tickets += 2);
    const reply = this.drive(actor, session, op, asked, ticket);
    if (!reply) throw new ColloqError("internal", "the module gave no answer");
    if (this.#entriesMax !== undefined && this.logs.entries(session) > this.#entriesMax) this.#shorten(session);
    const { status, version, body } = reply;
    return { status, version, body };
  }

  /** Asks until there is a reply for a ticket, or nothing to wait for. */
  drive(actor: Actor, session: string, op: Op, { body = "", condition, key }: Asked, ticket: number): Reply | undefined {
    const now = this.now();
    const isNew = op === "create" || op === "restore";
    if (isNew && this.logs.has(session)) this.#load(session);
    if (isNew) this.#makeRoom();
    const kind = typeof op === "string" ? op : op.kind;
    const entropy = WRITES.has(kind) ? randomBytes(16) : request.NO_ENTROPY;
    let absent = false;
    for (;;) {
      const bytes = request.call({ ticket, now, session, actor, entropy, absent, condition, key, op, body });
      const reply = this.#settle(this.#ask(bytes), ticket);
      if (!reply || reply.kind === Kind.answer) return reply;
      if (reply.kind === Kind.again) continue;
      if (!this.#load(session)) absent = true;
    }
  }

  /** Erases a session, if that may be done. */
  erase(actor: Actor, session: string, asked: Asked = {}): Answer {
    const answer = this.call(actor, session, "erase", asked);
    if (answer.status === 204) this.#erase(session);
    return { ...answer, body: "" };
  }

  /** Who is present in a session once a link is gone; without one, now. */
  unlinked(session: string, link: number): Reply | undefined {
    return this.#settle(this.#ask(request.unlinked(this.now(), session, link)), NO_TICKET);
  }

  /** A "no" in the words of the module's table, as a problem document. */
  refusal(code: ErrorCode, detail?: string): Answer {
    const row = this.manifest.codes.get(code);
    const { status = 500, title = code, retryable = false } = row ?? {};
    const problem = { type: `/problems/${code}`, title, status, code, retryable, ...(detail && { detail }) };
    return { status, version: 0, body: JSON.stringify(problem) };
  }

  /** A new id, after all others of this process. */
  newId(): string {
    return newId(this.now());
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#wakeAt = 0;
    this.audience.close();
    this.logs.close();
  }

  #ask(bytes: Buffer): Effects {
    try {
      return this.#instance.call(bytes);
    } catch (cause) {
      // A trap leaves an instance that nobody can trust; the logs have all that was acknowledged.
      this.#instance = this.#open();
      throw new ColloqError("internal", "the module failed", { cause });
    }
  }

  /** Carries out what the module wants; gives the reply to a ticket. */
  #settle(effects: Effects, ticket: number): Reply | undefined {
    let own: Reply | undefined;
    const deliver = (reply: Reply) => {
      if (reply.ticket === ticket && !isLink(ticket)) own = reply;
      else if (reply.ticket === ticket && reply.kind !== Kind.answer) own = reply;
      else this.audience.deliver(reply);
    };
    // An append settles what others wait for, which makes effects of its own.
    for (const queue = [effects]; queue.length > 0; ) {
      const next = queue.shift()!;
      if (next.damaged !== undefined) throw new ColloqError("internal", next.damaged);
      for (const append of next.appends) queue.push(this.#append(append, deliver));
      for (const kept of next.snapshots) this.logs.keep(kept);
      for (const touch of next.touches) this.logs.touch(touch);
      for (const reply of next.replies) deliver(reply);
      for (const { session } of next.erasures) this.#erase(session);
      this.#wake(next.wakeAt);
    }
    return own;
  }

  #append(append: Append, deliver: (reply: Reply) => void): Effects {
    const { session } = append;
    if (!this.logs.append(append, this.now())) return this.#ask(request.dropped(session, "idTaken"));
    this.audience.tellAppended(append);
    for (const reply of append.replies) deliver(reply);
    this.watches.tell(append);
    return this.#ask(request.appended(session));
  }

  #load(session: string): boolean {
    const load = this.logs.load(session);
    if (load) this.#settle(this.#ask(request.load(session, load)), NO_TICKET);
    return load !== undefined;
  }

  #erase(session: string): void {
    const user = this.logs.userOf(session);
    if (user === undefined) return;
    this.logs.erase(session, this.now());
    this.audience.tellErased(session);
    this.watches.tellErased(session, user);
    this.#settle(this.#ask(request.dropped(session, "sessionNotFound")), NO_TICKET);
  }

  /** Keeps a session's state in the place of its entries. */
  #shorten(session: string): void {
    const ticket = (this.#tickets += 2);
    const frame = this.drive(KEEPER, session, { kind: "subscribe" }, {}, ticket);
    if (frame?.status !== 200) return;
    const text = frame.body;
    const { chain } = JSON.parse(`${text.slice(0, text.indexOf(STATE))}}`) as { chain: string };
    this.logs.keep({ session, head: { version: frame.version, chain }, text: text.slice(text.indexOf(STATE) + STATE.length, -1) }, 0);
  }

  #makeRoom(): void {
    while (this.logs.size >= this.#maxSessions) this.#erase(this.logs.ids().next().value!);
  }

  /** Sets the clock for what is due next; it keeps no process alive. */
  #wake(at: number | undefined): void {
    if (at === this.#wakeAt || this.#wakeAt === 0) return;
    this.#wakeAt = at;
    clearTimeout(this.#timer);
    if (at === undefined) return;
    const wait = Math.min(Math.max(at - this.now(), 1), TIMER_LONGEST_MS);
    this.#timer = setTimeout(() => {
      this.#wakeAt = undefined;
      this.#settle(this.#ask(request.tick(this.now(), TICK_SESSIONS)), NO_TICKET);
    }, wait);
    this.#timer.unref();
  }
}

/** Links have odd numbers, calls even ones. */
function isLink(ticket: number): boolean {
  return ticket % 2 === 1;
}

export { entriesFrame, type Head, type Link };
