/**
 * The replica of one session and what is between it and the host: pending commands with their promises, the subscription, the view.
 *
 * It holds no rule of a conversation (the module does) and never drops a command before the host has settled it.
 */
import type { Replica } from "../wasm/colloq.js";
import { onFrame } from "#platform";
import { Backoff } from "./backoff.js";
import type { Clock } from "./clock.js";
import { ColloqError, quiet } from "./error.js";
import type { ClientFrame, HostFrame, Identity } from "./frames.js";
import { call } from "./listeners.js";
import type { Module } from "./module.js";
import type { Ack, Command, ErrorCode, SessionView } from "./types.js";
import { type Changes, patchView } from "./view.js";

/** What an upstream needs of its client. */
export interface UpstreamHost {
  readonly client: string;
  readonly clock: Clock;
  /** Who we are; a guess before the first `welcome`. */
  readonly identity: Identity;
  send(frame: ClientFrame | string): boolean;
  rejected(error: ColloqError, session: string): void;
  /** The number of pending commands may have changed. */
  counted(): void;
  outdated(): void;
}

interface Early {
  decide(): void;
  reject(error: ColloqError): void;
}

interface Pending {
  command: Command;
  now: number;
  resolve(version: number): void;
  reject(error: ColloqError): void;
}

interface Received {
  settled: { seq: number; version: number; code?: string; message?: string }[];
  resubscribe: boolean;
  outdated: boolean;
}

/** How the subscription stands: `creating` sends before it subscribes, for the host does not know the session yet. */
type Subscription = "none" | "creating" | "subscribing" | "live" | "waiting";

/** Rejections after which the seq is free again: the commands behind move up by one, as they do in the replica. */
const CONSUMES_NOTHING = new Set<string>([
  "malformed",
  "unauthorized",
  "rateLimited",
  "overloaded",
  "seqGap",
  "clientForgotten",
  "outcomeUnknown",
  "sessionNotFound",
]);

/** One session's way to the host. */
export class Upstream {
  readonly id: string;
  readonly #host: UpstreamHost;
  readonly #early: Early[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<() => void>();
  #module: Module | undefined;
  #replica: Replica | undefined;
  #actor: Identity | undefined;
  #subscription: Subscription = "none";
  readonly #backoff = new Backoff();
  #sent = false;
  /** The catch-up did not fit: another one is needed. */
  #astray = false;
  #creating = 0;
  #view: SessionView | undefined;
  /** Whether the view comes from this replica, so that its changes are changes to it. */
  #patched = false;
  #told: SessionView | undefined;
  #dirty = false;
  #notifying = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Why the session cannot be had. */
  error: ColloqError | undefined;

  constructor(host: UpstreamHost, id: string, initial?: SessionView) {
    this.#host = host;
    this.id = id;
    this.#view = initial;
  }

  /** The state as it is now, pending commands included. */
  get view(): SessionView | undefined {
    this.#refresh();
    return this.#view;
  }

  /** Commands that no host has settled. */
  get pending(): number {
    return this.#pending.size + this.#early.length;
  }

  /** Whether this client made the session and the host has not heard of it. */
  get creating(): boolean {
    return this.#creating > 0;
  }

