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

const LINES = "application/x-ndjson";

/** See the file's documentation. */
export class Here implements Backend {
  readonly url = "http://this.process/";
  readonly engine: Engine;

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
    return this.engine.call(actor, id, { kind: "read", messages }, { condition: known });
  }

  async answer(actor: Actor, req: IncomingMessage, res: ServerResponse, path: string, query: URLSearchParams): Promise<boolean> {
    const events = wantsEvents(req, path);
    const answer = events ? openEvents(this.engine, actor, req, res, path, query) : await this.#answer(actor, req, path, query);
    if (events && !answer) return true;
    if (!answer) return false;
    res.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
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
