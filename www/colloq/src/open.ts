/**
 * A session that is open in a client: its upstream, who is present, and how many hold it.
 *
 * It lets go of nothing that is not settled.
 */
import { Backoff } from "./backoff.js";
import { ColloqError } from "./error.js";
import type { HostFrame } from "./frames.js";
import type { Http } from "./http.js";
import type { Module } from "./module.js";
import { type PresenceHost, Room } from "./presence.js";
import type { Upstream } from "./upstream.js";

/** A session that nobody holds stays this long, for whoever comes back to it. */
const LINGER_MS = 5_000;

/** A session that is open. */
export class OpenSession {
  readonly upstream: Upstream;
  readonly room: Room;
  /** Whether it is the user's own for certain, and so to be listed before a host says so. */
  mine: boolean;
  #holders = 0;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  /** The host is still to be told to make it. */
  #forking = false;
  #restoring = false;

  constructor(upstream: Upstream, host: PresenceHost, mine: boolean) {
    this.upstream = upstream;
    this.room = new Room(host, upstream.id);
    this.mine = mine;
  }

  /** One holder more. */
  hold(): void {
    this.#holders += 1;
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
  }

  /** One holder less. */
  release(): void {
    this.#holders -= 1;
  }

  /** Calls `gone` after a while in which nobody held it and all was settled. */
  letGo(gone: () => void): void {
    const idle = () => this.#holders === 0 && this.upstream.pending === 0;
    if (this.#leaving || !idle()) return;
    this.#leaving = setTimeout(() => {
      this.#leaving = undefined;
      if (idle()) gone();
    }, LINGER_MS);
  }

  /** What is kept of the session is looked for; until that is found or not, it has no module. */
  awaitKept(kept: Promise<void>, then: () => void): void {
    this.#restoring = true;
    void kept.then(() => {
      this.#restoring = false;
      then();
    });
  }

  /** The module is there. */
  handleModule(module: Module, online: boolean): void {
    if (!this.#restoring) this.upstream.handleModule(module, online && !this.#forking);
  }

  /** A new link is up. */
  handleWelcome(): void {
    if (!this.#forking) this.upstream.handleWelcome();
  }

  /** The link is gone. */
  handleLost(): void {
    this.room.handleLost();
    this.upstream.handleLost();
  }

  /** A frame of the host about this session. */
  handleFrame(frame: HostFrame, text: string): void {
    if (frame.kind === "presence") return this.room.handleFrame(frame.links ?? []);
    if (frame.of === "presence") return;
    this.upstream.handleFrame(text);
    if (frame.kind === "subscribed") this.room.handleLive();
    // Whatever it was, the session may not be followed any more; once it is, that is said.
    if (frame.kind === "error") this.room.handleLost();
  }

  /** Closes it: whatever waits rejects. */
  close(error: ColloqError): void {
    clearTimeout(this.#leaving);
    this.upstream.close(error);
  }

  /** Has the host make this session out of another, however long it takes to reach it; `made` is called when it is there. */
  async fork(http: Http, parent: Upstream, through: string | undefined, made: () => void): Promise<void> {
    this.#forking = true;
    const { id } = this.upstream;
    const backoff = new Backoff();
    while (!this.upstream.error) {
      try {
        await confirmed(parent, through);
        const headers = { "idempotency-key": id };
        await http.json("POST", `v1/sessions/${parent.id}/fork`, { json: { id, ...(through !== undefined && { through }) }, headers });
        this.#forking = false;
        return made();
      } catch (thrown) {
        const error = ColloqError.from(thrown);
        if (!error.retryable) return this.close(error);
        await new Promise((resolve) => setTimeout(resolve, Math.max(error.retryAfterMs ?? 0, backoff.nextMs())));
      }
    }
  }
}

/** Waits until the host has a message. */
async function confirmed(upstream: Upstream, message: string | undefined): Promise<void> {
  const waits = () => !upstream.error && upstream.view?.messages.some(({ id, pending }) => id === message && pending);
  while (waits()) {
    await new Promise<void>((resolve) => {
      const unsubscribe = upstream.subscribe(() => {
        unsubscribe();
        resolve();
      });
    });
  }
}
