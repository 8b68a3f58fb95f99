/**
 * Which sessions are whose.
 */
export class Users {
  readonly #sessions = new Map<string, Set<string>>();

  /** How many users there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The ids of a user's sessions, in the order in which they came. */
  of(userId: string): Iterable<string> {
    return this.#sessions.get(userId) ?? [];
  }

  add(userId: string, id: string): void {
    const sessions = this.#sessions.get(userId);
    if (sessions) sessions.add(id);
    else this.#sessions.set(userId, new Set([id]));
  }

  remove(userId: string, id: string): void {
    const sessions = this.#sessions.get(userId);
    if (sessions?.delete(id) && sessions.size === 0) this.#sessions.delete(userId);
  }

  move(from: string, to: string, id: string): void {
    this.remove(from, id);
    this.add(to, id);
  }
}
