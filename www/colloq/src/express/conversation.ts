/**
 * `req.conversation`: what a route does with the conversation of whoever asks.
 *
 * Everything is decided as that person, in the core: a route can do no more than they may, and what is not theirs is not there.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ColloqError } from "../error.js";
import { etag } from "../local/routes.js";
import type { Actor } from "../local/request.js";
import type { NewSession, ServerClient } from "../server/client.js";
import type { Sent, ServerWriter } from "../server/writer.js";
import type { Issue, Message, NewMessage, Page, Preferences, Project, Role, SessionSummary, SessionView } from "../types.js";
import type { Backend, Reading } from "./backend.js";

/** Who answers when nobody says. */
const ASSISTANT = "assistant";

/** Whoever asks, as routes see them. */
export interface Who {
  userId: string;
  role: Actor["role"];
  /** A guest: known by a cookie alone. */
  isGuest: boolean;
}

/** Finds out who asks; called once a request, when it is first of interest. */
export type Identify = () => Promise<Actor>;

/** Creations that are under way, so that two requests at once begin one conversation. */
const beginning = new Map<string, Promise<string>>();

/** The conversation of whoever makes a request: their newest one that goes on, or the one of an id. */
export class Conversation<D = unknown> {
  /** Its name, also where names are made short. */
  static readonly name: string = "Conversation";
  readonly #backend: Backend;
  readonly #identify: Identify;
  readonly #given: string | undefined;

  constructor(backend: Backend, identify: Identify, id?: string) {
    this.#backend = backend;
    this.#identify = identify;
    this.#given = id;
  }

  /** Who asks. */
  async who(): Promise<Who> {
    const { id, role, anonymous } = await this.#identify();
    return { userId: id, role, isGuest: anonymous === true };
  }

  /** Its id; null where nothing was said yet. */
  async id(): Promise<string | null> {
    return this.#given ?? (await this.#backend.current(await this.#identify())) ?? null;
  }

