/**
 * `ColloqStore`: the sessions of express-session, without lost updates and without sessions that come back from the dead.
 *
 * A request writes only what it changed since it read, key by key; what other requests wrote meanwhile stays. A session that was
 * destroyed or ran out is not there any more for whoever had read it before.
 */
import { createRequire } from "node:module";
import type { SessionData, Store } from "express-session";
import { Keep, type Kept } from "./keep.js";
import { decode, encode, type Json, patchOf } from "./record.js";

const DAY_S = 24 * 60 * 60;
/** The core lets nothing end sooner. */
const IDLE_MIN_MS = 1000;
const AT_ONCE = 16;

/** What `ColloqStore` takes. */
export interface ColloqStoreOptions {
  /** A host; without it sessions are in this process. */
  url?: string;
  /** A server key of that host. */
  key?: string;
  /** The `fetch` that reaches the host. */
  fetch?: typeof fetch;
  /** In this process: where sessions are kept over a restart. Without it they end with the process. */
  file?: string;
  /** In this process: so many sessions at most, 100,000 without it. */
  maxSessions?: number;
  /** Tells the sessions of several stores on one host apart; `sess` without it. */
  prefix?: string;
  /** Seconds that a session without an expiring cookie lives after its last use, or a function of the session; a day without it. */
  ttl?: number | ((session: SessionData) => number);
  /** A session ends this many seconds after it began, however often it is used; 90 days without it. */
  absoluteTtl?: number;
  /** True to leave the time to live as `set` wrote it. */
  disableTouch?: boolean;
  /** A touch is written no more often than every so many seconds, so a session may end as much too early; 0 without it: each is. */
  touchAfter?: number;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

type Fail = (error?: unknown) => void;
type Give<T> = (error: unknown, value?: T) => void;

/** What a request knows of the session that it loaded. */
interface Loaded {
  id: string;
  /** As it was read or last written. */
  plain(): Json;
  /** When it was last noted to be in use. */
  touchedMs: number;
  idleMs: number;
}

/** express-session's `Store`, or what says that it is missing. */
const Base = ((): typeof Store => {
  try {
    return (createRequire(import.meta.url)("express-session") as { Store: typeof Store }).Store;
  } catch (cause) {
    return class {
      constructor() {
        throw new Error("ColloqStore: install the package `express-session`", { cause });
      }
    } as unknown as typeof Store;
  }
})();

/** See the file's documentation. */
export class ColloqStore extends Base {
  /** Its name, also where names are made short. */
  static override readonly name: string = "ColloqStore";
  readonly #keep: Keep;
  readonly #ttl: ColloqStoreOptions["ttl"];
  readonly #disableTouch: boolean;
  readonly #touchAfterMs: number;
  readonly #now: () => number;
  /** By the object that express-session holds for a request. */
  readonly #loaded = new WeakMap<object, Loaded>();

