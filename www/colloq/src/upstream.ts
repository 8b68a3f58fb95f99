/**
 * One session between the application and the module: pending commands with their promises, the view, and who is told of it.
 *
 * It holds no rule of a conversation and none of the protocol (the module's `Uplink` does); it carries texts between that and the link.
 */
import type { Uplink } from "../wasm/colloq.js";
import { onFrame } from "#platform";
import type { Clock } from "./clock.js";
import { ColloqError, quiet } from "./error.js";
import type { Identity } from "./frames.js";
import { call } from "./listeners.js";
import type { Module } from "./module.js";
import type { Ack, Command, ErrorCode, Message, SessionView } from "./types.js";
import { asSent, type Changes, patchView, type Sent } from "./view.js";

/** What an upstream needs of its client. */
export interface UpstreamHost {
  readonly client: string;
  /** How many sessions this page load has opened before, the same one again among them. */
  nextOpening(): number;
  readonly clock: Clock;
  /** Who we are; a guess before the first `welcome`. */
  readonly identity: Identity;
  /** Sends a frame when the link is up; says whether it was. */
  send(frame: string): boolean;
  rejected(error: ColloqError, session: string): void;
  /** The number of pending commands may have changed. */
  counted(): void;
  outdated(): void;
  /** The link has to be made anew. */
  relink(): void;
}

/** Who waits for the host to settle something. */
export interface Waiter {
  taken(version: number): void;
  refused(error: ColloqError): void;
}

interface Early {
  commands: Command[];
  waiter: Waiter;
}

interface Pending {
  command: Command;
  waiter: Waiter;
}

/** Longer than it takes to find a queue that was left behind. */
const HOLD_MS = 1_000;

/** Errors after which a command is not settled, but left to others. */
const LEFT = new Set<ErrorCode>(["closed", "signedOut"]);

/** What the module tells of a session. */
type UplinkEvent =
  | { kind: "settled"; number: number; version: number; code?: ErrorCode; message?: string }
  | { kind: "closed"; code: ErrorCode; message: string }
  | { kind: "outdated" }
  | { kind: "relink" };

/** Waits for all of several commands: the version of the last, or the first error. */
function together(count: number, { taken, refused }: Waiter): Waiter {
  let highest = 0;
  return {
    taken: (version) => {
      highest = Math.max(highest, version);
      if (--count === 0) taken(highest);
    },
    refused,
  };
}

