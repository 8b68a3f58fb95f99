/**
 * A link for those without WebSocket: its frames as Server-Sent Events, for as long as the response lasts.
 *
 * It reads nothing of its client, which writes by requests of its own.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Engine } from "./engine.js";
import { type Actor, isId } from "./request.js";
import { type HttpAnswer, out, refusal } from "./routes.js";
import { Seat } from "./seat.js";

/** So often a silent stream says that it is there. */
const PING_MS = 15_000;
/** A page that does not read is cut off with so much waiting for it. */
const WAITING_BYTES_MAX = 4 << 20;
const HELLO = '{"kind":"hello","protocol":1}';

/** What a link is to follow: the frames that say so. */
type Wanted = { frames: object[] } | { refused: HttpAnswer };

/** Whether a request wants events of a path that has some. */
export function wantsEvents(req: IncomingMessage, path: string): boolean {
  const accepts = (req.headers.accept ?? "").split(",").some((kind) => kind.trim().toLowerCase() === "text/event-stream");
  return req.method === "GET" && (path.endsWith("/events") || (accepts && (path === "/v1/sessions" || path === "/v1/inbox")));
}

/** Opens one; gives the answer in its place where that may not be. */
export function openEvents(
  engine: Engine,
  actor: Actor,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  query: URLSearchParams,
): HttpAnswer | undefined {
  const wanted = wantedOf(engine, actor, req, path, query);
  if ("refused" in wanted) return wanted.refused;
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff", "x-accel-buffering": "no" };
  res.writeHead(200, { "content-type": "text/event-stream", ...headers });
  const send = (frame: string) => {
    if (res.writableLength > WAITING_BYTES_MAX) res.destroy();
    else res.write(`data: ${frame}\n\n`);
  };
  const seat = new Seat(engine, actor, { send, close: () => res.end() });
  const ping = setInterval(() => res.write(": ping\n\n"), PING_MS);
  ping.unref();
  res.on("close", () => {
    clearInterval(ping);
    seat.leave();
  });
  seat.handle(HELLO);
  for (const frame of wanted.frames) seat.handle(JSON.stringify(frame));
  return undefined;
}

function wantedOf(engine: Engine, actor: Actor, req: IncomingMessage, path: string, query: URLSearchParams): Wanted {
  if (path === "/v1/inbox") {
    return actor.role === "user" ? { refused: refusal(engine, "forbidden") } : { frames: [{ kind: "watchInbox" }] };
  }
  if (path === "/v1/sessions") {
    const limit = Number(query.get("limit") ?? 50);
    return { frames: limit > 0 ? [{ kind: "watchSessions", limit }] : [] };
  }
  const session = path.split("/")[3];
  if (!isId(session)) return { refused: refusal(engine, "sessionNotFound") };
  const seen = engine.call(actor, session, { kind: "read", messages: 0 });
  if (seen.status >= 400) return { refused: out(seen) };
  const said = String(req.headers["last-event-id"] ?? query.get("since") ?? "");
  const [, version, chain] = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(said) ?? [];
  return { frames: [{ kind: "subscribe", session, ...(chain !== undefined && { since: [Number(version), chain] }) }] };
}
