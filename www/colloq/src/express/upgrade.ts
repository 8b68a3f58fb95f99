/**
 * The WebSockets of pages, on the application's own server, as whoever the application says that the visitor is.
 *
 * A link opens to pages of known origins alone, and is looked at again while it lasts: whoever signed out is not there any more.
 */
import { type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { RawData, WebSocket, WebSocketServer } from "ws";
import { SUBPROTOCOL } from "../frames.js";
import type { Actor } from "../local/request.js";
import type { Backend } from "./backend.js";
import { mayConnect } from "./origin.js";
import type { Asking, Visitor } from "./visitor.js";
import { ws } from "./ws.js";

const INBOUND_BYTES_MAX = 64 << 10;
/** A page that does not read is cut off with so much waiting for it. */
const WAITING_BYTES_MAX = 4 << 20;
const LINKS_MAX = 32;
/** So many frames in so many milliseconds at most. */
const FRAMES_MAX = 5_000;
const PACE_MS = 10_000;
const LOOK_MS = 60_000;
const ANSWER_MS = 30_000;
const RESTART = 1012;
const SLOW = 1013;

/** Middleware as `express-session` and its like are. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Middleware = (req: any, res: any, next: (error?: unknown) => void) => unknown;

/** What a door is for. */
export interface DoorOptions {
  path: string;
  origins: readonly string[];
  identify: (req: Asking) => Promise<Visitor>;
}

interface Open {
  actor: Actor;
  end(code: number): void;
}

/** See the file's documentation. */
export class Door {
  readonly #backend: Backend;
  readonly #options: DoorOptions;
  readonly #open = new Set<Open>();
  #sockets: WebSocketServer | undefined;

  constructor(backend: Backend, options: DoorOptions) {
    this.#backend = backend;
    this.#options = options;
  }

  /** Takes what comes to its path; every other upgrade is somebody else's. */
  attach(server: Server, before: readonly Middleware[]): void {
    this.#sockets ??= new (ws().WebSocketServer)({
      noServer: true,
      maxPayload: INBOUND_BYTES_MAX,
      perMessageDeflate: false,
      handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) => {
      if ((req.url ?? "").split("?", 1)[0] === this.#options.path) void this.#upgrade(req as Asking, socket, head, before);
      else if (server.listenerCount("upgrade") === 1) refuse(socket, 404);
    });
  }

  /** The links of a user come back as whoever their pages are of then. */
  disconnect(userId: string): void {
    for (const open of [...this.#open]) if (open.actor.id === userId) open.end(RESTART);
  }

  close(): void {
    for (const open of [...this.#open]) open.end(RESTART);
    this.#sockets?.close();
  }

  async #upgrade(req: Asking, socket: Duplex, head: Buffer, before: readonly Middleware[]): Promise<void> {
    socket.on("error", () => {});
    if (!mayConnect(req, this.#options.origins)) return refuse(socket, 403);
    if (!String(req.headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/).includes(SUBPROTOCOL)) return refuse(socket, 400);
    const visitor = await this.#look(req, before);
    if (!visitor) return refuse(socket, 401);
    const { actor, cookie } = visitor;
    if ([...this.#open].filter((open) => open.actor.id === actor.id).length >= LINKS_MAX) return refuse(socket, 429);
    const sockets = this.#sockets!;
    const addCookie = (headers: string[], asked: IncomingMessage) => {
      if (asked === req && cookie !== undefined) headers.push(`Set-Cookie: ${cookie}`);
    };
    sockets.on("headers", addCookie);
    sockets.handleUpgrade(req, socket, head, (page) => this.#serve(page, actor, () => this.#look(req, before)));
    sockets.off("headers", addCookie);
  }

  #serve(page: WebSocket, actor: Actor, look: () => Promise<Visitor | undefined>): void {
    const end = (code: number) => {
      if (page.readyState === page.OPEN) page.close(code);
    };
    const send = (frame: string) => {
      if (page.bufferedAmount > WAITING_BYTES_MAX) return end(SLOW);
      if (page.readyState === page.OPEN) page.send(frame);
    };
    const open: Open = { actor, end };
    const link = this.#backend.link(actor, { send, close: end });
    this.#open.add(open);
    let heardAt = Date.now();
    let frames = 0;
    const timer = setInterval(() => {
      if (Date.now() - heardAt > LOOK_MS + ANSWER_MS) return page.terminate();
      if (Date.now() - heardAt > ANSWER_MS) page.ping();
      look().then(
        (visitor) => (visitor?.actor.id === actor.id && visitor.actor.role === actor.role ? link.renew() : end(RESTART)),
        () => end(RESTART),
      );
    }, LOOK_MS);
    timer.unref();
    page.on("pong", () => (heardAt = Date.now()));
    page.on("message", (data: RawData, isBinary: boolean) => {
      // Whoever says more than anybody types or streams is to come back later.
      frames = Math.floor(heardAt / PACE_MS) === Math.floor(Date.now() / PACE_MS) ? frames + 1 : 1;
      heardAt = Date.now();
      if (frames > FRAMES_MAX) return end(SLOW);
      link.handle(isBinary ? "" : String(data));
    });
    page.on("error", () => {});
    page.on("close", () => {
      clearInterval(timer);
      this.#open.delete(open);
      link.leave();
    });
  }

  /** Who makes a request, as the application sees it now. */
  async #look(req: Asking, before: readonly Middleware[]): Promise<Visitor | undefined> {
    try {
      for (const middleware of before) await passed(middleware, req);
      return await this.#options.identify(req);
    } catch {
      return undefined;
    }
  }
}

/** Runs middleware, which answers nothing here. What it left at the last look is looked for anew. */
function passed(middleware: Middleware, req: Asking): Promise<void> {
  delete (req as { session?: unknown }).session;
  return new Promise((resolve, reject) => {
    middleware(req, new ServerResponse(req), (error) => (error ? reject(error as Error) : resolve()));
  });
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
