/**
 * One session as the application holds it: read it at once, write it at once, hear when it changes.
 *
 * It keeps no state of its own but how far back this holder looks; everything else is shared by all holders of the session.
 */
import { type ColloqError, quiet } from "./error.js";
import { History, type HistorySource } from "./history.js";
import { isLong } from "./text.js";
import type {
  Ack,
  Command,
  Issue,
  Message,
  MergePatch,
  NewMessage,
  Preferences,
  Presence,
  PresenceState,
  Project,
  Role,
  SessionView,
} from "./types.js";
import type { Upstream } from "./upstream.js";
import { messageOf, type Sent } from "./view.js";
import { MessageWriter } from "./writer.js";

/** What a session needs of its client. */
export interface SessionHost {
  newId(): string;
  /** Who a message is from when nobody says: `append` and `stream` differ for agents and operators. */
  typeFor(way: "append" | "stream"): Role;
  /** Pages of messages before one, newest first. */
  readonly fetchPage: HistorySource["fetchPage"];
  readonly presence: SessionPresence & { subscribe(fn: () => void): () => void };
  /** Begins a session with what the host has of this one, up to and with a message. */
  fork(through: string | undefined): Session;
  release(): void;
}

/** Who else is there. */
export interface SessionPresence {
  /** The other links of the session; the same list as long as nothing changed. */
  readonly others: readonly Presence[];
  /** Says what one does here: shown to the others until the link is gone, typing for some ten seconds. */
  set(state: PresenceState): void;
}

/** A session. */
export class Session<D = unknown> {
  /** Its name, also where names are made short. */
  static readonly name: string = "Session";
  readonly #upstream: Upstream;
  readonly #host: SessionHost;
  readonly #history: History;
  readonly #ready: Promise<SessionView<D>>;
  #released = false;

  constructor(upstream: Upstream, host: SessionHost, tail?: number) {
    this.#upstream = upstream;
    this.#host = host;
    const source = {
      get view() {
        return upstream.view;
      },
      fetchPage: host.fetchPage,
    };
    this.#history = new History(source, tail);
    this.#ready = quiet(this.#firstView());
  }

  /** The session's id. */
  get id(): string {
    return this.#upstream.id;
  }

  /** Why the session cannot be had, once that is known. */
  get error(): ColloqError | undefined {
    return this.#upstream.error;
  }

  /** The state now, optimistic writes included; undefined until it is known. Each view is immutable. */
  get view(): SessionView<D> | undefined {
    return this.#history.view as SessionView<D> | undefined;
  }

  /** The first view; rejects when the session does not exist for this user. */
  get ready(): Promise<SessionView<D>> {
    return this.#ready;
  }

  /** Calls `fn` when the view has changed, at most once a frame, or who is present; fits React's `useSyncExternalStore`. */
  readonly subscribe = (fn: () => void): (() => void) => {
    const ends = [this.#upstream.subscribe(fn), this.#history.subscribe(fn), this.#host.presence.subscribe(fn)];
    return () => ends.forEach((end) => end());
  };

  /** Who else is linked to the session, and what they do. */
  get presence(): SessionPresence {
    return this.#host.presence;
  }

  /** Appends a message: shown at once, settled when a store has it. Long text goes as a stream by itself. */
  append(message: string | NewMessage): Promise<Message> {
    return this.#say(this.#complete(message, "append"));
  }

  /** Takes a message back with everything after it, and says something else in its place, as one. */
  edit(messageId: string, message: string | NewMessage): Promise<Message> {
    return this.#say(this.#complete(message, "append"), messageId);
  }

  /** Removes a message. */
  remove(messageId: string): Promise<Ack> {
    return this.submit({ kind: "removeMessage", message: messageId });
  }

  /** Changes a message's metadata by a JSON Merge Patch: null removes a key. */
  patchMetadata(messageId: string, patch: object): Promise<Ack> {
    return this.submit({ kind: "patchMetadata", message: messageId, metadata: { ...patch } });
  }

  /** Shows up to `n` earlier messages; false when there are none. Rejects when the host would have to be asked and cannot be. */
  loadEarlier(n?: number): Promise<boolean> {
    return quiet(this.#history.load(n));
  }

  /**
   * Begins a session of its own with what this one holds, up to and with a message (all of it without one). It can be written at once;
   * what it begins with comes from the host.
   */
  fork(options: { through?: string } = {}): Session<D> {
    return this.#host.fork(options.through) as Session<D>;
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

  /** Gives the session a title. */
  rename(title: string): Promise<Ack> {
    return this.submit({ kind: "rename", title });
  }

  /** Changes `data` by a JSON Merge Patch: null removes a key. */
  patch(data: MergePatch<D>): Promise<Ack> {
    return this.submit({ kind: "patchData", patch: data as Record<string, unknown> });
  }

  /** Sets the active project, or takes it away. */
  setProject(project: Project | null): Promise<Ack> {
    return this.submit({ kind: "setActiveProject", project });
  }

  /** Puts an issue in front of the recent ones; the same id moves there. */
  recordIssue(issue: Issue): Promise<Ack> {
    return this.submit({ kind: "recordIssue", issue });
  }

  /** Removes a recent issue. */
  removeIssue(id: string): Promise<Ack> {
    return this.submit({ kind: "removeIssue", issue: id });
  }

  /** Changes how the user wants to be answered. */
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
    this.#host.release();
  }

  #say(message: Sent, replaces?: string): Promise<Message> {
    if (message.content !== undefined && isLong(message.content)) {
      const { content, ...rest } = message;
      const writer = new MessageWriter(this.#upstream, rest, replaces);
      writer.write(content);
      return writer.complete();
    }
    const command: Command =
      replaces === undefined ? { kind: "appendMessage", message } : { kind: "editMessage", message: replaces, replacement: message };
    return quiet(this.#appended(message, command));
  }

  #complete(message: string | NewMessage, way: "append" | "stream"): Sent {
    const given = typeof message === "string" ? { content: message } : message;
    const { id = this.#host.newId(), type = this.#host.typeFor(way), ...rest } = given;
    return { id, type, ...rest };
  }

  #appended(message: Sent, command: Command): Promise<Message> {
    return new Promise((resolve, refused) => {
      // Looked at only then: a look at the view after each of many appends would cost as much as all of them.
      const taken = () => {
        const shown = messageOf(this.#upstream.view, message.id);
        resolve(shown ? { ...shown, pending: false } : this.#upstream.asSent(message));
      };
      this.#upstream.send([command], { taken, refused });
    });
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
