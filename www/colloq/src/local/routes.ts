/**
 * The HTTP interface of a host in this process: where a path leads, and the call that it means.
 *
 * Bodies pass to the module as they came, and its answers out as they are. Who asks was decided before.
 */
import type { ErrorCode } from "../types.js";
import type { Answer, Asked, Engine } from "./engine.js";
import { Frames } from "./frames.js";
import { type Actor, isId, type Op } from "./request.js";

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/** A request, its body read. */
export interface HttpRequest {
  method: string;
  /** From `/v1` on, still encoded. */
  path: string;
  query: URLSearchParams;
  /** By their names in lower case. */
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

/** What goes out. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const STEPS: Record<string, Extract<Op, string>> = {
  delta: "appendDelta",
  complete: "complete",
  stop: "stop",
  fail: "fail",
  interrupt: "interrupt",
  revise: "revise",
  producer: "takeOver",
};

const ACTIONS: Record<string, Extract<Op, string>> = {
  messages: "appendMessage",
  end: "end",
  rewind: "rewind",
  compact: "compact",
  "sign-in": "signIn",
  "sign-out": "signOut",
};

/** Answers a request; undefined where the path leads nowhere. */
export function route(engine: Engine, actor: Actor, request: HttpRequest): HttpAnswer | undefined {
  const [version, resource, name, ...rest] = request.path.split("/").slice(1);
  if (version !== "v1") return undefined;
  const caller = new Caller(engine, actor, request);
  const id = name === undefined ? undefined : decoded(name);
  if (resource === "sessions" && id === undefined) return caller.sessions();
  if (resource === "users" && id !== undefined) return caller.user(id, rest);
  if (resource !== "sessions" || id === undefined) return undefined;
  // An id that cannot be one and one that is not there are the same to the caller.
  return isId(id) ? caller.session(id, rest) : caller.refuse("sessionNotFound");
}

/** The problem document of a code. */
export function refusal(engine: Engine, code: ErrorCode, detail?: string): HttpAnswer {
  return out(engine.refusal(code, detail));
}

/** What an answer is by HTTP. */
export function out({ status, version, body }: Answer, headers: Record<string, string> = {}): HttpAnswer {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  return {
    status,
    body,
    headers: {
      ...(body.length > 0 && { "content-type": type }),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      ...(version > 0 && { "colloq-version": String(version) }),
      ...((status === 429 || status === 503) && { "retry-after": "1" }),
      ...headers,
    },
  };
}

/** The tag of a view at a version. */
export function etag(messages: number | undefined, version: number): string {
  return `W/"${messages ?? "all"}-${version}"`;
}

/** One request of somebody. */
class Caller {
  readonly #engine: Engine;
  readonly #actor: Actor;
  readonly #request: HttpRequest;

  constructor(engine: Engine, actor: Actor, request: HttpRequest) {
    this.#engine = engine;
    this.#actor = actor;
    this.#request = request;
  }

