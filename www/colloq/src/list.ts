/**
 * The list of the user's sessions: told by the host where the link can, asked for again and again where it cannot.
 *
 * It never shows a session of this client older than its own view of it.
 */
import type { HostFrame } from "./frames.js";
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
  /** What was known when the page was here last. */
  kept(): Promise<SessionSummary[]>;
}

/** One watched list. */
export class SessionList {
  /** So many lines at most. */
  readonly limit: number;
  readonly #host: ListHost;
  readonly #tell: (list: readonly SessionSummary[]) => void;
  #known = new Map<string, SessionSummary>();
  /** Whether the host tells changes by itself on the present link. */
  #told = false;
  #shown: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(host: ListHost, limit: number, tell: (list: readonly SessionSummary[]) => void) {
    this.#host = host;
    this.limit = limit;
    this.#tell = tell;
    void host.kept().then((summaries) => this.#remember(summaries));
    this.#askIn(0);
  }

  /** A new link: the host is asked again, and says first what there is. */
  handleWelcome(): void {
    this.#told = false;
    this.#askIn(SOON_MS);
  }

  /** The host tells what there is, or what changed. */
  handleFrame({ upsert = [], remove = [] }: HostFrame): void {
    if (!this.#told) this.#known = new Map();
    this.#told = true;
    clearTimeout(this.#timer);
    for (const id of remove) this.#known.delete(id);
    for (const summary of upsert as SessionSummary[]) this.#known.set(summary.id, summary);
    this.#show();
  }

  /** Something changed here: show it, and ask again soon. */
  handleChange(): void {
    this.#show();
    this.#askIn(SOON_MS);
  }

  /** Tells nothing more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #askIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed && !this.#told) this.#timer = setTimeout(() => void this.#ask(), ms);
  }

  /** What the host says is newer than what was kept. */
  #remember(summaries: readonly SessionSummary[]): void {
    if (this.#known.size > 0 || summaries.length === 0) return;
    this.#known = new Map(summaries.map((summary) => [summary.id, summary]));
    this.#show();
  }

  async #ask(): Promise<void> {
    try {
      const { items } = await this.#host.fetchPage(this.limit);
      if (!this.#told) this.#known = new Map(items.map((summary) => [summary.id, summary]));
    } catch {
      // The host cannot be asked now: what is known stays.
    }
    if (this.#closed) return;
    this.#show();
    this.#askIn(POLL_MS);
  }

  #show(): void {
    const byId = new Map(this.#known);
    for (const { view, mine } of this.#host.open()) {
      if (view && (mine || byId.has(view.id))) byId.set(view.id, summarize(view));
    }
    const list = [...byId.values()].sort((a, b) => Date.parse(b.lastActivity) - Date.parse(a.lastActivity)).slice(0, this.limit);
    const shown = JSON.stringify(list);
    if (shown === this.#shown || this.#closed) return;
    this.#shown = shown;
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
