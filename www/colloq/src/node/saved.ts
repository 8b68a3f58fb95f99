/**
 * Sessions as JSON, and what is wrong with JSON that should be some.
 */

/** One session: its state as the core writes it, the place in its log, and when somebody was last active in it. */
export interface SavedSession {
  chain: string;
  activeAt: number;
  [field: string]: unknown;
}

/** All sessions of a manager. */
export interface SavedSessions {
  format: number;
  sessions: SavedSession[];
}

/** What is wrong with something that was saved, and where: a JSON Pointer (RFC 6901). */
export class SavedError extends Error {
  /** Its name, also where names are made short. */
  static override readonly name: string = "SavedError";
  override readonly name = "SavedError";
  readonly path: string;

  /** What is wrong, and where. */
  constructor(what: string, path: string) {
    super(`${what}, in ${path || "/"}`);
    this.path = path;
  }
}
