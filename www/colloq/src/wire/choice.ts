/**
 * Which wire to try next: WebSocket as long as it can be had, else Server-Sent Events.
 *
 * A host that is down answers neither way and is no reason to give WebSocket up: pages of one browser share few connections by HTTP, and
 * events hold several each. So the other way is taken only after a WebSocket failed against a host that had just answered by HTTP.
 */
import type { Transport } from "../types.js";
import type { WireMaker } from "./wire.js";

/** So many WebSockets fail without a word until the host is asked by HTTP whether it is there. */
const FAILURES_MAX = 2;

/** The wires of one client. */
export class Wires {
  readonly #socket: WireMaker;
  readonly #events: WireMaker;
  readonly #transport: Transport;
  readonly #isThere: () => Promise<boolean>;
  #failures = 0;
  #last: WireMaker;
  /** The host answered by HTTP, and the WebSocket that is tried now shows whether it can be had. */
  #trying = false;
  /** It cannot. */
  #refused = false;
  /** The one that is tried now brought something. */
  #answered = false;

  /** `isThere` asks the host for any answer by HTTP. */
  constructor(socket: WireMaker, events: WireMaker, transport: Transport, isThere: () => Promise<boolean>) {
    this.#socket = socket;
    this.#events = events;
    this.#transport = transport;
    this.#isThere = isThere;
    this.#last = socket;
  }

  /** The one to try now. */
  async next(): Promise<WireMaker> {
    if (this.#transport === "auto" && this.#failures >= FAILURES_MAX && !this.#refused) this.#trying = await this.#isThere();
    this.#last = this.#transport === "sse" || this.#refused ? this.#events : this.#socket;
    return this.#last;
  }

  /** It brought something, were it a no: the way is open. A host that is reached by events alone is tried that way first the next time. */
  handleAnswer(): void {
    this.#failures = 0;
    this.#answered = true;
  }

  /** It is over, or never came about. */
  handleEnd(): void {
    if (!this.#answered) {
      this.#failures += 1;
      this.#refused = this.#trying && this.#last === this.#socket;
    }
    this.#trying = false;
    this.#answered = false;
  }
}
