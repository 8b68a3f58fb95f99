/**
 * The client: one link, one module, and the sessions that the application has open.
 *
 * Making one does no I/O; nothing here ever rejects because the network is away.
 */
import { Agents } from "./agents.js";
import { Backoff } from "./backoff.js";
import { Clock } from "./clock.js";
import { ColloqError, quiet } from "./error.js";
import type { ClientFrame, HostFrame, Identity, Welcome } from "./frames.js";
import { baseUrl, Http } from "./http.js";
import { newId } from "./id.js";
import { Link } from "./link.js";
import { SessionList } from "./list.js";
import { Listeners } from "./listeners.js";
import { loadModule, type Module } from "./module.js";
import { Offline, type OfflineHost } from "./offline.js";
import { OpenSession } from "./open.js";
import type { Queue } from "./persist/database.js";
import type { ServeOptions, Serving, Turn } from "./serve.js";
import { Session } from "./session.js";
import { TokenSource } from "./token.js";
import type { ClientEvents, ClientOptions, CreateOptions, Message, Page, Role, SessionOptions, SessionSummary, Status } from "./types.js";
import { Upstream, type UpstreamHost } from "./upstream.js";
import { Wires } from "./wire/choice.js";
import { EventsMaker } from "./wire/events.js";
import { SocketMaker } from "./wire/socket.js";
import type { WireMaker } from "./wire/wire.js";

const LIST_LIMIT = 50;
/** Who we are taken to be until a host says it. */
const GUESS: Identity = { role: "user", id: "self" };

/** Makes a client: synchronous, and no I/O until first use. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

/** A client that reaches its host by wires of another making. */
export function createClientOver(wires: WireMaker, options: ClientOptions): Client {
  return new Client({ ...options, transport: "ws" }, wires);
}

/** A client of one host. */
export class Client {
  /** Its name, also where names are made short. */
  static readonly name: string = "Client";
  readonly #wasm: ClientOptions["wasm"];
  readonly #clock = new Clock();
  readonly #tokens: TokenSource;
  readonly #http: Http;
  readonly #link: Link;
  readonly #open = new Map<string, OpenSession>();
  readonly #lists = new Set<SessionList>();
  readonly #agents = new Agents({ send: (frame) => this.#link.send(frame), hold: (id) => this.session(id) });
  readonly #listeners = new Listeners<ClientEvents>();
  readonly #host: UpstreamHost;
  readonly #offline: Offline | undefined;
  #clientId = newId(Date.now()); // of this page load
  #openings = 0;
  #status: Status = "idle";
  #identity: Identity | undefined;
  /** The number of the present link. */
  #number: number | undefined;
  #module: Module | undefined;
  #started = false;
  #counting = false;
  #closed: ColloqError | undefined;

