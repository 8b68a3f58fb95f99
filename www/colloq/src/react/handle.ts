/**
 * A session and a list as external stores for React: opened when a component is there to stay, closed when it goes.
 *
 * Nothing is opened while React renders, which it may do for nothing; so a server opens nothing at all.
 */
import type { Client } from "../client.js";
import { ColloqError } from "../error.js";
import type { Session } from "../session.js";
import type { SessionSummary, SessionView } from "../types.js";

/** What `useSession` gives. */
export interface Opened<D> {
  /** The state now; the initial one until it is known. */
  readonly view: SessionView<D> | undefined;
  /** The session, once it is open; null while rendering on a server. */
  readonly session: Session<D> | null;
  /** Why it cannot be had. */
  readonly error?: ColloqError;
}

/** No session. */
export const NOTHING: Opened<never> = Object.freeze({ view: undefined, session: null });

/** One session for one component. */
export class SessionHandle<D> {
  readonly #client: Client;
  readonly #id: string;
  readonly #initial: SessionView<D> | undefined;
  readonly #first: Opened<D>;
  #session: Session<D> | null = null;
  #refused: ColloqError | undefined;
  #opened: Opened<D>;

  constructor(client: Client, id: string, initial: SessionView<D> | undefined) {
    this.#client = client;
    this.#id = id;
    this.#initial = initial;
    this.#first = Object.freeze({ view: initial, session: null });
    this.#opened = this.#first;
  }

  /** Opens the session and tells of its changes. */
  readonly subscribe = (fn: () => void): (() => void) => {
    let session: Session<D>;
    try {
      session = this.#client.session<D>(this.#id, { initial: this.#initial });
    } catch (thrown) {
      this.#refused = ColloqError.from(thrown);
      return () => {};
    }
    this.#refused = undefined;
    this.#session = session;
    const unsubscribe = session.subscribe(fn);
    return () => {
      unsubscribe();
      session.release();
    };
  };

  /** What there is now; the same object as long as nothing changed. */
  readonly snapshot = (): Opened<D> => {
    const session = this.#session;
    const view = session?.view ?? this.#initial;
    const error = this.#refused ?? (session?.error?.code === "closed" ? undefined : session?.error);
    const { view: known, session: same, error: said } = this.#opened;
    if (view !== known || session !== same || error !== said) this.#opened = Object.freeze({ view, session, ...(error && { error }) });
    return this.#opened;
  };

  /** What a server renders, and a page before it took over. */
  readonly serverSnapshot = (): Opened<D> => this.#first;
}

/** What `useSessions` gives. */
export interface Listed {
  readonly items: readonly SessionSummary[];
  /** Until the list is known. */
  readonly loading: boolean;
}

const UNKNOWN: Listed = Object.freeze({ items: Object.freeze([]), loading: true });

/** The list of sessions for one component. */
export class ListHandle {
  readonly #client: Client;
  readonly #limit: number;
  #listed: Listed;

  constructor(client: Client, limit: number, before: Listed = UNKNOWN) {
    this.#client = client;
    this.#limit = limit;
    this.#listed = before;
  }

  /** Watches the list. */
  readonly subscribe = (fn: () => void): (() => void) => {
    const take = (items: readonly SessionSummary[]) => {
      this.#listed = Object.freeze({ items, loading: false });
      fn();
    };
    return this.#client.watchSessions(take, { limit: this.#limit });
  };

  /** The list as it is known. */
  readonly snapshot = (): Listed => this.#listed;

  /** What a server renders. */
  readonly serverSnapshot = (): Listed => UNKNOWN;
}
