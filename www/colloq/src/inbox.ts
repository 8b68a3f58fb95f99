/**
 * The messages that wait for an answer, as the host keeps telling them: one a session, the newest.
 *
 * It holds no opinion on who answers; a claim is the host's to give.
 */
import type { HostFrame, Question } from "./frames.js";
import { call } from "./listeners.js";

/** The questions of an app. */
export class Inbox {
  readonly #listeners = new Set<() => void>();
  #questions = new Map<string, Question>();
  /** The next frame is the whole of it. */
  #fresh = true;

  /** What waits, by session. */
  get questions(): ReadonlyMap<string, Question> {
    return this.#questions;
  }

  /** Whether anybody listens. */
  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Calls `fn` when it changed. */
  subscribe(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  /** A new link will say all of it again; until then what is known stays. */
  handleWelcome(): void {
    this.#fresh = true;
  }

  handleFrame({ upsert = [], remove = [] }: HostFrame): void {
    if (this.#fresh) this.#questions = new Map();
    this.#fresh = false;
    for (const session of remove) this.#questions.delete(session);
    for (const question of upsert as Question[]) this.#questions.set(question.session, question);
    for (const fn of [...this.#listeners]) call(fn);
  }
}
