/**
 * A host in this process as a `fetch` and as a wire: so that clients of a host need not know that it is here.
 *
 * No socket is opened and no port taken. A body that streams is taken line by line, as it comes.
 */
import { ColloqError } from "../error.js";
import type { Wire, WireEvents, WireMaker } from "../wire/wire.js";
import type { Engine } from "./engine.js";
import type { Actor } from "./request.js";
import { type HttpAnswer, type HttpRequest, refusal, route } from "./routes.js";
import { Seat } from "./seat.js";

const LINE_BYTES_MAX = 256 << 10;

/** A `fetch` that reaches the host of this process as somebody. */
export function localFetch(engine: Engine, actor: Actor): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    // Nobody asks twice here, so no session has to remember keys.
    const { "idempotency-key": _, ...headers } = Object.fromEntries(new Headers(init.headers ?? {}));
    const request = { method: init.method ?? "GET", path: url.pathname, query: url.searchParams, headers };
    const { body } = init;
    const answer =
      body instanceof ReadableStream
        ? await streamed(engine, actor, request, body as ReadableStream<Uint8Array>)
        : route(engine, actor, { ...request, body: body === undefined || body === null ? new Uint8Array() : Buffer.from(String(body)) });
    const { status, headers: said, body: text } = answer ?? refusal(engine, "notFound");
    return new Response(text.length > 0 ? text : null, { status, headers: said });
  };
}

/** Takes the lines of a stream in their order; answers with the last answer, or with the first rejection. */
export async function streamed(
  engine: Engine,
  actor: Actor,
  request: Omit<HttpRequest, "body">,
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): Promise<HttpAnswer | undefined> {
  let rest = Buffer.alloc(0);
  let last: HttpAnswer | undefined;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    rest = Buffer.concat([rest, chunk]);
    const end = rest.lastIndexOf(10) + 1;
    if (rest.length - end > LINE_BYTES_MAX) return refusal(engine, "tooLarge");
    if (end === 0) continue;
    last = route(engine, actor, { ...request, body: rest.subarray(0, end) });
    rest = rest.subarray(end);
    if (!last || last.status >= 400) return last;
  }
  return rest.length > 0 || !last ? route(engine, actor, { ...request, body: rest }) : last;
}

/** Wires that reach the host of this process as somebody. */
export class LocalMaker implements WireMaker {
  readonly #engine: Engine;
  readonly #actor: Actor;

  constructor(engine: Engine, actor: Actor) {
    this.#engine = engine;
    this.#actor = actor;
  }

  /** Frames travel in turns of their own, as they would through a socket. */
  async make(events: WireEvents): Promise<Wire> {
    let open = true;
    const later = (fn: () => void) => setImmediate(() => open && fn());
    const end = (code: number) => {
      later(() => {
        open = false;
        events.closed(code);
      });
    };
    const seat = new Seat(this.#engine, this.#actor, { send: (frame) => later(() => events.text(frame)), close: end });
    later(() => events.open());
    return {
      send(text) {
        if (!open) return false;
        later(() => seat.handle(text));
        return true;
      },
      close() {
        open = false;
        seat.leave();
      },
    };
  }
}

/** Reads a problem document as an error. */
export function errorOf({ status, body }: { status: number; body: string }): ColloqError {
  const { code, detail, title, retryable } = JSON.parse(body) as Record<string, never>;
  return new ColloqError(code ?? "internal", detail ?? title ?? "", { status, ...(retryable !== undefined && { retryable }) });
}
