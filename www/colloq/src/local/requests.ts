/**
 * The requests of a client of `colloq/server` to the host of this process: no Request, Response or Headers is made for them.
 */
import type { Asked, Requests } from "../http.js";
import type { Engine } from "./engine.js";
import { errorOf, localFetch } from "./fetch.js";
import type { Actor } from "./request.js";
import { type HttpAnswer, refusal, route } from "./routes.js";

const NOTHING = new Uint8Array();
/** Nobody changes what a request asks for. */
const NO_QUERY = new URLSearchParams();

/** See the file's documentation. */
export class LocalRequests implements Requests {
  readonly #engine: Engine;
  readonly #actor: Actor;

  constructor(engine: Engine, actor: Actor) {
    this.#engine = engine;
    this.#actor = actor;
  }

  get<T>(path: string, query: Asked["query"] = {}): Promise<T> {
    return this.json("GET", path, { query });
  }

  async json<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
    if (asked.body !== undefined) return (await this.open(method, path, asked)).json() as Promise<T>;
    const query = asked.query === undefined ? NO_QUERY : queryOf(asked.query);
    const body = asked.json === undefined ? NOTHING : Buffer.from(JSON.stringify(asked.json));
    const request = { method, path: `/${path}`, query, headers: {}, body };
    const answer: HttpAnswer = route(this.#engine, this.#actor, request) ?? refusal(this.#engine, "notFound");
    if (answer.status >= 400) throw errorOf(answer);
    return (answer.body.length > 0 ? JSON.parse(answer.body) : undefined) as T;
  }

  async open(method: string, path: string, { body, headers = {} }: Asked = {}): Promise<Response> {
    const fetch = localFetch(this.#engine, this.#actor);
    const response = await fetch(new URL(path, "http://this.process/"), { method, headers, ...(body !== undefined && { body }) });
    if (response.status >= 400) throw errorOf({ status: response.status, body: await response.text() });
    return response;
  }
}

function queryOf(asked: NonNullable<Asked["query"]>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(asked)) if (value !== undefined) query.set(key, String(value));
  return query;
}
