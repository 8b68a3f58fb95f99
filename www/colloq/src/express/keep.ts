/**
 * Where a store for express-session keeps its sessions: in this process, or with a host by a server key.
 *
 * The id of a session follows from the hash of its sid, which is a secret and itself kept nowhere. An id says when it was made, and only
 * a young one may be created: so time is cut into epochs of four weeks, and a sid is looked for in those that a session may be of.
 */
import { createHash } from "node:crypto";
import { ColloqError } from "../error.js";
import { Engine } from "../local/engine.js";
import type { Actor } from "../local/request.js";
import { route } from "../local/routes.js";
import { persist } from "../server/retry.js";
import { Recent } from "./recent.js";
import { There } from "./there.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const EPOCH_MS = 28 * DAY_MS;
/** Clocks that differ by less than this agree that an id is not of the future. */
const SKEW_MS = 60 * 60 * 1000;
const REMEMBERED = 100_000;
const TRIES = 4;
const PAGE = 200;
/** So many entries of a session are kept beside its state, in this process: nobody follows these sessions. */
const ENTRIES_MAX = 32;
const GONE = new Set([404, 410]);

/** A session as it is kept. */
export interface Kept {
  id: string;
  /** Its `data`; a new value each time. */
  data(): unknown;
  lastActivityMs: number;
}

/** What a session is to be. */
export interface Wanted {
  data: object;
  idleMs?: number;
}

interface Answered {
  status: number;
  text: string;
  body: Record<string, unknown>;
}

/** How a keep is set up. */
export interface KeepOptions {
  url?: string | undefined;
  key?: string | undefined;
  fetch?: typeof fetch | undefined;
  file?: string | undefined;
  maxSessions?: number | undefined;
  /** Whose the sessions are, for the host. */
  userId: string;
  absoluteMs: number;
  now: () => number;
}

/** See the file's documentation. */
export class Keep {
  readonly #options: KeepOptions;
  readonly #engine: Engine | undefined;
  readonly #host: There | undefined;
  readonly #ids = new Recent<string>(REMEMBERED);

  constructor(options: KeepOptions) {
    this.#options = options;
    const { url, key, fetch, file, maxSessions = 100_000, now } = options;
    if (url === undefined) this.#engine = new Engine({ file, maxSessions, now, entriesMax: ENTRIES_MAX });
    else this.#host = new There(url, key, fetch);
  }

  /** Reads a session; undefined for one that is not there, or not any more. */
  async read(sid: string): Promise<Kept | undefined> {
    const known = this.#ids.get(sid);
    if (known !== undefined) return this.#read(known);
    for (const id of this.#candidates(sid)) {
      const kept = await this.#read(id);
      if (!kept) continue;
      this.#ids.set(sid, id);
      return kept;
    }
    return undefined;
  }

  /** Creates a session; undefined where its id is taken, by one that is there or by one that is no more. */
  async create(sid: string, { data, idleMs }: Wanted): Promise<Kept | undefined> {
    const id = this.#candidates(sid)[0]!;
    const { userId, absoluteMs, now } = this.#options;
    const limits = { ...(idleMs !== undefined && { idleMs }), absoluteMs, retainMs: 0 };
    const { status, body } = await this.#ask("POST", "/v1/sessions", { id, userId, data, limits });
    if (body["code"] === "idTaken") return undefined;
    if (status >= 400) throw errorOf(status, body);
    this.#ids.set(sid, id);
    return { id, data: () => data, lastActivityMs: now() };
  }

  /** Changes a session; false for one that is not there any more. */
  async patch(id: string, { data, idleMs }: Wanted): Promise<boolean> {
    // A batch is answered with its version alone, where a PATCH would be with the whole session.
    const commands = [{ kind: "patchData", patch: data }, ...(idleMs === undefined ? [] : [{ kind: "setLimits", limits: { idleMs } }])];
    const { status, body } = await this.#ask("POST", `/v1/sessions/${id}/commands`, { commands });
    if (GONE.has(status)) return false;
    if (status >= 400) throw errorOf(status, body);
    return true;
  }

  /** Notes that a session is in use: as its user looks at it, which makes no entry. */
  async touch(id: string): Promise<void> {
    const { status, body } = await this.#ask("GET", `/v1/sessions/${id}/messages?limit=1`, undefined, "user");
    if (status >= 400 && !GONE.has(status)) throw errorOf(status, body);
  }

