/**
 * One connection to the host, kept up: hello and welcome, pings, a watchdog, and coming back with backoff.
 *
 * It never looks into a session's frames and never keeps a frame for later: what must not be lost is in the replicas.
 */
import { onNetwork } from "#platform";
import { Backoff } from "./backoff.js";
import type { Clock } from "./clock.js";
import { type ClientFrame, type HostFrame, timeMs, type Welcome } from "./frames.js";
import type { TokenSource } from "./token.js";
import type { Wires } from "./wire/choice.js";
import { NOT_UNDERSTOOD, UNAUTHENTICATED, type Wire } from "./wire/wire.js";

const PING_MS = 20_000;
const ANSWER_MS = 10_000;
/** A token is renewed this long before it expires, or after four fifths of what it has left if that is sooner. */
const RENEW_MS = 30_000;
const TIMEOUT_LONGEST_MS = 2 ** 31 - 1;

/** What a link tells its client. */
export interface LinkEvents {
  connecting(): void;
  welcome(welcome: Welcome): void;
  frame(frame: HostFrame, text: string): void;
  lost(): void;
  signedOut(): void;
  /** The host speaks another protocol: nothing but a newer page helps. */
  outdated(): void;
}

/** The link of one client, by whatever wire can be had. */
export class Link {
  readonly #wires: Wires;
  readonly #client: () => string;
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  readonly #events: LinkEvents;
  readonly #backoff = new Backoff();
  #running = false;
  #online = false;
  #wire: Wire | undefined;
  #attempt = 0;
  #token: string | null | undefined;
  #timers: { retry?: Timer; ping?: Timer; answer?: Timer; renew?: Timer } = {};
  #unlisten: (() => void) | undefined;

  constructor(wires: Wires, client: () => string, tokens: TokenSource, clock: Clock, events: LinkEvents) {
    this.#wires = wires;
    this.#client = client;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#events = events;
  }

  /** Connects, and stays connected until `close`. */
  open(): void {
    if (this.#running) return;
    this.#running = true;
    this.#unlisten = onNetwork((online) => (online ? this.#retryNow() : this.#probe()));
    void this.#connect();
  }

  /** Disconnects for good. */
  close(): void {
    this.#running = false;
    this.#unlisten?.();
    this.#drop(1000);
  }

  /** Connects anew at once: what is on its way over the present connection is not to arrive. */
  renew(): void {
    if (!this.#online) return;
    this.#drop(1000);
    this.#events.lost();
    void this.#connect();
  }

  /** Sends a frame when the link is up; says whether it was. */
  send(frame: ClientFrame | string): boolean {
    if (!this.#online || !this.#wire) return false;
    return this.#wire.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#events.connecting();
    try {
      const token = await this.#tokens.current();
      if (attempt !== this.#attempt || !this.#running) return;
      if (token === null) return this.#signOut();
      this.#token = token;
      const mine = (fn: () => void) => attempt === this.#attempt && fn();
      const hello = JSON.stringify({ kind: "hello", ...(token !== undefined && { token }), client: this.#client(), protocol: 1 });
      const maker = await this.#wires.next();
      if (attempt !== this.#attempt || !this.#running) return;
      const events = {
        open: () => mine(() => this.#wire?.send(hello)),
        text: (text: string) => mine(() => this.#handleText(text)),
        closed: (code: number) => mine(() => void this.#handleClose(code)),
      };
      const wire = await maker.make(events, token);
      if (attempt !== this.#attempt || !this.#running) return wire.close();
      this.#wire = wire;
      this.#expectAnswer();
    } catch {
      if (attempt === this.#attempt) this.#lose();
    }
  }

  #handleText(text: string): void {
    clearTimeout(this.#timers.answer);
    this.#wires.handleAnswer();
    let frame: HostFrame;
    try {
      frame = JSON.parse(text) as HostFrame;
    } catch {
      return this.#lose();
    }
    if (frame.kind === "welcome") this.#handleWelcome(frame as unknown as Welcome);
    else this.#events.frame(frame, text);
  }

  #handleWelcome(welcome: Welcome): void {
    this.#clock.correct(welcome.now);
    // A newer token on the same link is welcomed as well; nothing else begins anew.
    if (this.#online) return this.#scheduleRenewal(timeMs(welcome.expiresAt));
    this.#online = true;
    this.#backoff.reset();
    clearInterval(this.#timers.ping);
    this.#timers.ping = setInterval(() => this.#probe(), PING_MS);
    this.#scheduleRenewal(timeMs(welcome.expiresAt));
    this.#events.welcome(welcome);
  }

  async #handleClose(code: number): Promise<void> {
    if (code === NOT_UNDERSTOOD && !this.#online) return this.#events.outdated();
    if (code !== UNAUTHENTICATED) return this.#lose();
    const refused = this.#token;
    this.#drop();
    if (refused === undefined) return this.#signOut();
    try {
      if ((await this.#tokens.renew("rejected", refused)) === null) return this.#signOut();
    } catch {
      // Nobody could be asked just now; the next attempt asks again.
    }
    if (this.#running) this.#lose();
  }

  #scheduleRenewal(expiresAt: number | undefined): void {
    clearTimeout(this.#timers.renew);
    if (expiresAt === undefined || this.#token === undefined) return;
    const left = expiresAt - this.#clock.now();
    const wait = Math.min(TIMEOUT_LONGEST_MS, Math.max(left * 0.8, left - RENEW_MS, 0));
    this.#timers.renew = setTimeout(() => void this.#renew(), wait);
  }

  async #renew(): Promise<void> {
    const before = this.#token;
    const token = await this.#tokens.renew("expiring").catch(() => before);
    if (token === null) return this.#signOut();
    if (token === undefined || token === before) return;
    this.#token = token;
    this.send({ kind: "authenticate", token });
  }

  /** Asks the host for a sign of life. */
  #probe(): void {
    if (this.send({ kind: "ping" })) this.#expectAnswer();
  }

  #expectAnswer(): void {
    clearTimeout(this.#timers.answer);
    this.#timers.answer = setTimeout(() => this.#lose(), ANSWER_MS);
  }

  #retryNow(): void {
    if (!this.#running || this.#wire || this.#timers.retry === undefined) return;
    clearTimeout(this.#timers.retry);
    delete this.#timers.retry;
    void this.#connect();
  }

  /** The link is gone: say so and come back later. */
  #lose(): void {
    this.#wires.handleEnd();
    this.#drop(1000);
    if (!this.#running) return;
    this.#events.lost();
    this.#timers.retry = setTimeout(() => {
      delete this.#timers.retry;
      void this.#connect();
    }, this.#backoff.nextMs());
  }

  #signOut(): void {
    this.close();
    this.#events.signedOut();
  }

  #drop(code?: number): void {
    const wire = this.#wire;
    this.#wire = undefined;
    this.#online = false;
    this.#attempt += 1;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    if (code !== undefined) wire?.close(code);
  }
}

type Timer = ReturnType<typeof setTimeout>;
