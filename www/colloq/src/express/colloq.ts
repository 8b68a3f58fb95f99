/**
 * `colloq(options)`: Express middleware that gives each request its conversation, serves pages what the package's client asks for, and
 * has agents answer.
 *
 * It looks at a request when that is first of interest: a route that has nothing to do with conversations costs nothing.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Client } from "../client.js";
import { ColloqError } from "../error.js";
import type { Limits } from "../local/engine.js";
import type { Actor } from "../local/request.js";
import type { ServeOptions, Serving, Turn } from "../serve.js";
import { type Backend } from "./backend.js";
import { Conversation } from "./conversation.js";
import { PageFiles } from "./files.js";
import { Here } from "./here.js";
import { isForeign } from "./origin.js";
import { There } from "./there.js";
import { Door, type Middleware } from "./upgrade.js";
import { type Asking, setCookie, type Visitor, type VisitorOptions, Visitors } from "./visitor.js";

declare global {
  // Express's own place for what middleware adds to a request.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Request {
      /** The conversation of whoever makes this request. */
      conversation: Conversation;
    }
  }
}

/** What `colloq` takes. */
export interface ColloqOptions extends VisitorOptions {
  /** A host; without it conversations are in this process. */
  url?: string;
  /** A server key of that host. */
  key?: string;
  /** The `fetch` that reaches the host. */
  fetch?: typeof fetch;
  /** In this process: where conversations are kept over a restart. Without it they end with the process. */
  file?: string;
  /** In this process: so many conversations at most, 10,000 without it; the one that was written least recently goes first. */
  maxSessions?: number;
  /** In this process: changes of the limits that conversations have. */
  limits?: Limits;
  /** Under which path pages find what the client asks for, `/` without it; false where none does. */
  path?: string | false;
  /** Origins whose pages may use this application besides its own, exactly as browsers send them. */
  origins?: readonly string[];
}

/** The middleware, and what belongs to it. */
export interface Colloq {
  (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
  /**
   * Takes the WebSockets of pages on this server. `before` is middleware that `authenticate` needs, for example express-session's: an
   * upgrade passes none of the application's.
   */
  attach(server: Server, options?: { before?: readonly Middleware[] }): void;
  /** Has every user message answered that has no answer, whoever said it and by whatever way. */
  serve(answer: (turn: Turn) => Promise<void>, options?: ServeOptions): Serving;
  /** A client as a user, an agent or an operator. */
  client(actor: { userId: string; role?: Actor["role"] }): Client;
  /** Somebody signed out: the links of their pages end, and come back as whoever they are then. */
  disconnect(userId: string): void;
  /** Ends its links and watches, and keeps what is not kept yet. */
  close(): Promise<void>;
}

/** Makes the middleware. */
export function colloq(options: ColloqOptions = {}): Colloq {
  const backend: Backend = options.url === undefined ? new Here(options) : new There(options.url, options.key, options.fetch);
  return new Application(backend, options).middleware();
}

type Req = Asking & { originalUrl?: string; baseUrl?: string };
type Next = (error?: unknown) => void;

class Application {
  readonly #backend: Backend;
  readonly #visitors: Visitors;
  readonly #origins: readonly string[];
  readonly #base: string | undefined;
  readonly #files: PageFiles | undefined;
  readonly #clients: Client[] = [];
  readonly #door: Door;

  constructor(backend: Backend, options: ColloqOptions) {
    this.#backend = backend;
    this.#visitors = new Visitors(options);
    this.#origins = options.origins ?? [];
    const path = options.path ?? "/";
    this.#base = path === false ? undefined : path.endsWith("/") ? path : `${path}/`;
    this.#files = this.#base === undefined ? undefined : new PageFiles(`${this.#base}colloq/`);
    const identify = (req: Asking) => this.#visitor(req);
    this.#door = new Door(backend, { path: `${this.#base ?? "/"}v1/connect`, origins: this.#origins, identify });
  }

  middleware(): Colloq {
    const handle = (req: IncomingMessage, res: ServerResponse, next: Next): void => this.#handle(req as Req, res, next);
    return Object.assign(handle, {
      attach: (server: Server, { before = [] }: { before?: readonly Middleware[] } = {}) => this.#door.attach(server, before),
      serve: (answer: (turn: Turn) => Promise<void>, options: ServeOptions = {}) =>
        this.#client({ role: "agent", id: options.agent ?? "assistant" }).serve(answer, options),
      client: ({ userId, role = "user" as const }: { userId: string; role?: Actor["role"] }) => this.#client({ role, id: userId }),
      disconnect: (userId: string) => this.#door.disconnect(userId),
      close: async () => {
        this.#door.close();
        await Promise.all(this.#clients.map((client) => client.close()));
        await this.#backend.close();
      },
    });
  }

  #handle(req: Req, res: ServerResponse, next: Next): void {
    let visitor: Promise<Actor> | undefined;
    const identify = () => (visitor ??= this.#identify(req, res));
    req.conversation = new Conversation(this.#backend, identify);
    const path = this.#pathOf(req);
    if (path?.startsWith("colloq/") && this.#files?.answer(req, res, path.slice("colloq/".length))) return;
    if (path?.startsWith("v1/")) {
      this.#route(req, res, `/${path}`, identify).then((isKnown) => void (isKnown || next()), next);
    } else if (isVisit(req)) {
      // A page that is about to come connects as whoever its visitor is now.
      identify().then(() => next(), (error: unknown) => next(isNobody(error) ? undefined : error));
    } else {
      next();
    }
  }

  async #route(req: Req, res: ServerResponse, path: string, identify: () => Promise<Actor>): Promise<boolean> {
    const query = new URL(req.url ?? "/", "http://this").searchParams;
    if (!/^\/v1\/(sessions|users|inbox)(\/|$)/.test(path)) return false;
    if (isForeign(req, this.#origins)) throw new ColloqError("forbidden", "pages of that origin may not do this", { status: 403 });
    return this.#backend.answer(await identify(), req, res, path, query);
  }

  async #identify(req: Asking, res: ServerResponse): Promise<Actor> {
    const visitor = await this.#visitor(req);
    setCookie(res, visitor.cookie);
    return visitor.actor;
  }

  /** Who asks; what they said as a guest is theirs from now on. */
  async #visitor(req: Asking): Promise<Visitor> {
    const visitor = await this.#visitors.of(req);
    if (!visitor) throw new ColloqError("unauthenticated", "sign in first", { status: 401 });
    if (visitor.was && visitor.actor.role === "user") {
      await this.#backend.adopt(visitor.was, visitor.actor);
      this.#door.disconnect(visitor.was.id);
    }
    return visitor;
  }

  #client(actor: Actor): Client {
    const client = this.#backend.client(actor);
    this.#clients.push(client);
    return client;
  }

  /** What follows this middleware's path; undefined for what is elsewhere. */
  #pathOf(req: Req): string | undefined {
    if (this.#base === undefined) return undefined;
    const path = (req.originalUrl ?? req.url ?? "/").split("?", 1)[0]!;
    return path.startsWith(this.#base) ? path.slice(this.#base.length) : undefined;
  }
}

/** A browser asks for a page, to show it. */
function isVisit({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && (headers.accept ?? "").startsWith("text/html");
}

function isNobody(error: unknown): boolean {
  return error instanceof ColloqError && error.code === "unauthenticated";
}
