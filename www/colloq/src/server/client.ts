/**
 * A host's HTTP interface with types: for servers, server components, edge functions and agents that hold no session in memory.
 *
 * It loads no WebAssembly and keeps nothing between two calls. A write that is tried again happens once: by its key, by the id of its
 * message, or because it does no more the second time. What sets a value may stand again over what somebody else set between two tries:
 * the host remembers only so many keys of a session, and none is spent on that.
 */
import { ColloqError } from "../error.js";
import { baseUrl, Http, type Requests } from "../http.js";
import { newId } from "../id.js";
import { TokenSource } from "../token.js";
import type { Context, Issue, NewMessage, Page, Preferences, Project, Role, SessionSummary, SessionView, TokenOption } from "../types.js";
import { jsonLines } from "./jsonl.js";
import { persist } from "./retry.js";
import { type Sent, ServerWriter } from "./writer.js";

const TRIES = 5;

/** What `createServerClient` takes. */
export interface ServerOptions {
  /** Where the host answers. */
  url: string;
  /** A server key, a token, or what brings a token. */
  token?: TokenOption;
  /** The `fetch` to use. */
  fetch?: typeof fetch;
  /** How often a request is tried in all when the host is away or busy; 5 without it. */
  tries?: number;
}

/** What a session is created with. */
export interface NewSession<D = unknown> {
  id?: string;
  /** Whose it is, when a server key creates it. */
  userId?: string;
  title?: string;
  data?: D;
  context?: Partial<Context>;
  limits?: { idleMs?: number | null; absoluteMs?: number | null; retainMs?: number | null; maxMessages?: number; maxContentBytes?: number };
}

/** A token that the host made. */
export interface Issued {
  token: string;
  expiresAt: string;
  userId: string;
  role: "user" | "agent" | "operator";
}

/** What a token is asked for with. */
export interface TokenRequest {
  userId: string;
  role?: Issued["role"];
  /** The sessions that it is for; all without it. */
  sessions?: string[];
  ttlSeconds?: number;
}

/** A client whose requests somebody else carries. */
export function serverClientOver(requests: Requests): ServerClient {
  return new ServerClient({ url: "http://host/" }, requests);
}

/** Makes a client for servers. */
export function createServerClient(options: ServerOptions): ServerClient {
  return new ServerClient(options);
}

/** A host's HTTP interface. */
export class ServerClient {
  /** Its name, also where names are made short. */
  static readonly name: string = "ServerClient";
  readonly #http: Requests;
  readonly #tries: number;

  constructor({ url, token, fetch, tries = TRIES }: ServerOptions, requests?: Requests) {
    this.#http = requests ?? new Http(baseUrl(url), new TokenSource(token), fetch);
    this.#tries = tries;
  }

