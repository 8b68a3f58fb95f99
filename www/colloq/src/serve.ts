/**
 * An agent at work: takes the messages that wait for an answer, so many sessions at once, and has each answered in its turn.
 *
 * It never decides who answers: whoever begins the answer first has claimed the message, and losing that race is no error.
 */
import type { ColloqError } from "./error.js";
import type { Question } from "./frames.js";
import type { Session } from "./session.js";
import type { Message, SessionView } from "./types.js";
import { messageOf } from "./view.js";
import type { MessageWriter } from "./writer.js";

/** One message to answer. */
export interface Turn<D = unknown> {
  /** The session, for as long as the turn lasts. */
  readonly session: Session<D>;
  /** What the user said. */
  readonly message: Message;
  /** Aborted when the answer was stopped, talked over or taken over, and when the client goes. */
  readonly signal: AbortSignal;
  /** Begins the answer, which claims the message; called again it gives the same writer. */
  reply(): MessageWriter;
}

/** What answers, until it is closed. */
export interface Serving {
  /** Takes no more turns, and resolves when those that it has are over. */
  close(): Promise<void>;
}

/** What `client.serve` takes. */
export interface ServeOptions {
  /** A name under which the host is asked for the agent's work. */
  agent?: string;
  /** So many sessions at once at most; 8 without it. */
  concurrency?: number;
  /** Told what a turn threw; without it the console is. */
  onError?: (error: unknown, turn: Turn) => void;
}

/** What an agent needs of its client. */
export interface AgentHost {
  readonly questions: ReadonlyMap<string, Question>;
  /** Calls `fn` when the questions changed. */
  watch(fn: () => void): () => void;
  hold(session: string): Session;
}

/** A message that a turn failed on is tried so often in all. */
const TRIES = 3;
/** And again after this long, doubled each time; one whose claim was lost is looked at again after it, too. */
const AGAIN_MS = 1_000;
/** A session whose message does not come into sight is let go of after this long. */
const SIGHT_MS = 15_000;
const REMEMBERED = 10_000;

/** What became of a message here. */
interface Tried {
  count: number;
  notBefore: number;
}

