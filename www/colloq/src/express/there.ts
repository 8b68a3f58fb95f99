/**
 * Conversations with a host, by a server key: everybody acts with a token of their own, which never comes to a page.
 *
 * Requests and links of pages pass as they are; a token is put in on the way.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { type Client, createClient } from "../client.js";
import { ColloqError } from "../error.js";
import { baseUrl } from "../http.js";
import type { Actor } from "../local/request.js";
import { createServerClient, type ServerClient } from "../server/client.js";
import { type Backend, type PageLink, type PageSocket, type Reading } from "./backend.js";
import { bodyOf } from "./body.js";
import { Relay } from "./relay.js";
import { Recent } from "./recent.js";

const TOKEN_S = 3600;
/** A token with less than this left is not given to anybody. */
const LEFT_MS = 5 * 60_000;
const REMEMBERED = 10_000;
const PASSED = ["accept", "content-type", "if-match", "if-none-match", "idempotency-key", "last-event-id"];
const RETURNED = ["content-type", "cache-control", "etag", "location", "retry-after", "colloq-version"].concat(
  ["x-accel-buffering", "x-content-type-options", "referrer-policy"],
);

/** See the file's documentation. */
export class There implements Backend {
  readonly url: string;
  readonly #key: string | undefined;
  readonly #server: ServerClient;
  readonly #fetch: typeof fetch;
  readonly #tokens = new Recent<{ token: Promise<string>; until: number }>(REMEMBERED);
  readonly #current = new Recent<string>(REMEMBERED);

  constructor(url: string, key: string | undefined, fetcher: typeof fetch = (input, init) => globalThis.fetch(input, init)) {
    this.url = baseUrl(url).href;
    this.#key = key;
    this.#fetch = fetcher;
    this.#server = createServerClient({ url, ...(key !== undefined && { token: key }), fetch: fetcher });
  }

  /** A token for somebody, made when there is none that still holds. */
  token(actor: Actor, fresh = false): Promise<string> {
    const name = `${actor.role} ${actor.id}`;
    const known = this.#tokens.get(name);
    if (!fresh && known && known.until > Date.now()) return known.token;
    const token = this.#server.token({ userId: actor.id, role: actor.role, ttlSeconds: TOKEN_S }).then((issued) => issued.token);
    this.#tokens.set(name, { token, until: Date.now() + TOKEN_S * 1000 - LEFT_MS });
    token.catch(() => this.#tokens.delete(name));
    return token;
  }

  /** A `fetch` with the token of somebody. */
  fetch(actor: Actor): typeof fetch {
    return async (input, init = {}) => {
      const send = async (token: string | undefined) => {
        const headers = { ...(init.headers as Record<string, string>), ...(token !== undefined && { authorization: `Bearer ${token}` }) };
        return this.#fetch(input, { ...init, headers });
      };
      // The application itself acts by its key.
      if (actor.role === "operator") return send(this.#key);
      const response = await send(await this.token(actor));
      if (response.status !== 401 || init.body instanceof ReadableStream) return response;
      await response.body?.cancel();
      return send(await this.token(actor, true));
    };
  }

  server(actor: Actor): ServerClient {
    return createServerClient({ url: this.url, fetch: this.fetch(actor) });
  }

  async current(actor: Actor): Promise<string | undefined> {
    const known = this.#current.get(actor.id);
    if (known !== undefined) return known;
    const { items } = await this.server(actor).list({ limit: 20 });
    const found = items.find(({ isActive }) => isActive)?.id;
    if (found !== undefined) this.#current.set(actor.id, found);
    return found;
  }

  forget(actor: Actor): void {
    this.#current.delete(actor.id);
  }

  async read(actor: Actor, id: string, messages: number | undefined, known: number | undefined): Promise<Reading> {
    const url = new URL(`v1/sessions/${encodeURIComponent(id)}`, this.url);
    if (messages !== undefined) url.searchParams.set("messages", String(messages));
    const headers = known === undefined ? {} : { "if-none-match": `W/"${messages ?? "all"}-${known}"` };
    const response = await this.fetch(actor)(url, { headers }).catch((cause: unknown) => {
      throw new ColloqError("unreachable", "the host cannot be reached", { cause, status: 503 });
    });
    const version = Number(/-(\d+)"$/.exec(response.headers.get("etag") ?? "")?.[1] ?? 0);
    return { status: response.status, version, body: await response.text() };
  }

  async answer(actor: Actor, req: IncomingMessage, res: ServerResponse, path: string, query: URLSearchParams): Promise<boolean> {
    const url = new URL(path.slice(1), this.url);
    // What a URL would make of dots and their like is another path, which nobody looked at.
    if (url.pathname !== new URL(this.url).pathname + path.slice(1)) return false;
    url.search = query.toString();
    const method = req.method ?? "GET";
    const headers: Record<string, string> = {};
    for (const name of PASSED) if (req.headers[name] !== undefined) headers[name] = String(req.headers[name]);
    const gone = new AbortController();
    res.once("close", () => gone.abort());
    const isStream = path.endsWith("/stream");
    const body = method === "GET" || method === "HEAD" ? undefined : isStream ? (Readable.toWeb(req) as ReadableStream) : await bodyOf(req);
    const init = { method, headers, signal: gone.signal, ...(body && { body: body as BodyInit }), ...(isStream && { duplex: "half" }) };
    const response = await this.fetch(actor)(url, init).catch((cause: unknown) => {
      if (gone.signal.aborted) return undefined;
      throw new ColloqError("unreachable", "the host cannot be reached", { cause, status: 503 });
    });
    if (!response) return true;
    for (const name of RETURNED) if (response.headers.has(name)) res.setHeader(name, response.headers.get(name)!);
    res.writeHead(response.status);
    if (!response.body) return res.end(), true;
    // A page that goes away ends what it followed.
    await pipeline(Readable.fromWeb(response.body as NodeStream), res).catch(() => {});
    return true;
  }

  link(actor: Actor, socket: PageSocket): PageLink {
    return new Relay(this.url, () => this.token(actor), socket);
  }

  client(actor: Actor): Client {
    return createClient({ url: this.url, token: ({ reason }) => this.token(actor, reason !== "initial"), fetch: this.#fetch });
  }

  async adopt(guest: Actor, user: Actor): Promise<void> {
    const { items } = await this.#server.list({ userId: guest.id, limit: 200 });
    for (const { id, isActive } of items) if (isActive) await this.#server.signIn(id, user.id);
    this.#current.delete(user.id);
    this.#current.delete(guest.id);
  }

  async close(): Promise<void> {}
}