/** One session's way to the host. */
export class Upstream {
  readonly id: string;
  readonly #host: UpstreamHost;
  readonly #early: Early[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<() => void>();
  #uplink: Uplink | undefined;
  #begin: () => void = () => {};
  /** What was kept of the session, as a frame: the module goes on from there. */
  #kept: string | undefined;
  /** What is shown was kept, with commands that are still to be taken over: so long the view stays as it is. */
  #holding: ReturnType<typeof setTimeout> | undefined;
  /** The number of the newest command: the module tells by it what became of one. */
  #number = 0;
  #creating = 0;
  #view: SessionView | undefined;
  /** Whether the view comes from the module, so that its changes are changes to it. */
  #patched = false;
  #told: SessionView | undefined;
  #dirty = false;
  #notifying = false;
  #pumping = false;
  #wake: ReturnType<typeof setTimeout> | undefined;
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
    return (this.#uplink?.pending ?? 0) + this.#early.length;
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

  /** Decides commands on the view now, each on its own; the promise settles when the host has settled all of them. */
  submit(...commands: Command[]): Promise<Ack> {
    const done = (resolve: (ack: Ack) => void, refused: (error: ColloqError) => void) =>
      this.send(commands, { taken: (version) => resolve({ version }), refused });
    return quiet(new Promise<Ack>(done));
  }

  /** The same for one who waits without a promise. */
  send(commands: Command[], waiter: Waiter): void {
    if (this.error) return waiter.refused(this.error);
    this.#letGo();
    let one = commands.length === 1 ? waiter : together(commands.length, waiter);
    if (commands.some(({ kind }) => kind === "create")) one = this.#countCreation(one);
    if (this.#uplink) this.#decide(commands, one);
    else this.#early.push({ commands, waiter: one });
    this.#host.counted();
  }

  /** A message as this client sent it, for one that has left the session. */
  asSent(message: Sent): Message {
    return asSent(message, this.#host.identity, this.#host.clock.now());
  }

  /** The module is there: what was called before is decided now, in order. */
  handleModule(module: Module, online: boolean): void {
    if (this.#uplink) return;
    this.#uplink = new module.Uplink(this.#host.client, this.#host.nextOpening(), this.id, JSON.stringify(this.#host.identity));
    this.#begin();
    if (this.#kept !== undefined) this.handleFrame(this.#kept);
    this.#kept = undefined;
    for (const { commands, waiter } of this.#early.splice(0)) this.#decide(commands, waiter);
    if (online) this.handleWelcome();
  }

  /** What was kept of the session: its view is shown at once, and its state is where the module begins. */
  keep({ frame, view }: { frame: string; view: SessionView | undefined }): void {
    if (this.#uplink || this.error) return;
    this.#kept = frame;
    if (!this.#view && view?.messages.some(({ pending }) => pending)) this.#holding = setTimeout(() => this.#letGo(), HOLD_MS);
    this.#view ??= view;
    this.#changed();
  }

  /** Resolves when the module is there. */
  readonly begun = new Promise<void>((resolve) => (this.#begin = resolve));

  /** The confirmed state, to be kept. */
  saved(): string | undefined {
    return this.#uplink?.saved();
  }

  /** This page load's commands that are not settled, to be kept. */
  queue(): string | undefined {
    return this.#uplink?.queue(this.#host.client);
  }

  /** Takes over what another page load left, with its ids; resolves when a host has settled all of it, one way or the other. */
  adopt(queue: string): Promise<void> {
    let commands: { command: Command }[];
    try {
      this.#uplink?.adopt(queue, this.#number + 1);
      commands = JSON.parse(queue) as typeof commands;
    } catch {
      return Promise.resolve(); // What cannot be read is nothing to be sent.
    }
    const settled = commands.map(({ command }) => {
      const number = ++this.#number;
      return new Promise<void>((resolve, reject) => {
        const refused = (error: ColloqError) => (LEFT.has(error.code) ? reject(error) : resolve());
        this.#pending.set(number, { command, waiter: { taken: () => resolve(), refused } });
      });
    });
    this.#letGo();
    this.#changed();
    this.#pump();
    this.#host.counted();
    return quiet(Promise.all(settled).then(() => {}));
  }

  /** Begins anew under another client id: what was asked for under the old one is for others to send. */
  restart(module: Module): void {
    if (!this.#uplink) return;
    this.#refresh();
    this.#kept = this.#uplink.saved();
    this.#uplink.free();
    this.#uplink = undefined;
    this.#patched = false;
    const error = new ColloqError("closed", "the page was put aside: what it had asked for is sent by whoever has its queue");
    for (const { waiter } of this.#pending.values()) waiter.refused(error);
    this.#pending.clear();
    this.handleModule(module, false);
  }

  /** A new link is up. */
  handleWelcome(): void {
    if (!this.#uplink || this.error) return;
    this.#uplink.handleWelcome(JSON.stringify(this.#host.identity));
    this.#changed();
    this.#pump();
  }

  /** The link is gone. */
  handleLost(): void {
    clearTimeout(this.#wake);
    this.#uplink?.handleLost();
  }

  /** A frame of the host about this session. */
  handleFrame(text: string): void {
    if (!this.#uplink) return;
    this.#uplink.receive(text, this.#host.clock.now());
    this.#changed();
    this.#pump();
  }

  /** Gives up: every promise that waits rejects. */
  close(error: ColloqError): void {
    clearTimeout(this.#wake);
    this.#letGo();
    if (!this.error && this.#uplink?.isLive) this.#host.send(JSON.stringify({ kind: "unsubscribe", session: this.id }));
    this.error ??= error;
    this.#refresh();
    for (const { waiter } of [...this.#early.splice(0), ...this.#pending.values()]) waiter.refused(error);
    this.#pending.clear();
    this.#uplink?.free();
    this.#uplink = undefined;
    this.#changed();
  }

  /** Decides each command on its own: one that is refused here does not keep the others. */
  #decide(commands: Command[], waiter: Waiter): void {
    const now = this.#host.clock.now();
    for (const command of commands) this.#decideOne(command, now, waiter);
    this.#changed();
    this.#pumpSoon();
    this.#host.counted();
  }

  #decideOne(command: Command, now: number, waiter: Waiter): void {
    const number = ++this.#number;
    try {
      this.#uplink!.submit(number, now, JSON.stringify(command));
      this.#pending.set(number, { command, waiter });
    } catch (thrown) {
      const error = ColloqError.from(thrown, command);
      this.#host.rejected(error, this.id);
      waiter.refused(error);
    }
  }

  /** The host has not heard of the session until this is settled. */
  #countCreation({ taken, refused }: Waiter): Waiter {
    this.#creating += 1;
    const over = () => void (this.#creating -= 1);
    return { taken: (version) => (over(), taken(version)), refused: (error) => (over(), refused(error)) };
  }

  /** Sends at the end of the turn: what was asked for in one turn goes in one frame. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  /** Sends what there is to send, and hears what there is to hear. */
  #pump(): void {
    const uplink = this.#uplink;
    if (!uplink) return;
    const now = this.#host.clock.now();
    for (let frame = uplink.poll(now); frame !== undefined; frame = uplink.poll(now)) {
      if (!this.#host.send(frame)) break;
    }
    this.#listen(uplink);
    if (this.#uplink !== uplink) return;
    clearTimeout(this.#wake);
    const { wakeAt } = uplink;
    if (wakeAt !== undefined) this.#wake = setTimeout(() => this.#pump(), Math.max(0, wakeAt - now));
  }

  #listen(uplink: Uplink): void {
    let count = 0;
    for (let text = uplink.event(); text !== undefined; text = this.#uplink?.event()) {
      count += 1;
      const event = JSON.parse(text) as UplinkEvent;
      if (event.kind === "settled") this.#settle(event);
      else if (event.kind === "outdated") this.#host.outdated();
      else if (event.kind === "relink") this.#host.relink();
      else this.#refuse(new ColloqError(event.code, event.message));
    }
    if (count > 0) this.#host.counted();
  }

  #settle({ number, version, code, message }: Extract<UplinkEvent, { kind: "settled" }>): void {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    if (code === undefined) return pending?.waiter.taken(version);
    const error = new ColloqError(code, message ?? code, pending && { command: pending.command });
    this.#host.rejected(error, this.id);
    pending?.waiter.refused(error);
  }

  #refuse(error: ColloqError): void {
    this.#host.rejected(error, this.id);
    this.close(error);
  }

  /** The view follows the module from here on. */
  #letGo(): void {
    if (this.#holding === undefined) return;
    clearTimeout(this.#holding);
    this.#holding = undefined;
    this.#changed();
  }

  #refresh(): void {
    if (!this.#dirty || !this.#uplink || this.#holding !== undefined) return;
    this.#dirty = false;
    const changes = this.#uplink.changes();
    if (changes === undefined) return;
    this.#view = patchView(this.#patched ? this.#view : undefined, JSON.parse(changes) as Changes);
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
