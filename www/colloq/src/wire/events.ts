/**
 * Server-Sent Events and POST as a wire: the same frames, for those whose proxies let no WebSocket through.
 *
 * Each session that is followed is a response that does not end, and so is the list of sessions, which is there as long as the wire is.
 * It promises no more than a WebSocket does: when one of them breaks the wire is gone, and what was lost is sent again on the next.
 */
import { ColloqError } from "../error.js";
import type { ClientFrame, HostFrame } from "../frames.js";
import type { Http } from "../http.js";
import { eventsOf, itemsOf } from "./sse.js";
import { BROKEN, UNAUTHENTICATED, type Wire, type WireEvents, type WireMaker } from "./wire.js";

/** Hosts write at least a comment this often, with some time to get here. */
const SILENT_MS = 25_000;
const LIST = "v1/sessions";

/** Makes such wires to one host. */
export class EventsMaker implements WireMaker {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Begins one; the hello that it is given connects it. */
  async make(events: WireEvents): Promise<Wire> {
    setTimeout(() => events.open(), 0);
    return new EventsWire(this.#http, events);
  }
}

/** What is sent here: frames of the client, and those of the module, which go as they are. */
type Sent =
  | ClientFrame
  | { kind: "subscribe"; session: string; since?: [version: number, chain: string] }
  | { kind: "unsubscribe"; session: string }
  | { kind: "submit"; session: string };

class EventsWire implements Wire {
  readonly #http: Http;
  readonly #events: WireEvents;
  /** What is being followed, by its path. */
  readonly #streams = new Map<string, AbortController>();
  /** Submits of one session go one after the other. */
  readonly #submits = new Map<string, Promise<void>>();
  #heardAt = 0;
  #closed = false;

  constructor(http: Http, events: WireEvents) {
    this.#http = http;
    this.#events = events;
  }

  send(text: string): boolean {
    if (this.#closed) return false;
    this.#handle(JSON.parse(text) as Sent, text);
    return true;
  }

  close(): void {
    this.#closed = true;
    for (const stream of this.#streams.values()) stream.abort();
    this.#streams.clear();
  }

  #handle(frame: Sent, text: string): void {
    switch (frame.kind) {
      case "hello":
        return this.#follow(LIST, { limit: 0 });
      case "watchSessions":
        return this.#follow(LIST, { limit: frame.limit });
      case "watchInbox":
        return this.#follow("v1/inbox", { agent: frame.agent });
      case "subscribe":
        return this.#follow(pathOf(frame.session), {}, frame.session, frame.since);
      case "unsubscribe":
        return this.#leave(pathOf(frame.session));
      case "submit":
        return this.#submit(frame.session, text);
      case "ping":
        if (Date.now() - this.#heardAt < SILENT_MS) this.#tell({ kind: "pong" });
        return;
      case "authenticate": // The next request brings the new token; a response that has the old one ends when that does.
      case "presence": // That is for those who have a link of their own.
        return;
    }
  }

  /** Follows what a path tells, in the place of what it told before. */
  #follow(path: string, query: Record<string, string | number | undefined>, session?: string, since?: [number, string]): void {
    this.#leave(path);
    const stream = new AbortController();
    this.#streams.set(path, stream);
    void this.#read(path, query, stream, session, since);
  }

  #leave(path: string): void {
    this.#streams.get(path)?.abort();
    this.#streams.delete(path);
  }

  async #read(path: string, query: Record<string, string | number | undefined>, stream: AbortController, session?: string, since?: [number, string]): Promise<void> {
    const mine = () => !this.#closed && this.#streams.get(path) === stream;
    const headers = { accept: "text/event-stream", ...(since && { "last-event-id": since.join(".") }) };
    try {
      const response = await this.#http.open("GET", path, { query, headers, signal: stream.signal });
      for await (const text of eventsOf(response, () => (this.#heardAt = Date.now()))) {
        if (!mine()) return;
        const frame = JSON.parse(text) as HostFrame;
        if (frame.kind === "error" && frame.code === "unauthenticated") return this.#end(UNAUTHENTICATED);
        // Every response begins with a welcome; the wire has one.
        if (frame.kind !== "welcome" || path === LIST) this.#events.text(text);
      }
      if (mine()) this.#end(BROKEN);
    } catch (thrown) {
      if (!mine()) return;
      this.#streams.delete(path);
      this.#refused(thrown, session);
    }
  }

  #submit(session: string, body: string): void {
    const before = this.#submits.get(session) ?? Promise.resolve();
    const now = before.then(async () => {
      if (this.#closed) return;
      try {
        const headers = { "content-type": "application/json" };
        const response = await this.#http.open("POST", `v1/sessions/${session}/commands`, { body, headers });
        for (const frame of itemsOf(await response.text())) if (!this.#closed) this.#events.text(frame);
      } catch (thrown) {
        this.#refused(thrown, session);
      }
    });
    this.#submits.set(session, now);
  }

  /** A refusal is of one session where there is one; everything else is the end of the wire. */
  #refused(thrown: unknown, session: string | undefined): void {
    const { code, message, retryAfterMs, status } = ColloqError.from(thrown);
    if (code === "signedOut" || status === 401) this.#end(UNAUTHENTICATED);
    else if (status === undefined || session === undefined) this.#end(BROKEN);
    else this.#tell({ kind: "error", session, code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }

  #tell(frame: HostFrame): void {
    if (!this.#closed) this.#events.text(JSON.stringify(frame));
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.close();
    this.#events.closed(code);
  }
}

function pathOf(session: string): string {
  return `v1/sessions/${session}/events`;
}
