/**
 * The few requests that go by HTTP.
 *
 * It never retries a request that may have taken effect, save after a refused token, which took none.
 */
import { ColloqError } from "./error.js";
import type { TokenSource } from "./token.js";
import type { ErrorCode } from "./types.js";

/** A host's HTTP side. */
export class Http {
  readonly #base: URL;
  readonly #tokens: TokenSource;
  readonly #fetch: typeof fetch;

  constructor(base: URL, tokens: TokenSource, fetcher: typeof fetch | undefined) {
    this.#base = base;
    this.#tokens = tokens;
    this.#fetch = fetcher ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** Reads one page or one object. */
  async get<T>(path: string, query: Record<string, string | number | undefined> = {}): Promise<T> {
    const url = new URL(path, this.#base);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    const token = await this.#tokens.current();
    let response = await this.#send(url, token);
    if (response.status === 401 && token !== undefined) response = await this.#send(url, await this.#tokens.renew("rejected", token));
    if (!response.ok) throw await problem(response);
    return (await response.json()) as T;
  }

  async #send(url: URL, token: string | null | undefined): Promise<Response> {
    if (token === null) throw new ColloqError("signedOut", "there is no token");
    try {
      return await this.#fetch(url, { headers: { accept: "application/json", ...(token && { authorization: `Bearer ${token}` }) } });
    } catch (cause) {
      throw new ColloqError("unreachable", "the host cannot be reached", { cause });
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

async function problem(response: Response): Promise<ColloqError> {
  const body = (await response.json().catch(() => ({}))) as { code?: ErrorCode; detail?: string; title?: string; retryable?: boolean };
  return new ColloqError(body.code ?? "internal", body.detail ?? body.title ?? `HTTP ${response.status}`, {
    status: response.status,
    ...(body.retryable !== undefined && { retryable: body.retryable }),
  });
}
