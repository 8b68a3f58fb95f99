/**
 * The agents that work for one client, and the inbox that they share.
 *
 * The host is asked for the inbox only while somebody works.
 */
import type { ColloqError } from "./error.js";
import type { ClientFrame, HostFrame } from "./frames.js";
import { Inbox } from "./inbox.js";
import { Agent, type ServeOptions, type Turn } from "./serve.js";
import type { Session } from "./session.js";

/** What agents need of their client. */
export interface AgentsHost {
  send(frame: ClientFrame): boolean;
  hold(session: string): Session;
}

/** All agents of one client. */
export class Agents {
  readonly #host: AgentsHost;
  readonly #inbox = new Inbox();
  readonly #agents = new Set<Agent>();
  /** Under which name they ask for work. */
  #name: string | undefined;

  constructor(host: AgentsHost) {
    this.#host = host;
  }

  /** Begins to serve. */
  serve(fn: (turn: Turn) => Promise<void>, options: ServeOptions): { close(): Promise<void> } {
    this.#name = options.agent ?? this.#name;
    const inbox = this.#inbox;
    const host = {
      get questions() {
        return inbox.questions;
      },
      watch: (changed: () => void) => inbox.subscribe(changed),
      hold: (session: string) => this.#host.hold(session),
    };
    const agent = new Agent(host, fn, options);
    this.#agents.add(agent);
    this.#watch();
    return { close: () => agent.close().finally(() => this.#agents.delete(agent)) };
  }

  /** For an agent, a claim that somebody else made first is nothing to speak of. */
  expects(error: ColloqError): boolean {
    return error.code === "alreadyAnswering" && this.#agents.size > 0;
  }

  /** A new link is up. */
  handleWelcome(): void {
    this.#inbox.handleWelcome();
    this.#watch();
  }

  /** What waits for an answer. */
  handleFrame(frame: HostFrame): void {
    this.#inbox.handleFrame(frame);
  }

  /** The client goes. */
  abort(error: ColloqError): void {
    for (const agent of this.#agents) agent.abort(error);
    this.#agents.clear();
  }

  #watch(): void {
    if (this.#inbox.watched) this.#host.send({ kind: "watchInbox", ...(this.#name !== undefined && { agent: this.#name }) });
  }
}
