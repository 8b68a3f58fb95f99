/**
 * The token of a client: asked for once, kept in memory, renewed when the host wants another.
 *
 * A token never goes into an error, a log or a URL.
 */
import type { TokenOption, TokenReason } from "./types.js";

/** Where the link and HTTP take their token from. */
export class TokenSource {
  readonly #option: TokenOption | undefined;
  #current: string | null | undefined;
  #asking: Promise<string | null> | undefined;

  constructor(option: TokenOption | undefined) {
    this.#option = option;
    if (typeof option === "string") this.#current = option;
  }

  /** The token; undefined when the client works without one, null when it is signed out. */
  async current(): Promise<string | null | undefined> {
    if (this.#option === undefined || this.#current !== undefined) return this.#current;
    return this.renew("initial");
  }

  /** Asks for another one; callers at the same time share the answer. `refused` is the token that was not taken. */
  async renew(reason: TokenReason["reason"], refused?: string | null): Promise<string | null> {
    if (refused !== undefined && this.#current !== undefined && this.#current !== refused) return this.#current;
    const option = this.#option;
    if (typeof option !== "function") {
      if (reason === "expiring") return this.#current ?? null;
      this.#current = null;
      return null;
    }
    this.#asking ??= option({ reason })
      .then((token) => (this.#current = token))
      .finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** Forgets the token for good. */
  forget(): void {
    this.#current = null;
  }
}