  /** Calls `fn` after changes, at most once a frame. */
  subscribe(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  /** Decides commands on the view now; the promise settles when the host has settled all of them. */
  submit(...commands: Command[]): Promise<Ack> {
    if (this.error) return quiet(Promise.reject(this.error));
    const creates = commands.some((command) => command.kind === "create");
    if (creates) this.#creating += 1;
    const done = new Promise<Ack>((resolve, reject) => {
      const decide = () => this.#decide(commands, this.#host.clock.now()).then((version) => resolve({ version }), reject);
      if (this.#replica) void decide();
      else this.#early.push({ decide: () => void decide(), reject });
    });
    this.#host.counted();
    if (creates) {
      const over = () => this.#handleCreateSettled();
      done.then(over, over);
    }
    return quiet(done);
  }

  /** The module is there: what was called before is decided now, in order. */
  handleModule(module: Module, online: boolean): void {
    if (this.#replica) return;
    this.#module = module;
    this.#actor = this.#host.identity;
    this.#replica = new module.Replica(this.#host.client, this.id);
    for (const early of this.#early.splice(0)) early.decide();
    if (online) this.handleWelcome();
  }

  /** A new link is up. */
  handleWelcome(): void {
    if (!this.#replica || this.error) return;
    this.#identify();
    // A create that was sent before may have arrived, and its answer is then in the catch-up of a subscription alone.
    if (this.creating && !this.#sent) this.#createFirst();
    else this.#subscribe();
  }

  /** The link is gone. */
  handleLost(): void {
    this.#subscription = "none";
    clearTimeout(this.#retry);
  }

  /** A frame of the host about this session. */
  handleFrame(frame: HostFrame, text: string): void {
    if (!this.#replica) return;
    if (frame.kind === "subscribed") return this.#handleSubscribed();
    if (frame.kind === "error") return this.#handleError(frame);
    const received = this.#replica.receive(text) as Received;
    this.#changed();
    for (const { seq, version, code, message } of received.settled) this.#settle(seq, version, code, message);
    if (received.settled.length > 0) this.#host.counted();
    if (received.outdated) return this.#host.outdated();
    if (received.settled.length > 0) this.#backoff.reset();
    if (!received.resubscribe) return this.#pump();
    if (frame.kind === "rejected") this.#later(() => this.#subscribe(), frame.retryAfterMs);
    else if (this.#subscription === "subscribing") this.#astray = true;
    else this.#subscribe("afresh");
  }

  /** Gives up: every promise that waits rejects. */
  close(error: ColloqError): void {
    clearTimeout(this.#retry);
    this.error ??= error;
    if (this.#subscription === "live" || this.#subscription === "subscribing") this.#host.send({ kind: "unsubscribe", session: this.id });
    this.#subscription = "none";
    this.#refresh();
    for (const { reject } of [...this.#early.splice(0), ...this.#pending.values()]) reject(error);
    this.#pending.clear();
    this.#replica?.free();
    this.#replica = undefined;
    this.#changed();
  }

  /** Decides each command on its own: one that is refused here does not keep the others. */
  async #decide(commands: Command[], now: number): Promise<number> {
    const settled = commands.map((command) => this.#decideOne(command, now));
    this.#changed();
    this.#pump();
    this.#host.counted();
    return Math.max(...(await Promise.all(settled)));
  }

  #decideOne(command: Command, now: number): Promise<number> {
    try {
      const seq = this.#replica!.submit(this.#actor!, now, [command])[0]!;
      return new Promise((resolve, reject) => this.#pending.set(seq, { command, now, resolve, reject }));
    } catch (thrown) {
      const error = ColloqError.from(thrown, command);
      this.#host.rejected(error, this.id);
      return quiet(Promise.reject(error));
    }
  }

  /** Commands decided under a guessed name are decided again under the real one, as long as no host has seen them. */
  #identify(): void {
    const actor = this.#host.identity;
    if (this.#actor?.id === actor.id && this.#actor.role === actor.role) return;
    this.#actor = actor;
    if (this.#sent || this.#pending.size === 0) return;
    this.#replica!.free();
    this.#replica = new this.#module!.Replica(this.#host.client, this.id);
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    this.#patched = false;
    for (const pending of waiting) {
      try {
        const seq = this.#replica.submit(actor, pending.now, [pending.command])[0]!;
        this.#pending.set(seq, pending);
      } catch (thrown) {
        const error = ColloqError.from(thrown, pending.command);
        this.#host.rejected(error, this.id);
        pending.reject(error);
      }
    }
    this.#changed();
  }

  #createFirst(): void {
    this.#subscription = "creating";
    this.#replica!.unsend();
    this.#pump();
  }

  /** Asks for what is missing; `afresh` for all of it, where what is here does not fit what the host sends. */
  #subscribe(how: "afresh" | "onwards" = "onwards"): void {
    const since = how === "afresh" ? undefined : (this.#replica?.since() as [number, string] | undefined);
    this.#astray = false;
    this.#subscription = "subscribing";
    this.#host.send({ kind: "subscribe", session: this.id, ...(since && { since }) });
  }

  #handleSubscribed(): void {
    if (this.#astray) return this.#later(() => this.#subscribe("afresh"));
    this.#subscription = "live";
    this.#replica!.unsend();
    this.#pump();
  }

  #handleCreateSettled(): void {
    this.#creating -= 1;
    if (this.#subscription === "creating" && !this.creating && !this.error) this.#subscribe();
  }

  #handleError(frame: HostFrame): void {
    const error = new ColloqError((frame.code ?? "internal") as ErrorCode, frame.message ?? "the host refused the session");
    if (error.retryable) return this.#later(() => this.handleWelcome(), frame.retryAfterMs);
    if (this.#subscription === "creating") return;
    if (this.creating && error.code === "sessionNotFound") return this.#createFirst();
    this.#host.rejected(error, this.id);
    this.close(error);
  }

  #settle(seq: number, version: number, code?: string, message?: string): void {
    const pending = this.#pending.get(seq);
    if (!pending) return;
    this.#pending.delete(seq);
    if (code === undefined) return pending.resolve(version);
    if (CONSUMES_NOTHING.has(code)) this.#moveUp(seq);
    const error = new ColloqError(code as ErrorCode, message ?? code, { command: pending.command });
    this.#host.rejected(error, this.id);
    pending.reject(error);
  }

  #moveUp(after: number): void {
    const moved = [...this.#pending].map(([seq, pending]): [number, Pending] => [seq > after ? seq - 1 : seq, pending]);
    this.#pending.clear();
    for (const [seq, pending] of moved) this.#pending.set(seq, pending);
  }

  #pump(): void {
    if (this.#subscription !== "live" && this.#subscription !== "creating") return;
    for (;;) {
      const frame = this.#replica?.outgoing();
      if (frame === undefined) return;
      this.#sent = true;
      if (!this.#host.send(frame)) return;
    }
  }

  /** Runs `fn` after a wait, if the link is still there; nothing is sent before. */
  #later(fn: () => void, leastMs = 0): void {
    if (this.#subscription === "none") return;
    this.#subscription = "waiting";
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.#subscription === "waiting") fn();
    }, leastMs + this.#backoff.nextMs());
  }

  #refresh(): void {
    if (!this.#dirty || !this.#replica) return;
    this.#dirty = false;
    const changes = this.#replica.changes() as Changes | undefined;
    const view = changes && patchView(this.#patched ? this.#view : undefined, changes);
    if (view === undefined) return;
    this.#view = view;
    this.#patched = true;
  }

  #changed(): void {
    this.#dirty = true;
    if (this.#notifying) return;
    this.#notifying = true;
    onFrame(() => {
      this.#notifying = false;
      const before = this.#told;
      this.#told = this.view;
      if (before === this.#told && !this.error) return;
      for (const fn of [...this.#listeners]) call(fn);
    });
  }
}
