/**
 * The client: one link, one module, and the sessions that the application has open.
 *
 * Making one does no I/O; nothing here ever rejects because the network is away.
 */
import { Backoff } from "./backoff.js";
import { Clock } from "./clock.js";
import { ColloqError, quiet } from "./error.js";
import type { HostFrame, Identity, Welcome } from "./frames.js";
import { baseUrl, Http } from "./http.js";
import { newId } from "./id.js";
import { Link } from "./link.js";
import { SessionList } from "./list.js";
import { Listeners } from "./listeners.js";
import { loadModule, type Module } from "./module.js";
import { Session } from "./session.js";
import { TokenSource } from "./token.js";
import type { ClientEvents, ClientOptions, Context, Page, Role, SessionSummary, SessionView, Status } from "./types.js";
import { Upstream, type UpstreamHost } from "./upstream.js";

const LIST_LIMIT = 50;
/** A session that nobody holds stays this long, for whoever comes back to it. */
const LINGER_MS = 5_000;
/** Who we are taken to be until a host says it. */
const GUESS: Identity = { role: "user", id: "self" };

interface Open {
  upstream: Upstream;
  holders: number;
  mine: boolean;
  leaving?: ReturnType<typeof setTimeout>;
}

/** Makes a client: synchronous, and no I/O until first use. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

/** A client of one host. */
export class Client {
  readonly #wasm: ClientOptions["wasm"];
  readonly #clock = new Clock();
  readonly #clientId = newId(Date.now());
  readonly #tokens: TokenSource;
  readonly #http: Http;
  readonly #link: Link;
  readonly #open = new Map<string, Open>();
  readonly #lists = new Set<SessionList>();
  readonly #listeners = new Listeners<ClientEvents>();
  readonly #host: UpstreamHost;
  #status: Status = "idle";
  #identity: Identity | undefined;
  #module: Module | undefined;
  #started = false;
  #counting = false;
  #closed: ColloqError | undefined;

