/**
 * Requests by HTTP: the token, a refused token asked for again, and problem documents as errors.
 *
 * It never repeats a request that may have taken effect, save after a refused token, which took none.
 */
import { ColloqError } from "./error.js";
import type { TokenSource } from "./token.js";
import type { ErrorCode } from "./types.js";

/** A host that is there says so within this time. */
const THERE_MS = 5_000;

/** What a request brings besides its method and path. */
export interface Asked {
  query?: Record<string, string | number | undefined>;
  /** A value that goes as JSON. */
  json?: unknown;
  /** A body that goes as it is; its type is then among the headers. */
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Whoever carries requests to a host. */
export interface Requests {
  get<T>(path: string, query?: Asked["query"]): Promise<T>;
  json<T>(method: string, path: string, asked?: Asked): Promise<T>;
  open(method: string, path: string, asked?: Asked): Promise<Response>;
}

/** A host's HTTP side. */
export class Http implements Requests {
  readonly #base: URL;
  readonly #tokens: TokenSource;
  readonly #fetch: typeof fetch;

  constructor(base: URL, tokens: TokenSource, fetcher: typeof fetch | undefined) {
    this.#base = base;
    this.#tokens = tokens;
    this.#fetch = fetcher ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** Whether the host answers at all. */
  async isThere(): Promise<boolean> {
    try {
      await this.#fetch(new URL("healthz", this.#base), { mode: "no-cors", signal: AbortSignal.timeout(THERE_MS) });
      return true;
    } catch {
      return false;
    }
  }

  /** Reads one page or one object. */
  get<T>(path: string, query: Asked["query"] = {}): Promise<T> {
    return this.json<T>("GET", path, { query });
  }

  /** Sends a request and reads the JSON of its answer; undefined where there is none. */
  async json<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
    const response = await this.open(method, path, asked);
    try {
      return (response.status === 204 ? undefined : await response.json()) as T;
    } catch (cause) {
      throw unreachable(cause);
    }
  }

  /** Sends a request; the answer's body is the caller's to read. Whatever is not well is thrown. */
  async open(method: string, path: string, asked: Asked = {}): Promise<Response> {
    const url = new URL(path, this.#base);
    for (const [key, value] of Object.entries(asked.query ?? {})) if (value !== undefined) url.searchParams.set(key, String(value));
    const token = await this.#tokens.current();
    let response = await this.#send(method, url, asked, token);
    // A body that streams is gone after the first try.
    if (response.status === 401 && token !== undefined && !(asked.body instanceof ReadableStream)) {
      await response.body?.cancel();
      response = await this.#send(method, url, asked, await this.#tokens.renew("rejected", token));
    }
    if (!response.ok) throw await problem(response);
    return response;
  }

  async #send(method: string, url: URL, asked: Asked, token: string | null | undefined): Promise<Response> {
    if (token === null) throw new ColloqError("signedOut", "there is no token");
    const body = asked.json === undefined ? asked.body : JSON.stringify(asked.json);
    const headers = {
      accept: "application/json",
      ...(asked.json !== undefined && { "content-type": "application/json" }),
      ...asked.headers,
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const streams = body instanceof ReadableStream && { duplex: "half" };
    try {
      return await this.#fetch(url, { method, headers, ...(body !== undefined && { body }), ...(asked.signal && { signal: asked.signal }), ...streams });
    } catch (cause) {
      throw unreachable(cause);
    }
  }
}

/** Where a host's routes begin. */
export function baseUrl(url: string): URL {
  const base = new URL(url, globalThis.location?.href);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  base.search = "";
  base.hash = "";
  return base;
}

/** The error of a problem document (RFC 9457). */
export async function problem(response: Response): Promise<ColloqError> {
  const body = (await response.json().catch(() => ({}))) as { code?: ErrorCode; detail?: string; title?: string; retryable?: boolean };
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ColloqError(body.code ?? "internal", body.detail ?? body.title ?? `HTTP ${response.status}`, {
    status: response.status,
    ...(body.retryable !== undefined && { retryable: body.retryable }),
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }),
  });
}

function unreachable(cause: unknown): ColloqError {
  return new ColloqError("unreachable", "the host cannot be reached", { cause });
}