  refuse(code: ErrorCode, detail?: string): HttpAnswer {
    return refusal(this.#engine, code, detail);
  }

  sessions(): HttpAnswer | undefined {
    const { method, body } = this.#request;
    if (method === "GET") return this.#list(this.#actor.id);
    if (method !== "POST") return undefined;
    const named = json(body) as { id?: unknown } | null | undefined;
    if (named === undefined && body.length > 0) return this.refuse("malformed", "The body is not JSON.");
    if (named?.id !== undefined && !isId(named.id)) return this.refuse("invalid", "A session's id is a UUIDv7.");
    const id = (named?.id as string | undefined) ?? this.#engine.newId();
    return this.#call(id, "create", { location: `/v1/sessions/${id}` });
  }

  user(user: string, rest: string[]): HttpAnswer | undefined {
    if (user !== this.#actor.id && this.#actor.role !== "operator") return this.refuse("forbidden");
    const { method } = this.#request;
    if (method === "GET" && rest[0] === "sessions") return this.#list(user);
    if (method !== "DELETE" || rest.length > 1) return undefined;
    for (const { session } of this.#engine.logs.list(user)) {
      if (rest.length === 0) this.#engine.erase(this.#actor, session);
      else this.#engine.call(this.#actor, session, "end", { body: '{"reason":"signedOut"}' });
    }
    return { status: 204, headers: {}, body: "" };
  }

  session(id: string, [part, name, step]: string[]): HttpAnswer | undefined {
    const { method } = this.#request;
    const of = name === undefined ? undefined : decoded(name);
    if (part === undefined) return this.#whole(id);
    if (part === "context") return this.#context(id, of, step === undefined ? undefined : decoded(step));
    if (part === "messages" && of !== undefined) return step === undefined ? this.#message(id, of) : this.#step(id, of, step);
    if (part === "messages" && method === "GET") return this.#messages(id);
    if (method !== "POST" || of !== undefined) return undefined;
    if (part === "commands") return this.#commands(id);
    if (part === "fork") return this.#fork(id);
    const action = ACTIONS[part];
    return action && this.#call(id, action);
  }

  #whole(id: string): HttpAnswer | undefined {
    const { method, query, headers } = this.#request;
    if (method === "PATCH") return this.#call(id, "update");
    if (method === "DELETE") return out(this.#engine.erase(this.#actor, id, { condition: wanted(headers["if-match"]) }));
    if (method !== "GET") return undefined;
    const messages = whole(query.get("messages"));
    const answer = this.#engine.call(this.#actor, id, { kind: "read", messages }, { condition: known(headers["if-none-match"], messages) });
    return out(answer, answer.status >= 400 ? {} : { etag: etag(messages, answer.version) });
  }

  #context(id: string, what: string | undefined, issue: string | undefined): HttpAnswer | undefined {
    const { method } = this.#request;
    if (what === "project" && method === "PUT") return this.#call(id, "setProject");
    if (what === "preferences" && method === "PATCH") return this.#call(id, "setPreferences");
    if (what !== "issues" || issue === undefined) return undefined;
    if (method === "PUT") return this.#call(id, { kind: "recordIssue", of: issue });
    return method === "DELETE" ? this.#call(id, { kind: "removeIssue", of: issue }) : undefined;
  }

  #messages(id: string): HttpAnswer {
    const { query } = this.#request;
    const limit = Math.min(Math.max(whole(query.get("limit")) ?? LIMIT_DEFAULT, 1), LIMIT_MAX);
    return out(this.#engine.call(this.#actor, id, { kind: "listMessages", before: query.get("cursor") ?? undefined, limit }));
  }

  #message(id: string, of: string): HttpAnswer | undefined {
    const kinds = { GET: "readMessage", PATCH: "patchMessage", DELETE: "removeMessage" } as const;
    const kind = kinds[this.#request.method as keyof typeof kinds];
    return kind && this.#call(id, { kind, of });
  }

  #step(id: string, of: string, step: string): HttpAnswer | undefined {
    if (this.#request.method !== "POST") return undefined;
    if (step === "stream") return this.#call(id, { kind: "streamLines", of });
    const kind = STEPS[step];
    return kind && this.#call(id, { kind, of });
  }

  /** A batch, which is one command; or, where the commands have ids, each on its own, as a link submits them. */
  #commands(id: string): HttpAnswer {
    const batch = json(this.#request.body) as { commands?: { id?: unknown }[] } | undefined;
    if (batch?.commands?.[0]?.id === undefined) return this.#call(id, "commands");
    const frames = new Frames(this.#engine, this.#actor);
    this.#engine.drive(this.#actor, id, "submit", { body: this.#request.body }, frames.id);
    return out({ status: 200, version: 0, body: `{"frames":[${frames.take().join(",")}]}` });
  }

  #fork(parent: string): HttpAnswer {
    const { body } = this.#request;
    const named = json(body) as { id?: unknown } | undefined;
    if (named?.id !== undefined && !isId(named.id)) return this.refuse("invalid", "A session's id is a UUIDv7.");
    const id = (named?.id as string | undefined) ?? this.#engine.newId();
    const state = this.#engine.call(this.#actor, parent, "fork", { body });
    if (state.status !== 200) return out(state);
    const key = this.#request.headers["idempotency-key"];
    const answer = this.#engine.call(this.#actor, id, "restore", { body: state.body, key });
    return out(answer, { location: `/v1/sessions/${id}` });
  }

  /** The pages of a user's list; the cursor says after which session. */
  #list(user: string): HttpAnswer {
    const { query } = this.#request;
    const limit = Math.min(Math.max(whole(query.get("limit")) ?? LIMIT_DEFAULT, 1), LIMIT_MAX);
    const listed = this.#engine.logs.list(user);
    const cursor = query.get("cursor");
    const [activeMs, session] = cursor === null ? [] : [Number.parseInt(cursor, 36), cursor.slice(cursor.indexOf(".") + 1)];
    const isAfter = (line: { activeMs: number; session: string }) =>
      activeMs === undefined || line.activeMs < activeMs || (line.activeMs === activeMs && line.session < session!);
    const from = listed.findIndex(isAfter);
    const page = from < 0 ? [] : listed.slice(from, from + limit);
    const last = page.at(-1);
    const next = last && from + limit < listed.length ? JSON.stringify(`${last.activeMs.toString(36)}.${last.session}`) : "null";
    const items = page.map(({ summary }) => summary).join(",");
    return out({ status: 200, version: 0, body: `{"items":[${items}],"nextCursor":${next}}` });
  }

  #call(id: string, op: Op, headers: Record<string, string> = {}): HttpAnswer {
    const { body, headers: brought, method } = this.#request;
    const asked: Asked = { body };
    if (method !== "GET") asked.condition = wanted(brought["if-match"]);
    if (method !== "GET" && !(typeof op === "object" && op.kind === "streamLines")) asked.key = brought["idempotency-key"];
    const answer = this.#engine.call(this.#actor, id, op, asked);
    return out(answer, answer.status < 400 ? headers : {});
  }
}

/** Undefined for what is not JSON. */
function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function whole(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** The version that a write insists on; what is none is met by no session. */
function wanted(tag: string | undefined): number | undefined {
  if (tag === undefined || tag.trim() === "*") return undefined;
  const version = /^(?:W\/)?"?(?:(?:all|\d+)-)?(\d{1,15})"?$/.exec(tag.trim())?.[1];
  return version === undefined ? Number.MAX_SAFE_INTEGER + 1 : Number(version);
}

/** The newest version of the same view that a read has already. */
function known(tags: string | undefined, messages: number | undefined): number | undefined {
  const versions = (tags ?? "").split(",").flatMap((tag) => {
    const found = /^(?:W\/)?"(all|\d+)-(\d{1,15})"$/.exec(tag.trim());
    return found && found[1] === String(messages ?? "all") ? [Number(found[2])] : [];
  });
  return versions.length > 0 ? Math.max(...versions) : undefined;
}
