/**
 * What a holder of a session sees of its past: the live messages from where it began to look, and before them the pages that it asked for.
 *
 * It never shows a message that no host has shown it, and keeps none that the host says is gone.
 */
import type { Message, Page, SessionView } from "./types.js";

const PAGE = 50;
const PAGE_MAX = 200;

/** Where a history takes its messages from. */
export interface HistorySource {
  /** The live session. */
  readonly view: SessionView | undefined;
  /** Messages before one, newest first, as the host has them. */
  fetchPage(before: string, limit: number): Promise<Page<Omit<Message, "pending">>>;
}

/** One holder's window on a session. */
export class History {
  readonly #source: HistorySource;
  readonly #tail: number;
  readonly #listeners = new Set<() => void>();
  #base: SessionView | undefined;
  #view: SessionView | undefined;
  /** How many live messages stand before the first one that is shown. */
  #hidden = 0;
  #earlier: readonly Message[] = [];
  /** From where the host goes on; null where it has no more, undefined before it was asked. */
  #cursor: string | null | undefined;
  #loading: Promise<boolean> | undefined;

  constructor(source: HistorySource, tail: number = Number.POSITIVE_INFINITY) {
    this.#source = source;
    this.#tail = Math.max(0, tail);
  }

  /** The session with the messages that this holder looks at; the same object as long as nothing changed. */
  get view(): SessionView | undefined {
    const { view: base } = this.#source;
    if (base !== this.#base) {
      this.#follow(base);
      this.#show();
    }
    return this.#view;
  }

  /** Calls `fn` when more was loaded. */
  subscribe(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  /** Shows up to `n` messages more; says whether there were any. Calls at the same time share one answer. */
  load(n: number = PAGE): Promise<boolean> {
    this.#loading ??= this.#load(Math.max(1, n)).finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(n: number): Promise<boolean> {
    if (this.view === undefined) return false;
    if (this.#hidden > 0) {
      this.#hidden = Math.max(0, this.#hidden - n);
      this.#changed();
      return true;
    }
    const first = this.#view?.messages[0]?.id;
    if (!this.#view?.hasEarlier || first === undefined) return false;
    const page = await this.#source.fetchPage(this.#cursor ?? first, Math.min(n, PAGE_MAX));
    this.#earlier = Object.freeze([...oldestFirst(page.items), ...this.#earlier]);
    this.#cursor = page.nextCursor;
    this.#changed();
    return page.items.length > 0;
  }

  /** Takes the live session as it is now; what was the first message stays the first. */
  #follow(base: SessionView | undefined): void {
    const before = this.#base;
    this.#base = base;
    if (!base || this.#tail === Number.POSITIVE_INFINITY) this.#hidden = 0;
    else if (before) this.#hidden = this.#anchored(before, base);
    else this.#hidden = Math.max(0, base.messages.length - this.#tail);
    if (before && base && this.#earlier.length > 0) this.#keepDeparted(before.messages, base.messages);
  }

  #anchored(before: SessionView, base: SessionView): number {
    const anchor = before.messages[this.#hidden]?.id;
    if (anchor === undefined) return 0;
    const at = base.messages.findIndex(({ id }) => id === anchor);
    return at >= 0 ? at : Math.max(0, base.messages.length - this.#tail);
  }

  /** Messages left the live session at its front, which a reader of earlier ones still looks at: they stay until the host has said more. */
  #keepDeparted(before: readonly Message[], now: readonly Message[]): void {
    const first = now[0]?.id;
    const count = before.findIndex(({ id }) => id === first);
    if (first === undefined || count <= 0) return;
    const kept = this.#earlier;
    this.#earlier = Object.freeze([...kept, ...before.slice(0, count)]);
    const replace = (items: readonly Message[]) => {
      const gone = new Set(before.slice(0, count).map(({ id }) => id));
      this.#earlier = Object.freeze([...this.#earlier.filter(({ id }) => !gone.has(id)), ...items.filter(({ id }) => gone.has(id))]);
      this.#changed();
    };
    this.#source.fetchPage(first, Math.min(count, PAGE_MAX)).then(
      ({ items }) => replace(oldestFirst(items)),
      () => {}, // Nobody can be asked now: what is known stays.
    );
  }

  #changed(): void {
    this.#show();
    for (const fn of [...this.#listeners]) fn();
  }

  #show(): void {
    const base = this.#base;
    const asked = this.#cursor !== undefined;
    if (!base || (this.#hidden === 0 && !asked)) {
      this.#view = base;
      return;
    }
    const messages = Object.freeze([...this.#earlier, ...base.messages.slice(this.#hidden)]);
    const hasEarlier = this.#hidden > 0 || (asked ? this.#cursor !== null : base.hasEarlier);
    this.#view = Object.freeze({ ...base, messages, hasEarlier });
  }
}

function oldestFirst(items: readonly Omit<Message, "pending">[]): Message[] {
  return items.map((item) => Object.freeze({ ...item, pending: false })).reverse();
}