  constructor(options: ClientOptions) {
    const base = baseUrl(options.url);
    this.#wasm = options.wasm;
    this.#tokens = new TokenSource(options.token);
    this.#http = new Http(base, this.#tokens, options.fetch);
    this.#link = new Link(base, this.#clientId, this.#tokens, this.#clock, {
      connecting: () => void (this.#status === "idle" && this.#become("connecting")),
      welcome: (welcome) => this.#handleWelcome(welcome),
      frame: (frame, text) => this.#handleFrame(frame, text),
      lost: () => this.#handleLost(),
      signedOut: () => this.#handleSignedOut(),
    });
    this.#host = this.#upstreamHost();
  }

  /** How the client stands with its host. */
  get status(): Status {
    return this.#status;
  }

  /** Commands that the host has not settled, over all open sessions. */
  get pending(): number {
    let sum = 0;
    for (const { upstream } of this.#open.values()) sum += upstream.pending;
    return sum;
  }

  /** A session by its id; call `release` on it when it is no longer needed. */
  session<D = unknown>(id: string, options: { initial?: SessionView<D> } = {}): Session<D> {
    return this.#hold(id, false, options.initial) as Session<D>;
  }

  /** Creates a session: usable at once, offline too. */
  create<D = unknown>(options: { id?: string; title?: string; data?: D; context?: Partial<Context> } = {}): Session<D> {
    const { id = newId(this.#clock.now()), ...fields } = options;
    const session = this.#hold(id, true) as Session<D>;
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    void session.submit({ kind: "create", ...given });
    return session;
  }

  /** A page of the user's sessions, newest first. */
  sessions(options: { cursor?: string; limit?: number } = {}): Promise<Page<SessionSummary>> {
    return quiet(this.#http.get<Page<SessionSummary>>("v1/sessions", options));
  }

  /** Calls `fn` with the user's sessions, newest first, now and when they change. */
  watchSessions(fn: (list: readonly SessionSummary[]) => void, options: { limit?: number } = {}): () => void {
    this.#start();
    const list = new SessionList(
      {
        fetchPage: (limit) => this.sessions({ limit }),
        open: () => [...this.#open.values()].map(({ upstream, mine }) => ({ view: upstream.view, mine })),
      },
      options.limit ?? LIST_LIMIT,
      fn,
    );
    this.#lists.add(list);
    return () => {
      this.#lists.delete(list);
      list.close();
    };
  }

  /** Listens to an event; the answer stops it. */
  on<E extends keyof ClientEvents>(event: E, fn: ClientEvents[E]): () => void {
    return this.#listeners.on(event, fn);
  }

  /** Forgets the token and everything that is open. */
  async signOut(): Promise<void> {
    this.#tokens.forget();
    this.#shut(new ColloqError("signedOut", "the client signed out"));
    this.#handleSignedOut();
  }

  /** Disconnects; what the host has not settled rejects with `closed`. */
  async close(): Promise<void> {
    this.#shut(new ColloqError("closed", "the client is closed"));
    this.#become("idle");
  }

  #hold(id: string, mine: boolean, initial?: SessionView): Session {
    if (this.#closed) throw this.#closed;
    const known = this.#open.get(id);
    const open: Open = known && !known.upstream.error ? known : this.#begin(id, mine, initial);
    open.holders += 1;
    clearTimeout(open.leaving);
    delete open.leaving;
    this.#start();
    return new Session(open.upstream, {
      newId: () => newId(this.#clock.now()),
      typeFor: (way) => this.#typeFor(way),
      release: () => this.#release(open),
    });
  }

  #begin(id: string, mine: boolean, initial?: SessionView): Open {
    const open: Open = { upstream: new Upstream(this.#host, id, initial), holders: 0, mine };
    this.#open.set(id, open);
    open.upstream.subscribe(() => this.#handleView(id));
    if (this.#module) {
      open.upstream.handleModule(this.#module, false);
      // A create that follows in this turn must come before the subscription.
      queueMicrotask(() => this.#status === "online" && open.upstream.handleWelcome());
    }
    return open;
  }

  #typeFor(way: "append" | "stream"): Role {
    const role = this.#identity?.role;
    if (way === "append") return role === "agent" ? "assistant" : "user";
    return role === "user" ? "user" : "assistant";
  }

  #release(open: Open): void {
    open.holders -= 1;
    this.#letGo(open.upstream.id);
  }

  #letGo(id: string): void {
    const open = this.#open.get(id);
    if (!open || open.leaving || open.holders > 0 || open.upstream.pending > 0) return;
    open.leaving = setTimeout(() => {
      delete open.leaving;
      if (this.#open.get(id) !== open || open.holders > 0 || open.upstream.pending > 0) return;
      this.#open.delete(id);
      open.upstream.close(new ColloqError("closed", "the session was released"));
    }, LINGER_MS);
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#link.open();
    void this.#load();
  }

  async #load(): Promise<void> {
    const backoff = new Backoff();
    while (!this.#closed) {
      try {
        this.#module = await loadModule(this.#wasm);
        break;
      } catch (cause) {
        // The network fails with a TypeError; everything else (no such file, a policy against it) stays as it is.
        if (!(cause instanceof TypeError)) return this.#handleNoModule(cause);
        await new Promise((resolve) => setTimeout(resolve, backoff.nextMs()));
      }
    }
    if (this.#closed || !this.#module) return;
    for (const { upstream } of this.#open.values()) upstream.handleModule(this.#module, this.#status === "online");
  }

  #upstreamHost(): UpstreamHost {
    const client = this;
    return {
      client: this.#clientId,
      clock: this.#clock,
      get identity() {
        return client.#identity ?? GUESS;
      },
      send: (frame) => this.#link.send(frame),
      rejected: (error, session) => this.#listeners.emit("rejected", error, session),
      counted: () => this.#handleCount(),
      outdated: () => this.#handleOutdated(),
    };
  }

  #handleWelcome(welcome: Welcome): void {
    this.#identity = { role: welcome.role, id: welcome.userId };
    this.#become("online");
    for (const { upstream } of this.#open.values()) upstream.handleWelcome();
    for (const list of this.#lists) list.handleChange();
  }

  #handleFrame(frame: HostFrame, text: string): void {
    if (frame.session !== undefined) this.#open.get(frame.session)?.upstream.handleFrame(frame, text);
  }

  #handleView(id: string): void {
    this.#letGo(id);
    for (const list of this.#lists) list.handleChange();
  }

  #handleCount(): void {
    if (this.#counting) return;
    this.#counting = true;
    queueMicrotask(() => {
      this.#counting = false;
      for (const id of [...this.#open.keys()]) this.#letGo(id);
      this.#listeners.emit("pending", this.pending);
    });
  }

  #handleLost(): void {
    for (const { upstream } of this.#open.values()) upstream.handleLost();
    this.#become("offline");
  }

  #handleNoModule(cause: unknown): void {
    this.#shut(new ColloqError("internal", `the WebAssembly file cannot be loaded: ${String(cause)}`, { cause }));
    this.#become("offline");
  }

  #handleOutdated(): void {
    this.#link.close();
    this.#become("outdated");
  }

  #handleSignedOut(): void {
    if (this.#status === "signedOut") return;
    this.#become("signedOut");
    this.#listeners.emit("signedOut");
  }

  #shut(error: ColloqError): void {
    this.#closed = error;
    for (const list of this.#lists) list.close();
    this.#lists.clear();
    for (const { upstream, leaving } of this.#open.values()) {
      clearTimeout(leaving);
      upstream.close(error);
    }
    this.#open.clear();
    this.#link.close();
  }

  #become(status: Status): void {
    if (this.#status === status || this.#status === "outdated") return;
    this.#status = status;
    this.#listeners.emit("status", status);
  }
}
