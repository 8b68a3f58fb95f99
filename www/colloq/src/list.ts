/**
 * The list of the user's sessions, kept current by asking again and by what this client itself has open.
 *
 * It never shows a session of this client older than its own view of it.
 */
import { call } from "./listeners.js";
import type { Page, SessionSummary, SessionView } from "./types.js";

const POLL_MS = 5_000;
const SOON_MS = 300;
const PREVIEW_UNITS = 120;

/** What a list needs of its client. */
export interface ListHost {
  fetchPage(limit: number): Promise<Page<SessionSummary>>;
  /** The sessions that are open here; `mine` when this client created them. */
  open(): Iterable<{ view: SessionView | undefined; mine: boolean }>;
}

/** One watched list. */
export class SessionList {
  readonly #host: ListHost;
  readonly #limit: number;
  readonly #tell: (list: readonly SessionSummary[]) => void;
  #fetched: readonly SessionSummary[] = [];
  #told: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(host: ListHost, limit: number, tell: (list: readonly SessionSummary[]) => void) {
    this.#host = host;
    this.#limit = limit;
    this.#tell = tell;
    this.#askIn(0);
  }

  /** Something changed here or there: show it, and ask again soon. */
  handleChange(): void {
    this.#show();
    this.#askIn(SOON_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #askIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    try {
      this.#fetched = (await this.#host.fetchPage(this.#limit)).items;
    } catch {
      // The host cannot be asked now: what is known stays.
    }
    if (this.#closed) return;
    this.#show();
    this.#askIn(POLL_MS);
  }

  #show(): void {
    const byId = new Map(this.#fetched.map((summary) => [summary.id, summary]));
    for (const { view, mine } of this.#host.open()) {
      if (view && (mine || byId.has(view.id))) byId.set(view.id, summarize(view));
    }
    const list = [...byId.values()].sort((a, b) => Date.parse(b.lastActivity) - Date.parse(a.lastActivity)).slice(0, this.#limit);
    const told = JSON.stringify(list);
    if (told === this.#told || this.#closed) return;
    this.#told = told;
    call(() => this.#tell(list));
  }
}

/** The line that a session makes in a list. */
export function summarize(view: SessionView): SessionSummary {
  const last = view.messages.at(-1);
  const said = [...view.messages].reverse().find((message) => message.content !== "");
  return {
    id: view.id,
    ...(view.title !== undefined && { title: view.title }),
    ...(said && { preview: said.content.slice(0, PREVIEW_UNITS) }),
    lastActivity: last && last.timestamp > view.lastActivity ? last.timestamp : view.lastActivity,
    messageCount: view.messages.length,
    isActive: view.isActive,
  };
}