/** One call of `client.serve`. */
export class Agent {
  readonly #host: AgentHost;
  readonly #answer: (turn: Turn) => Promise<void>;
  readonly #options: ServeOptions;
  readonly #concurrency: number;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #tried = new Map<string, Tried>();
  readonly #gone = new AbortController();
  readonly #unwatch: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(host: AgentHost, answer: (turn: Turn) => Promise<void>, options: ServeOptions) {
    this.#host = host;
    this.#answer = answer;
    this.#options = options;
    this.#concurrency = Math.max(1, options.concurrency ?? 8);
    this.#unwatch = host.watch(() => this.#fill());
    this.#fill();
  }

  /** Takes no more, and waits for the turns that are at work. */
  async close(): Promise<void> {
    this.#stop();
    while (this.#busy.size > 0) await Promise.all(this.#busy.values());
  }

  /** The client goes: the turns are told, and nobody waits for them. */
  abort(reason: ColloqError): void {
    this.#stop();
    this.#gone.abort(reason);
  }

  #stop(): void {
    this.#unwatch();
    clearTimeout(this.#timer);
    this.#stopped = true;
  }

  /** Begins what there is room for. */
  #fill(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const now = Date.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const question of this.#host.questions.values()) {
      if (this.#busy.has(question.session)) continue;
      const notBefore = this.#notBefore(question.message);
      if (notBefore > now) soonest = Math.min(soonest, notBefore);
      else if (this.#busy.size < this.#concurrency) this.#begin(question);
      else return;
    }
    if (soonest !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#fill(), soonest - now);
  }

  #begin(question: Question): void {
    const over = this.#serve(question)
      .catch(() => this.#note(question.message, 0))
      .finally(() => {
        this.#busy.delete(question.session);
        this.#fill();
      });
    this.#busy.set(question.session, over);
  }

  /** Answers what waits in a session, the oldest first, until nothing does. */
  async #serve(question: Question): Promise<void> {
    const session = this.#host.hold(question.session);
    try {
      await this.#inSight(session, question.message);
      for (;;) {
        if (this.#stopped) return;
        const message = await this.#next(session);
        if (!message) break;
        await this.#turn(session, message);
      }
      // Whatever the reason, this one is not to be had now; the inbox says when that changes.
      if (this.#notBefore(question.message) === 0) this.#note(question.message, 0);
    } finally {
      session.release();
    }
  }

  /** The next message to answer; none while somebody else's answer in this session is under way. */
  async #next(session: Session): Promise<Message | undefined> {
    for (;;) {
      const { view } = session;
      const message = view && waiting(view).find(({ id }) => this.#notBefore(id) <= Date.now());
      if (!message || this.#stopped) return undefined;
      if (!view.messages.some(({ status, replyTo }) => status === "streaming" && replyTo !== undefined)) return message;
      if (!(await changed(session, SIGHT_MS))) return undefined;
    }
  }

  async #turn(session: Session, message: Message): Promise<void> {
    const abort = new AbortController();
    const end = () => abort.abort(this.#gone.signal.reason);
    this.#gone.signal.addEventListener("abort", end, { once: true });
    let writer: MessageWriter | undefined;
    const reply = () => {
      writer ??= session.stream({ type: "assistant", replyTo: message.id });
      const { signal } = writer;
      if (signal.aborted) abort.abort(signal.reason);
      else signal.addEventListener("abort", () => abort.abort(signal.reason), { once: true });
      return writer;
    };
    const turn: Turn = { session, message, signal: abort.signal, reply };
    try {
      await this.#answer(turn);
      await writer?.over;
      this.#note(message.id, (await isLost(writer)) ? 0 : hasFailed(session, writer) ? 1 : TRIES);
    } catch (error) {
      if ((await isLost(writer)) || this.#gone.signal.aborted) this.#note(message.id, 0);
      else if (turn.signal.aborted) this.#note(message.id, hasFailed(session, writer) ? 1 : TRIES);
      else await this.#fail(turn, writer, error);
    } finally {
      this.#gone.signal.removeEventListener("abort", end);
    }
  }

  async #fail(turn: Turn, writer: MessageWriter | undefined, error: unknown): Promise<void> {
    this.#note(turn.message.id, 1);
    await writer?.fail({ code: "turnFailed", message: error instanceof Error ? error.message : String(error) }).catch(() => {});
    if (this.#options.onError) this.#options.onError(error, turn);
    else console.error("a turn failed", error);
  }

  /** When a message may be tried; 0 for one that was not tried. */
  #notBefore(message: string): number {
    const tried = this.#tried.get(message);
    return tried === undefined ? 0 : tried.count >= TRIES ? Number.POSITIVE_INFINITY : tried.notBefore;
  }

  #note(message: string, tries: number): void {
    const count = (this.#tried.get(message)?.count ?? 0) + tries;
    this.#tried.delete(message);
    this.#tried.set(message, { count, notBefore: Date.now() + AGAIN_MS * 2 ** count });
    for (const old of this.#tried.keys()) {
      if (this.#tried.size <= REMEMBERED) break;
      this.#tried.delete(old);
    }
  }

  async #inSight(session: Session, message: string): Promise<void> {
    await session.ready;
    const end = Date.now() + SIGHT_MS;
    while (!this.#stopped && !session.view?.messages.some(({ id }) => id === message)) {
      if (!(await changed(session, end - Date.now()))) return;
    }
  }
}

/** The user's messages after the newest one that has an answer; an answer that failed is none. */
function waiting({ messages, isActive }: SessionView): Message[] {
  if (!isActive) return [];
  const answered = new Set(messages.filter(({ status }) => status !== "failed").map(({ replyTo }) => replyTo));
  const open: Message[] = [];
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at]!;
    if (message.type !== "user") continue;
    if (answered.has(message.id)) break;
    if (message.status !== "streaming" && !message.pending) open.unshift(message);
  }
  return open;
}

/** Waits for a change of a session; false when none came in time. */
function changed(session: Session, longestMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (came: boolean) => {
      clearTimeout(timer);
      unsubscribe();
      resolve(came);
    };
    const unsubscribe = session.subscribe(() => done(true));
    const timer = setTimeout(() => done(false), Math.max(0, longestMs));
  });
}

/** Whether somebody else had claimed the message before. */
async function isLost(writer: MessageWriter | undefined): Promise<boolean> {
  if (!writer?.signal.aborted) return false;
  return writer.begun.then(
    () => false,
    (error: ColloqError) => error.code === "alreadyAnswering",
  );
}

function hasFailed(session: Session, writer: MessageWriter | undefined): boolean {
  return writer !== undefined && messageOf(session.view, writer.id)?.status === "failed";
}