  /** A store, for the option `store` of express-session. */
  constructor(options: ColloqStoreOptions = {}) {
    super();
    this.#ttl = options.ttl;
    this.#disableTouch = options.disableTouch === true;
    this.#touchAfterMs = (options.touchAfter ?? 0) * 1000;
    this.#now = options.now ?? Date.now;
    const { url, key, fetch, file, maxSessions, prefix = "sess", absoluteTtl = 90 * DAY_S } = options;
    const [userId, absoluteMs, now] = [`express-session:${prefix}`, absoluteTtl * 1000, this.#now];
    this.#keep = new Keep({ url, key, fetch, file, maxSessions, userId, absoluteMs, now });
  }

  /** Reads a session; null where there is none. */
  override get(sid: string, callback?: Give<SessionData | null>): Promise<SessionData | null> {
    return settle(this.#get(sid), callback);
  }

  /** Writes what changed in a session since it was read. One that was read before and is no more stays no more. */
  override set(sid: string, session: SessionData, callback?: Fail): Promise<void> {
    return settle(this.#set(sid, session), callback);
  }

  /** Ends a session for good. */
  override destroy(sid: string, callback?: Fail): Promise<void> {
    return settle(this.#keep.erase(sid), callback);
  }

  /** Prolongs a session; nothing but the time is written. */
  override touch(sid: string, session: SessionData, callback?: Fail): Promise<void> {
    return settle(this.#touch(sid, session), callback);
  }

  /** All sessions. Their ids are nowhere: sids are secrets, of which the store has only hashes. */
  override all(callback?: Give<SessionData[]>): Promise<SessionData[]> {
    return settle(this.#all(), callback);
  }

  /** How many there are. */
  override length(callback?: Give<number>): Promise<number> {
    return settle(this.#keep.ids().then((ids) => ids.length), callback);
  }

  /** Ends all of them. */
  override clear(callback?: Fail): Promise<void> {
    return settle(this.#keep.clear(), callback);
  }

  /** As express-session has it; what was read is known from then on by the object that the request gets. */
  override createSession(req: Parameters<Store["createSession"]>[0], session: SessionData): ReturnType<Store["createSession"]> {
    const loaded = this.#loaded.get(session);
    const created = super.createSession(req, session);
    if (loaded) this.#loaded.set(created, loaded);
    return created;
  }

  /** Lets go of the file, in this process. */
  close(): void {
    this.#keep.close();
  }

  async #get(sid: string): Promise<SessionData | null> {
    const kept = await this.#keep.read(sid);
    if (!kept) return null;
    const session = sessionOf(kept);
    const expires = expiryOf(session);
    if (expires !== undefined && expires <= this.#now()) {
      await this.#keep.erase(sid);
      return null;
    }
    const plain = () => decode(kept.data()) as Json;
    this.#loaded.set(session, { id: kept.id, plain, touchedMs: kept.lastActivityMs, idleMs: this.#idleMs(session) });
    return session;
  }

  async #set(sid: string, session: SessionData): Promise<void> {
    const plain = plainOf(session);
    const idleMs = this.#idleMs(session);
    if (idleMs <= 0) return this.#keep.erase(sid);
    const loaded = this.#loaded.get(session);
    if (loaded) return this.#change(session, loaded, plain, idleMs);
    // Nobody has a session of a sid that was just made; under any other, what is there is replaced.
    const isNew = typeof (session as { save?: unknown }).save === "function";
    const known = isNew ? undefined : await this.#keep.read(sid);
    if (known) return this.#replace(known, plain, idleMs);
    const created = await this.#keep.create(sid, { data: encode(plain) as object, idleMs: bounded(idleMs) });
    if (created) this.#loaded.set(session, { id: created.id, plain: () => plain, touchedMs: created.lastActivityMs, idleMs });
    else await this.#replace(await this.#keep.read(sid), plain, idleMs);
  }

  /** Writes what a request changed; where that is nothing, that it was used. */
  async #change(session: object, loaded: Loaded, plain: Json, idleMs: number): Promise<void> {
    const patch = patchOf(loaded.plain(), plain);
    const isLonger = this.#isOther(idleMs, loaded);
    if (!patch && !isLonger) return this.#use(session, loaded);
    const isThere = await this.#keep.patch(loaded.id, { data: patch ?? {}, ...(isLonger && { idleMs: bounded(idleMs) }) });
    if (isThere) this.#loaded.set(session, { id: loaded.id, plain: () => plain, touchedMs: this.#now(), idleMs });
  }

  /** Writes a session in the place of another; one that is no more is left alone. */
  async #replace(kept: Kept | undefined, plain: Json, idleMs: number): Promise<void> {
    if (!kept) return;
    const patch = patchOf(decode(kept.data()) as Json, plain);
    await this.#keep.patch(kept.id, { data: patch ?? {}, idleMs: bounded(idleMs) });
  }

  async #touch(sid: string, session: SessionData): Promise<void> {
    if (this.#disableTouch) return;
    const known = this.#loaded.get(session);
    const kept = known ? undefined : await this.#keep.read(sid);
    const idleMs = this.#idleMs(session);
    const before = kept && sessionOf(kept);
    const plain = () => decode(kept!.data()) as Json;
    const loaded = known ?? (before && { id: kept.id, plain, touchedMs: 0, idleMs: this.#idleMs(before) });
    if (!loaded) return;
    if (!this.#isOther(idleMs, loaded)) return this.#use(session, loaded);
    // Another time to live is written with the cookie that says so.
    const { cookie } = plainOf({ cookie: session.cookie });
    const patch = patchOf({ cookie: loaded.plain()["cookie"] }, { cookie });
    await this.#keep.patch(loaded.id, { data: patch ?? {}, idleMs: bounded(idleMs) });
    this.#loaded.set(session, { ...loaded, plain: () => ({ ...loaded.plain(), cookie }), touchedMs: this.#now(), idleMs });
  }

  /** Notes that a session is in use, unless that was done a moment ago. */
  async #use(session: object, loaded: Loaded): Promise<void> {
    const now = this.#now();
    if (now - loaded.touchedMs < this.#touchAfterMs) return;
    await this.#keep.touch(loaded.id);
    this.#loaded.set(session, { ...loaded, touchedMs: now });
  }

  async #all(): Promise<SessionData[]> {
    const ids = await this.#keep.ids();
    const sessions: SessionData[] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const read = await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => this.#keep.readById(id)));
      for (const kept of read) if (kept) sessions.push(sessionOf(kept));
    }
    const now = this.#now();
    return sessions.filter((session) => (expiryOf(session) ?? Number.POSITIVE_INFINITY) > now);
  }

  /** Whether a session is to live for another time than before. */
  #isOther(idleMs: number, loaded: Loaded): boolean {
    return Math.abs(idleMs - loaded.idleMs) > IDLE_MIN_MS;
  }

  /** How long a session lives from now on. */
  #idleMs(session: SessionData): number {
    if (typeof this.#ttl === "function") return this.#ttl(session) * 1000;
    const originalMaxAge: unknown = session.cookie?.originalMaxAge;
    const expires = expiryOf(session);
    if (expires === undefined) return (this.#ttl ?? DAY_S) * 1000;
    // Each request sets the cookie's time anew, so what is left is as much as there was, but for the time that the request took.
    const left = expires - this.#now();
    return typeof originalMaxAge === "number" && Math.abs(left - originalMaxAge) < IDLE_MIN_MS ? originalMaxAge : left;
  }
}

/** What is kept of a session. The time of a cookie that has an age follows from the last use, and is not written with it. */
function plainOf(session: Partial<SessionData>): Json {
  const plain = JSON.parse(JSON.stringify(session)) as Json;
  const cookie = plain["cookie"] as Json | undefined;
  if (typeof cookie?.["originalMaxAge"] === "number") delete cookie["expires"];
  return plain;
}

/** A session out of what is kept. Its cookie's time is that of its last use: so a use needs no write. */
function sessionOf(kept: Kept): SessionData {
  const session = decode(kept.data()) as SessionData;
  const maxAge: unknown = session.cookie?.originalMaxAge;
  if (typeof maxAge === "number") session.cookie.expires = new Date(kept.lastActivityMs + maxAge).toISOString() as unknown as Date;
  return session;
}

function bounded(idleMs: number): number {
  return Math.max(IDLE_MIN_MS, Math.ceil(idleMs));
}

/** Whoever writes to the store by hand may leave the cookie out; express-session says so then. */
function expiryOf({ cookie }: Partial<SessionData>): number | undefined {
  const expires: unknown = cookie?.expires;
  return expires === null || expires === undefined || expires === false ? undefined : new Date(expires as string).getTime();
}

/** Calls back where somebody waits that way; a promise otherwise, and as well. */
function settle<T>(promise: Promise<T>, callback: Give<T> | undefined): Promise<T> {
  if (callback) {
    const later = (fn: () => void) => setImmediate(fn);
    promise.then(
      (value) => later(() => callback(null, value)),
      (error: unknown) => later(() => callback(error)),
    );
    promise.catch(() => {});
  }
  return promise;
}
