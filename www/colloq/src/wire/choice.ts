/**
 * Which wire to try next: WebSocket as long as it can be had, else Server-Sent Events.
 *
 * A host that is down answers neither way; so the ways take turns until one brings a welcome.
 */
import type { Transport } from "../types.js";
import type { WireMaker } from "./wire.js";

/** So many WebSockets fail before the first welcome until the other way is tried. */
const FAILURES_MAX = 2;

/** The wires of one client. */
export class Wires {
  readonly #socket: WireMaker;
  readonly #events: WireMaker;
  readonly #transport: Transport;
  #failures = 0;
  #last: WireMaker;

  constructor(socket: WireMaker, events: WireMaker, transport: Transport) {
    this.#socket = socket;
    this.#events = events;
    this.#transport = transport;
    this.#last = socket;
  }

  /** The one to try now. */
  next(): WireMaker {
    const turns = this.#failures >= FAILURES_MAX && this.#failures % 2 === 0;
    this.#last = this.#transport === "sse" || (this.#transport === "auto" && turns) ? this.#events : this.#socket;
    return this.#last;
  }

  /** It brought a welcome. A host that was reached by events alone is tried that way first when it comes back. */
  handleWelcome(): void {
    this.#failures = this.#last === this.#events ? FAILURES_MAX : 0;
  }

  /** It brought none. */
  handleFailure(): void {
    this.#failures += 1;
  }
}