  /** Creates a session. */
  async create<D = unknown>(session: NewSession<D> = {}): Promise<SessionView<D>> {
    return viewOf(await this.#write<SessionView<D>>("POST", "v1/sessions", session));
  }

  /** A session with its newest messages (all that are live without `messages`): fit to be rendered, and to be the `initial` of a page. */
  async get<D = unknown>(id: string, options: { messages?: number } = {}): Promise<SessionView<D>> {
    return viewOf(await this.#read<SessionView<D>>(at(id), options));
  }

  /** A page of sessions, newest first: the caller's own, or a user's. */
  list({ userId, ...query }: { userId?: string; cursor?: string; limit?: number } = {}): Promise<Page<SessionSummary>> {
    return this.#read(userId === undefined ? "v1/sessions" : `v1/users/${encodeURIComponent(userId)}/sessions`, query);
  }

  /** A page of a session's messages, newest first. */
  messages(id: string, query: { cursor?: string; limit?: number } = {}): Promise<Page<Sent>> {
    return this.#read(`${at(id)}/messages`, query);
  }

  /** Changes title, data (a JSON Merge Patch) or limits. */
  async update<D = unknown>(id: string, patch: { title?: string | null; data?: object; limits?: NewSession["limits"] }): Promise<SessionView<D>> {
    return viewOf(await this.#write<SessionView<D>>("PATCH", at(id), patch));
  }

  /** Changes `data` by a JSON Merge Patch: null removes a key. */
  data<D = unknown>(id: string, patch: object): Promise<SessionView<D>> {
    return this.update<D>(id, { data: patch });
  }

  /** Appends a message. Without a type it is the user's. */
  append(id: string, message: string | (NewMessage & { type?: Role })): Promise<Sent> {
    return this.#append(id, typeof message === "string" ? { content: message } : message, "user");
  }

  /** Begins an answer that streams. Without a type it is the assistant's. */
  stream(id: string, message: NewMessage & { type?: Role } = {}): ServerWriter {
    const start = { ...message, id: message.id ?? newId(Date.now()), status: "streaming" as const };
    return new ServerWriter(this.#http, id, this.#append(id, start, "assistant"), start, this.#tries);
  }

  /** Stops a message that streams. */
  async stop(id: string, messageId: string): Promise<void> {
    await this.#write("POST", `${at(id)}/messages/${messageId}/stop`);
  }

  /** Sets the active project, or takes it away. */
  async setProject(id: string, project: Project | null): Promise<void> {
    await this.#write("PUT", `${at(id)}/context/project`, project);
  }

  /** Puts an issue in front of the recent ones. */
  async recordIssue(id: string, { id: issue, ...rest }: Issue): Promise<void> {
    await this.#write("PUT", `${at(id)}/context/issues/${encodeURIComponent(issue)}`, rest);
  }

  /** Removes a recent issue. */
  async removeIssue(id: string, issue: string): Promise<void> {
    await this.#write("DELETE", `${at(id)}/context/issues/${encodeURIComponent(issue)}`);
  }

  /** Changes how the user wants to be answered. */
  async setPreferences(id: string, preferences: Partial<Preferences>): Promise<void> {
    await this.#write("PATCH", `${at(id)}/context/preferences`, preferences);
  }

  /** Begins another session with what this one holds, up to and with a message. */
  async fork<D = unknown>(id: string, options: { id?: string; through?: string } = {}): Promise<SessionView<D>> {
    return viewOf(await this.#write<SessionView<D>>("POST", `${at(id)}/fork`, options));
  }

  /** Ends a session: readable still, closed for writing. */
  async end(id: string): Promise<void> {
    await this.#write("POST", `${at(id)}/end`, {});
  }

  /** Gives a session to a user, as when a guest signs in; tokens of before are void in it. A server key is needed for that. */
  async signIn(id: string, userId: string): Promise<void> {
    await this.#write("POST", `${at(id)}/sign-in`, { userId });
  }

  /** Erases a session. One that is not there is erased already. */
  async erase(id: string): Promise<void> {
    await this.#write("DELETE", at(id)).catch((error: ColloqError) => {
      if (error.code !== "sessionNotFound") throw error;
    });
  }

  /** Has the host make a token for a user, an agent or an operator; a server key is needed for that. */
  token(request: TokenRequest): Promise<Issued> {
    // Asked twice it makes two tokens, of which one is never used: that is harmless, and the route knows no keys.
    return persist(() => this.#http.json<Issued>("POST", "v1/tokens", { json: request }), { tries: this.#tries });
  }

  /** All sessions of a user, one by one, as the host writes them for an export; it throws when the export broke off. */
  async *export(userId: string): AsyncGenerator<Record<string, unknown>> {
    const path = `v1/users/${encodeURIComponent(userId)}/export`;
    const headers = { accept: "application/x-ndjson" };
    yield* jsonLines(await persist(() => this.#http.open("GET", path, { headers }), { tries: this.#tries }));
  }

  /** A message's own id says whether it is there: no key is used up, of which a session remembers only so many. */
  async #append(id: string, message: NewMessage & { type?: Role }, type: Role): Promise<Sent> {
    const json = { ...message, type: message.type ?? type, id: message.id ?? newId(Date.now()) };
    let tries = 0;
    const send = () => {
      tries += 1;
      return this.#http.json<Sent>("POST", `${at(id)}/messages`, { json });
    };
    try {
      return await persist(send, { tries: this.#tries });
    } catch (error) {
      // An earlier try may have been taken, and its answer lost.
      const earlier = tries > 1 ? await this.#read<Sent>(`${at(id)}/messages/${json.id}`, {}).catch(() => undefined) : undefined;
      if (!earlier) throw error;
      return earlier;
    }
  }

  #read<T>(path: string, query: Record<string, string | number | undefined>): Promise<T> {
    return persist(() => this.#http.get<T>(path, query), { tries: this.#tries });
  }

  #write<T>(method: string, path: string, json?: unknown): Promise<T> {
    // What else is asked for does no more the second time (see above).
    const headers = { ...(method === "POST" && { "idempotency-key": newId(Date.now()) }) };
    return persist(() => this.#http.json<T>(method, path, { ...(json !== undefined && { json }), headers }), { tries: this.#tries });
  }
}

function at(id: string): string {
  return `v1/sessions/${encodeURIComponent(id)}`;
}

/** What HTTP gives is confirmed. */
function viewOf<D>(session: SessionView<D>): SessionView<D> {
  return { ...session, messages: session.messages.map((message) => ({ ...message, pending: false })) };
}
