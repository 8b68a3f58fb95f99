/**
 * One session as the application holds it: read it at once, write it at once, hear when it changes.
 *
 * It keeps no state of its own; everything is in the upstream, which other holders of the same session share.
 */
import { ColloqError, quiet } from "./error.js";
import { isLong } from "./text.js";
import type { Ack, Command, Issue, Message, MergePatch, NewMessage, Preferences, Project, Role, SessionView } from "./types.js";
import type { Upstream } from "./upstream.js";
import { messageOf } from "./view.js";
import { MessageWriter } from "./writer.js";

/** What a session needs of its client. */
export interface SessionHost {
  newId(): string;
  /** Who a message is from when nobody says: `append` and `stream` differ for agents and operators. */
  typeFor(way: "append" | "stream"): Role;
  release(id: string): void;
}

/** A session. */
export class Session<D = unknown> {
  readonly #upstream: Upstream;
  readonly #host: SessionHost;
  readonly #ready: Promise<SessionView<D>>;
  #released = false;

  constructor(upstream: Upstream, host: SessionHost) {
    this.#upstream = upstream;
    this.#host = host;
    this.#ready = quiet(this.#firstView());
  }

  get id(): string {
    return this.#upstream.id;
  }

  /** The state now, optimistic writes included; undefined until it is known. Each view is immutable. */
  get view(): SessionView<D> | undefined {
    return this.#upstream.view as SessionView<D> | undefined;
  }

  /** The first view; rejects when the session does not exist for this user. */
  get ready(): Promise<SessionView<D>> {
    return this.#ready;
  }

  /** Calls `fn` when the view has changed, at most once a frame; fits React's `useSyncExternalStore`. */
  readonly subscribe = (fn: () => void): (() => void) => this.#upstream.subscribe(fn);

  /** Appends a message: shown at once, settled when a store has it. Long text goes as a stream by itself. */
  append(message: string | NewMessage): Promise<Message> {
    const { content, ...rest } = this.#complete(message, "append");
    if (content === undefined || !isLong(content)) {
      return quiet(this.#appended(rest.id, { kind: "appendMessage", message: content === undefined ? rest : { ...rest, content } }));
    }
    const writer = new MessageWriter(this.#upstream, rest);
    writer.write(content);
    return writer.complete();
  }

  /** Begins a message that streams. */
  stream(message: NewMessage = {}): MessageWriter {
    return new MessageWriter(this.#upstream, this.#complete(message, "stream"));
  }

  /** Stops a message, or whatever streams. */
  stop(messageId?: string): Promise<Ack> {
    const streaming = this.view?.messages.filter((message) => message.status === "streaming").map((message) => message.id) ?? [];
    const ids = messageId === undefined ? streaming : [messageId];
    if (ids.length === 0) return Promise.resolve({ version: this.view?.version ?? 0 });
    return this.submit(...ids.map((message) => ({ kind: "stopMessage", message }) as const));
  }

  rename(title: string): Promise<Ack> {
    return this.submit({ kind: "rename", title });
  }

  /** Changes `data` by a JSON Merge Patch: null removes a key. */
  patch(data: MergePatch<D>): Promise<Ack> {
    return this.submit({ kind: "patchData", patch: data as Record<string, unknown> });
  }

  setProject(project: Project | null): Promise<Ack> {
    return this.submit({ kind: "setActiveProject", project });
  }

  /** Puts an issue in front of the recent ones; the same id moves there. */
  recordIssue(issue: Issue): Promise<Ack> {
    return this.submit({ kind: "recordIssue", issue });
  }

  removeIssue(id: string): Promise<Ack> {
    return this.submit({ kind: "removeIssue", issue: id });
  }

  setPreferences(preferences: Partial<Preferences>): Promise<Ack> {
    return this.submit({ kind: "setPreferences", preferences });
  }

  /** Sends commands in order, each on its own; settles when all are. */
  submit(...commands: Command[]): Promise<Ack> {
    return this.#upstream.submit(...commands);
  }

  /** Ends the session: readable still, closed for writing. */
  end(): Promise<Ack> {
    return this.submit({ kind: "end" });
  }

  /** This holder needs the session no more; when none does and all is settled, the client lets go of it. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#host.release(this.id);
  }

  #complete(message: string | NewMessage, way: "append" | "stream"): NewMessage & { id: string; type: Role } {
    const given = typeof message === "string" ? { content: message } : message;
    return { ...given, id: given.id ?? this.#host.newId(), type: given.type ?? this.#host.typeFor(way) };
  }

  async #appended(id: string, command: Command): Promise<Message> {
    const settled = this.submit(command);
    const find = () => messageOf(this.#upstream.view, id);
    const optimistic = find();
    await settled;
    const message = find() ?? optimistic;
    if (!message) throw new ColloqError("messageNotFound", "the message was taken, but has left the session");
    return { ...message, pending: false };
  }

  #firstView(): Promise<SessionView<D>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const { view } = this;
        if (view) resolve(view);
        else if (this.#upstream.error) reject(this.#upstream.error);
        else return false;
        return true;
      };
      if (look()) return;
      const unsubscribe = this.#upstream.subscribe(() => void (look() && unsubscribe()));
    });
  }
}