  constructor(options: ClientOptions, sockets?: WireMaker) {
    const base = baseUrl(options.url);
    this.#wasm = options.wasm;
    this.#tokens = new TokenSource(options.token);
    this.#http = new Http(base, this.#tokens, options.fetch);
    const wires = new Wires(sockets ?? new SocketMaker(base), new EventsMaker(this.#http), options.transport ?? "auto", () => this.#http.isThere());
    this.#link = new Link(wires, () => this.#clientId, this.#tokens, this.#clock, {
      connecting: () => void (this.#status === "idle" && this.#become("connecting")),
      welcome: (welcome) => this.#handleWelcome(welcome),
      frame: (frame, text) => this.#handleFrame(frame, text),
      lost: () => this.#handleLost(),
      signedOut: () => this.#handleSignedOut(),
      outdated: () => this.#handleOutdated(),
    });
    this.#host = this.#upstreamHost();
    this.#offline = Offline.of(options.persist, this.#offlineHost());
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
  session<D = unknown>(id: string, options: SessionOptions<D> = {}): Session<D> {
    return this.#hold(this.#openOf(id, { mine: false, fresh: false, ...options }), options.tail) as Session<D>;
  }

  /** Creates a session: usable at once, offline too. */
  create<D = unknown>(options: CreateOptions<D> = {}): Session<D> {
    const { id = newId(this.#clock.now()), ...fields } = options;
    const session = this.#hold(this.#openOf(id, { mine: true, fresh: true })) as Session<D>;
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
        kept: async () => {
          await this.#offline?.open();
          return this.#offline?.summaries() ?? [];
        },
      },
      options.limit ?? LIST_LIMIT,
      fn,
    );
    this.#lists.add(list);
    this.#watchSessions();
    return () => {
      this.#lists.delete(list);
      list.close();
    };
  }

  /**
   * For agents: calls `fn` for every user message that has no answer, in every session that the token covers. Whoever begins the reply
   * first has the message; `close` takes no more and waits for what is at work.
   */
  serve(fn: (turn: Turn) => Promise<void>, options: ServeOptions = {}): Serving {
    if (this.#closed) throw this.#closed;
    this.#start();
    return this.#agents.serve(fn, options);
  }

  /** Listens to an event; the answer stops it. */
  on<E extends keyof ClientEvents>(event: E, fn: ClientEvents[E]): () => void {
    return this.#listeners.on(event, fn);
  }

  /** Forgets the token, everything that is open and everything that is kept; what the host has not settled is lost. */
  async signOut(): Promise<void> {
    this.#tokens.forget();
    this.#shut(new ColloqError("signedOut", "the client signed out"));
    this.#handleSignedOut();
    await this.#offline?.wipe();
  }

  /** Disconnects; what the host has not settled rejects with `closed`, and is sent by the next client where it is kept. */
  async close(): Promise<void> {
    const kept = this.#offline?.close();
    this.#shut(new ColloqError("closed", "the client is closed"));
    this.#become("idle");
    await kept;
  }

  /** `mine`: the user's own, to be listed; `fresh`: new, so that nothing can be kept of it. */
  #openOf(id: string, { mine, fresh, initial }: SessionOptions & { mine: boolean; fresh: boolean }): OpenSession {
    if (this.#closed) throw this.#closed;
    const known = this.#open.get(id);
    if (known && !known.upstream.error) {
      known.mine ||= mine;
      return known;
    }
    const client = this;
    const link = {
      get link() {
        return client.#number;
      },
      send: (frame: ClientFrame) => this.#link.send(frame),
    };
    const open = new OpenSession(new Upstream(this.#host, id, initial), link, mine);
    this.#open.set(id, open);
    open.upstream.subscribe(() => this.#handleView(open));
    if (this.#offline && !fresh) open.awaitKept(this.#offline.restore(open), () => this.#equip(open));
    else this.#equip(open);
    return open;
  }

  /** Gives a session the module, if that is there. */
  #equip(open: OpenSession): void {
    if (!this.#module) return;
    open.handleModule(this.#module, false);
    // A create that follows in this turn must come before the subscription.
    queueMicrotask(() => this.#status === "online" && open.handleWelcome());
  }

  #hold(open: OpenSession, tail?: number): Session {
    open.hold();
    this.#start();
    const { id } = open.upstream;
    const host = {
      newId: () => newId(this.#clock.now()),
      typeFor: (way: "append" | "stream") => this.#typeFor(way),
      fetchPage: (cursor: string, limit: number) =>
        this.#http.get<Page<Message>>(`v1/sessions/${id}/messages`, { cursor, limit }),
      presence: open.room,
      fork: (through: string | undefined) => this.#fork(open, through),
      release: () => {
        open.release();
        this.#letGo(id);
      },
    };
    return new Session(open.upstream, host, tail);
  }

  /** What a fork begins with is what this client sees now: its last message has to be with the host first. */
  #fork(parent: OpenSession, through: string | undefined): Session {
    const last = parent.upstream.view?.messages.at(-1);
    const open = this.#openOf(newId(this.#clock.now()), { mine: true, fresh: true });
    const made = () => this.#status === "online" && open.handleWelcome();
    void open.fork(this.#http, parent.upstream, through ?? (last?.status === "streaming" ? undefined : last?.id), made);
    return this.#hold(open);
  }

  #typeFor(way: "append" | "stream"): Role {
    const role = this.#identity?.role;
    if (way === "append") return role === "agent" ? "assistant" : "user";
    return role === "user" ? "user" : "assistant";
  }

  #letGo(id: string): void {
    const open = this.#open.get(id);
    open?.letGo(() => {
      if (this.#open.get(id) !== open) return;
      this.#open.delete(id);
      open.close(new ColloqError("closed", "the session was released"));
    });
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#link.open();
    void this.#load();
  }

  async #load(): Promise<void> {
    const backoff = new Backoff();
    const opening = this.#offline?.open();
    let module: Module | undefined;
    while (!this.#closed) {
      try {
        module = await loadModule(this.#wasm);
        break;
      } catch (cause) {
        // The network fails with a TypeError; everything else (no such file, a policy against it) stays as it is.
        if (!(cause instanceof TypeError)) return this.#handleNoModule(cause);
        await new Promise((resolve) => setTimeout(resolve, backoff.nextMs()));
      }
    }
    // The user whom a host named last is the one who writes, until a host says otherwise.
    await opening;
    this.#identity ??= this.#offline?.identity;
    if (this.#closed || !module) return;
    this.#module = module;
    for (const open of this.#open.values()) open.handleModule(this.#module, this.#status === "online");
  }

  #upstreamHost(): UpstreamHost {
    const client = this;
    return {
      get client() {
        return client.#clientId;
      },
      nextOpening: () => this.#openings++ & 0xffff,
      clock: this.#clock,
      get identity() {
        return client.#identity ?? GUESS;
      },
      send: (frame) => this.#link.send(frame),
      rejected: (error, session) => void (this.#agents.expects(error) || this.#listeners.emit("rejected", error, session)),
      counted: () => this.#handleCount(),
      outdated: () => this.#handleOutdated(),
      relink: () => this.#link.renew(),
    };
  }

  #offlineHost(): OfflineHost {
    const client = this;
    return {
      get client() {
        return client.#clientId;
      },
      inherit: (queue) => this.#inherit(queue),
      renewed: () => {
        this.#clientId = newId(this.#clock.now());
        for (const { upstream } of this.#open.values()) if (this.#module) upstream.restart(this.#module);
        this.#link.renew();
      },
    };
  }

  /** Sends what a page load that is gone has left in a session. */
  async #inherit({ session, text }: Queue): Promise<void> {
    const open = this.#openOf(session, { mine: true, fresh: false });
    open.hold();
    try {
      await open.upstream.begun;
      await open.upstream.adopt(text);
    } finally {
      open.release();
      this.#letGo(session);
    }
  }

  #handleWelcome(welcome: Welcome): void {
    this.#identity = { role: welcome.role, id: welcome.userId };
    this.#offline?.handleIdentity(this.#identity);
    this.#number = welcome.link;
    this.#become("online");
    for (const open of this.#open.values()) open.handleWelcome();
    for (const list of this.#lists) list.handleWelcome();
    this.#agents.handleWelcome();
    this.#watchSessions();
  }

  #handleFrame(frame: HostFrame, text: string): void {
    if (frame.session !== undefined) this.#open.get(frame.session)?.handleFrame(frame, text);
    else if (frame.kind === "sessions") for (const list of this.#lists) list.handleFrame(frame);
    else if (frame.kind === "inbox") this.#agents.handleFrame(frame);
  }

  #watchSessions(): void {
    const limit = Math.max(0, ...[...this.#lists].map((list) => list.limit));
    if (limit > 0) this.#link.send({ kind: "watchSessions", limit });
  }

  #handleView(open: OpenSession): void {
    this.#offline?.handleChange(open);
    this.#letGo(open.upstream.id);
    for (const list of this.#lists) list.handleChange();
  }

  #handleCount(): void {
    if (this.#counting) return;
    this.#counting = true;
    queueMicrotask(() => {
      this.#counting = false;
      for (const [id, open] of [...this.#open]) {
        if (open.upstream.pending > 0) this.#offline?.handleChange(open);
        this.#letGo(id);
      }
      this.#listeners.emit("pending", this.pending);
    });
  }

  #handleLost(): void {
    for (const open of this.#open.values()) open.handleLost();
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
    this.#agents.abort(error);
    for (const open of this.#open.values()) open.close(error);
    this.#open.clear();
    this.#link.close();
  }

  #become(status: Status): void {
    if (this.#status === status || this.#status === "outdated") return;
    this.#status = status;
    this.#listeners.emit("status", status);
  }
}