  /** Another conversation of the same person. */
  at<E = D>(id: string): Conversation<E> {
    return new Conversation<E>(this.#backend, this.#identify, id);
  }

  /** A page of their conversations, newest first. */
  async list(query: { cursor?: string; limit?: number } = {}): Promise<Page<SessionSummary>> {
    return (await this.#server()).list(query);
  }

  /** Begins another one, which is their newest then. */
  async create(session: Omit<NewSession<D>, "userId"> = {}): Promise<SessionView<D>> {
    const actor = await this.#identify();
    const created = await this.#server().then((server) => server.create<D>(session));
    this.#backend.forget(actor);
    return created;
  }

  /** Reads it; null where nothing was said yet. */
  async read(options: { messages?: number } = {}): Promise<SessionView<D> | null> {
    const reading = await this.#reading(options.messages, undefined);
    if (!reading) return null;
    const view = JSON.parse(String(reading.body)) as SessionView<D>;
    return { ...view, messages: view.messages.map((message) => ({ ...message, pending: false })) as Message[] };
  }

  /** Answers with it as JSON, which is sent as it is kept: with an entity tag, and 304 for who has it. Where there is none, with `null`. */
  async send(res: ServerResponse, options: { messages?: number } = {}): Promise<void> {
    const tags = (res as ServerResponse & { req?: IncomingMessage }).req?.headers["if-none-match"];
    const reading = await this.#reading(options.messages, tags === undefined ? undefined : versionOf(tags, options.messages));
    const body = reading?.body ?? "null";
    res.statusCode = reading?.status ?? 200;
    if (reading) res.setHeader("ETag", etag(options.messages, reading.version));
    res.setHeader("Cache-Control", "no-store");
    if (res.statusCode === 304) return void res.end();
    res.setHeader("Content-Type", "application/json; charset=utf-8");
    res.setHeader("Content-Length", Buffer.byteLength(body));
    res.end(body);
  }

  /** Says something as the person who asks. The first thing said begins a conversation. */
  append(message: string | (NewMessage & { type?: Role })): Promise<Sent> {
    return this.#write((server, id) => server.append(id, message), true);
  }

  /** Begins an answer that streams, as an agent. `replyTo` claims the message: nobody else answers it. */
  async reply(message: NewMessage & { agent?: string } = {}): Promise<ServerWriter> {
    const { agent = ASSISTANT, ...rest } = message;
    return this.#write(async (_, id) => this.#as({ role: "agent", id: agent }).stream(id, rest), false);
  }

  /** Stops a message that streams. */
  stop(messageId: string): Promise<void> {
    return this.#write((server, id) => server.stop(id, messageId), false);
  }

  /** Changes `data` by a JSON Merge Patch: null removes a key. */
  async data(patch: object): Promise<void> {
    await this.#write((server, id) => server.data(id, patch), true);
  }

  /** Names it. */
  async rename(title: string | null): Promise<void> {
    await this.#write((server, id) => server.update(id, { title }), true);
  }

  /** Sets the active project, or takes it away. */
  setProject(project: Project | null): Promise<void> {
    return this.#write((server, id) => server.setProject(id, project), true);
  }

  /** Puts an issue in front of the recent ones. */
  recordIssue(issue: Issue): Promise<void> {
    return this.#write((server, id) => server.recordIssue(id, issue), true);
  }

  /** Removes a recent issue. */
  removeIssue(issue: string): Promise<void> {
    return this.#write((server, id) => server.removeIssue(id, issue), false);
  }

  /** Changes how they want to be answered. */
  setPreferences(preferences: Partial<Preferences>): Promise<void> {
    return this.#write((server, id) => server.setPreferences(id, preferences), true);
  }

  /** Ends it: readable still, closed for writing. The next thing said begins another. */
  async end(): Promise<void> {
    await this.#write((server, id) => server.end(id), false);
    this.#backend.forget(await this.#identify());
  }

  /** Erases it. */
  async erase(): Promise<void> {
    await this.#write((server, id) => server.erase(id), false);
    this.#backend.forget(await this.#identify());
  }

  /** Does something in it; begins one where there is none, if that may be. One that has just ended is not it any more. */
  async #write<T>(write: (server: ServerClient, id: string) => Promise<T>, begins: boolean): Promise<T> {
    const server = await this.#server();
    if (this.#given !== undefined) return write(server, this.#given);
    for (let again = true; ; again = false) {
      const id = (await this.id()) ?? (begins ? await this.#begin(server) : undefined);
      if (id === undefined) throw new ColloqError("sessionNotFound", "nothing was said yet", { status: 404 });
      try {
        return await write(server, id);
      } catch (error) {
        const isOver = error instanceof ColloqError && (error.code === "sessionEnded" || error.code === "sessionNotFound");
        if (!isOver || !again) throw error;
        this.#backend.forget(await this.#identify());
      }
    }
  }

  /** Begins a conversation, unless another request has done so since this one looked. */
  async #begin(server: ServerClient): Promise<string> {
    const actor = await this.#identify();
    const name = `${this.#backend.url} ${actor.id}`;
    const under = beginning.get(name);
    if (under) return under;
    const begun = (async () => (await this.#backend.current(actor)) ?? (await server.create()).id)();
    beginning.set(name, begun);
    return begun.finally(() => beginning.delete(name));
  }

  /** What is read; undefined where nothing was said yet. */
  async #reading(messages: number | undefined, known: number | undefined): Promise<Reading | undefined> {
    const actor = await this.#identify();
    for (let again = this.#given === undefined; ; again = false) {
      const id = this.#given ?? (await this.#backend.current(actor));
      if (id === undefined) return undefined;
      const reading = await this.#backend.read(actor, id, messages, known);
      if (reading.status < 400) return reading;
      this.#backend.forget(actor);
      if (!again || reading.status !== 404) throw errorOf(reading);
    }
  }

  async #server(): Promise<ServerClient> {
    return this.#as(await this.#identify());
  }

  #as(actor: Actor): ServerClient {
    return this.#backend.server(actor);
  }
}

function errorOf({ status, body }: Reading): ColloqError {
  const problem = JSON.parse(String(body) || "{}") as { code?: ColloqError["code"]; detail?: string; title?: string };
  return new ColloqError(problem.code ?? "internal", problem.detail ?? problem.title ?? `HTTP ${status}`, { status });
}

/** The version of a read that somebody has already; undefined for another view. */
function versionOf(tags: string, messages: number | undefined): number | undefined {
  const versions = [...tags.matchAll(/"(all|\d+)-(\d{1,15})"/g)].filter(([, view]) => view === String(messages ?? "all"));
  return versions.length > 0 ? Math.max(...versions.map(([, , version]) => Number(version))) : undefined;
}