  /** Erases a session, wherever it is. */
  async erase(sid: string): Promise<void> {
    const known = this.#ids.get(sid);
    this.#ids.delete(sid);
    for (const id of known !== undefined ? [known] : this.#candidates(sid)) {
      const { status, body } = await this.#ask("DELETE", `/v1/sessions/${id}`);
      if (status >= 400 && !GONE.has(status)) throw errorOf(status, body);
    }
  }

  /** The ids of all sessions that go on. */
  async ids(): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor: unknown = ""; cursor !== null; ) {
      const after = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor as string)}`;
      const { status, body } = await this.#ask("GET", `${this.#user}/sessions?limit=${PAGE}${after}`);
      if (status >= 400) throw errorOf(status, body);
      for (const { id, isActive } of body["items"] as { id: string; isActive: boolean }[]) if (isActive) ids.push(id);
      cursor = body["nextCursor"];
    }
    return ids;
  }

  /** Reads a session by its own id. */
  readById(id: string): Promise<Kept | undefined> {
    return this.#read(id);
  }

  /** Erases all of them. */
  async clear(): Promise<void> {
    this.#ids.clear();
    const { status, body } = await this.#ask("DELETE", this.#user);
    if (status >= 400) throw errorOf(status, body);
  }

  close(): void {
    this.#engine?.close();
  }

  get #user(): string {
    return `/v1/users/${encodeURIComponent(this.#options.userId)}`;
  }

  async #read(id: string): Promise<Kept | undefined> {
    const { status, body, text } = await this.#ask("GET", `/v1/sessions/${id}?messages=0`);
    if (GONE.has(status) || (status < 400 && body["isActive"] !== true)) return undefined;
    if (status >= 400) throw errorOf(status, body);
    let first: unknown = body["data"];
    // Most of what is read is only read: what it was is read once more by whoever writes.
    const data = () => {
      const value = first ?? (JSON.parse(text) as { data: unknown }).data;
      first = undefined;
      return value;
    };
    return { id, data, lastActivityMs: Date.parse(body["lastActivity"] as string) };
  }

  /** The ids that a sid may have, the newest first. */
  #candidates(sid: string): string[] {
    const { userId, absoluteMs, now } = this.#options;
    const hash = createHash("sha256").update(`${userId}\0${sid}`).digest();
    hash[6] = 0x70 | (hash[6]! & 0x0f);
    hash[8] = 0x80 | (hash[8]! & 0x3f);
    const newest = Math.floor((now() - SKEW_MS) / EPOCH_MS);
    const oldest = Math.max(0, Math.floor((now() - absoluteMs) / EPOCH_MS));
    const ids: string[] = [];
    for (let epoch = newest; epoch >= oldest; epoch--) {
      hash.writeUIntBE(epoch * EPOCH_MS, 0, 6);
      const digits = hash.toString("hex", 0, 16);
      ids.push([digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-"));
    }
    return ids;
  }

  /** Asks; what may be tried again is, because nothing that is asked here does more the second time. */
  async #ask(method: string, path: string, json?: object, role: Actor["role"] = "operator"): Promise<Answered> {
    const actor: Actor = { role, id: this.#options.userId };
    if (this.#engine) return answered(this.#engine, actor, method, path, json);
    const at = new URL(path.slice(1), this.#host!.url);
    const init = { method, headers: json ? { "content-type": "application/json" } : {}, ...(json && { body: JSON.stringify(json) }) };
    const ask = async (): Promise<Answered> => {
      try {
        const response = await this.#host!.fetch(actor)(at, init);
        const text = await response.text();
        const body = parsed(text);
        if (response.status === 429 || response.status >= 500) throw errorOf(response.status, body);
        return { status: response.status, text, body };
      } catch (cause) {
        throw cause instanceof ColloqError ? cause : new ColloqError("unreachable", "the host cannot be reached", { cause });
      }
    };
    return persist(ask, { tries: TRIES });
  }
}

function answered(engine: Engine, actor: Actor, method: string, path: string, json?: object): Answered {
  const [pathname, query] = path.split("?") as [string, string | undefined];
  const body = json ? Buffer.from(JSON.stringify(json)) : new Uint8Array();
  const answer = route(engine, actor, { method, path: pathname, query: new URLSearchParams(query), headers: {}, body });
  const text = answer?.body ?? "";
  return { status: answer?.status ?? 404, text, body: parsed(text) };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  } catch {
    return {};
  }
}

function errorOf(status: number, body: Record<string, unknown>): ColloqError {
  const code = (body["code"] as ColloqError["code"] | undefined) ?? "internal";
  return new ColloqError(code, `the session cannot be kept: ${String(body["detail"] ?? body["title"] ?? `HTTP ${status}`)}`, { status });
}
