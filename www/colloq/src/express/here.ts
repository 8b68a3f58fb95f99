/**
 * Conversations in this process: the host of `../local`, without a socket between.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Client, createClientOver } from "../client.js";
import { Engine, type EngineOptions } from "../local/engine.js";
import { openEvents, wantsEvents } from "../local/events.js";
import { LocalMaker, localFetch, streamed } from "../local/fetch.js";
import { isActive } from "../local/logs.js";
import type { Actor } from "../local/request.js";
import { LocalRequests } from "../local/requests.js";
import { type HttpAnswer, refusal, route } from "../local/routes.js";
import { Seat } from "../local/seat.js";
import { type ServerClient, serverClientOver } from "../server/client.js";
import { type Backend, OPERATOR, type PageLink, type PageSocket, type Reading } from "./backend.js";
import { bodyOf, TooLarge } from "./body.js";
import { Recent } from "./recent.js";

const LINES = "application/x-ndjson";
/** The last activity, which alone moves no version, may be as much older in what is read again. */
const KEPT_MS = 1_000;
const KEPT_MAX = 256;
const KEPT_BYTES_MAX = 64 << 10;

/** See the file's documentation. */
export class Here implements Backend {
  readonly url = "http://this.process/";
  readonly engine: Engine;
  /** What was read a moment ago, as it goes out. */
  readonly #kept = new Recent<{ version: number; atMs: number; body: Buffer }>(KEPT_MAX);

  constructor(options: EngineOptions) {
    this.engine = new Engine(options);
  }

  server(actor: Actor): ServerClient {
    return serverClientOver(new LocalRequests(this.engine, actor));
  }

  current(actor: Actor): string | undefined {
    return this.engine.logs.newest(actor.id);
  }

  forget(): void {}

  read(actor: Actor, id: string, messages: number | undefined, known: number | undefined): Reading {
    const read = (condition: number | undefined) => this.engine.call(actor, id, { kind: "read", messages }, { condition });
    if (known !== undefined) return read(known);
    // The module is asked each time whether they may, and whether that is still it; but what is the same is not written anew.
    const name = `${messages ?? "all"} ${id}`;
    const kept = this.#kept.get(name);
    const isFresh = kept !== undefined && this.engine.now() - kept.atMs < KEPT_MS;
    const answer = read(isFresh ? kept.version : undefined);
    if (answer.status === 304) return { status: 200, version: kept!.version, body: kept!.body };
    if (answer.status !== 200 || answer.body.length > KEPT_BYTES_MAX) return answer;
    const body = Buffer.from(answer.body);
    this.#kept.set(name, { version: answer.version, atMs: this.engine.now(), body });
    return { ...answer, body };
  }

  async answer(actor: Actor, req: IncomingMessage, res: ServerResponse, path: string, query: URLSearchParams): Promise<boolean> {
    const events = wantsEvents(req, path);
    const answer = events ? openEvents(this.engine, actor, req, res, path, query) : await this.#answer(actor, req, path, query);
    if (events && !answer) return true;
    if (!answer) return false;
    res.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) });
    res.end(req.method === "HEAD" ? undefined : answer.body);
    return true;
  }

  link(actor: Actor, socket: PageSocket): PageLink {
    const seat = new Seat(this.engine, actor, socket);
    return { handle: (frame) => seat.handle(frame), leave: () => seat.leave(), renew: () => {} };
  }

  client(actor: Actor): Client {
    const { engine } = this;
    return createClientOver(new LocalMaker(engine, actor), { url: this.url, fetch: localFetch(engine, actor), wasm: engine.file.module });
  }

  async adopt(guest: Actor, user: Actor): Promise<void> {
    for (const { session, summary } of this.engine.logs.list(guest.id)) {
      if (!isActive(summary)) continue;
      this.engine.call(OPERATOR, session, "signIn", { body: JSON.stringify({ userId: user.id }) });
    }
  }

  async close(): Promise<void> {
    this.engine.close();
  }

  async #answer(actor: Actor, req: IncomingMessage, path: string, query: URLSearchParams): Promise<HttpAnswer | undefined> {
    const headers: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(req.headers)) headers[name] = value === undefined ? value : String(value);
    const request = { method: req.method === "HEAD" ? "GET" : (req.method ?? "GET"), path, query, headers };
    const type = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
    const isStream = path.endsWith("/stream");
    try {
      if (isStream && type === LINES) return await streamed(this.engine, actor, request, req);
      const body = await bodyOf(req);
      if (isStream || (body.length > 0 && type !== "application/json")) return refusal(this.engine, "unsupportedMediaType");
      return route(this.engine, actor, { ...request, body });
    } catch (error) {
      if (error instanceof TooLarge) return refusal(this.engine, "tooLarge");
      throw error;
    }
  }
}
