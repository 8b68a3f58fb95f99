/**
 * The logs of all sessions of this process, with what lists and agents are told of each; and a file behind them, where one is wanted.
 *
 * What was taken is in the file before anybody hears of it. An id that was erased stays taken for thirty days, but for 200,000 at most.
 */
import type { Append, Effects, Entry, Head, Unanswered } from "./effects.js";
import { LogFile, type Line } from "./file.js";
import type { Load } from "./request.js";

const TOMBSTONE_MS = 30 * 24 * 60 * 60 * 1000;
/** Whatever is erased a month, memory has an end: the oldest leave. */
const TOMBSTONES_MAX = 200_000;
/** So many entries below the newest snapshot stay, for links that come back. */
const TAIL = 256;
/** The place before the first entry. */
export const NOWHERE: Head = { version: 0, chain: "0".repeat(64) };

/** Whether the session of a summary goes on. Inside of a text the quotes would not stand alone. */
export function isActive(summary: string): boolean {
  return summary.includes('"isActive":true');
}

/** What is kept of a session. */
interface Log {
  user: string;
  summary: string;
  activeMs: number;
  head: Head;
  snapshot: Entry | undefined;
  /** The place before the first entry that is still here. */
  from: Head;
  entries: Entry[];
  unanswered: Unanswered | undefined;
}

/** A line of a list. */
export interface Listed {
  session: string;
  activeMs: number;
  summary: string;
}

/** See the file's documentation. */
export class Logs {
  /** The one that was written last comes last. */
  readonly #logs = new Map<string, Log>();
  readonly #users = new Map<string, Set<string>>();
  readonly #tombstones = new Map<string, number>();
  readonly #waiting = new Set<string>();
  readonly #file: LogFile | undefined;

  constructor(path: string | undefined, now: number) {
    if (path === undefined) return;
    this.#file = new LogFile(path);
    for (const line of this.#file.read()) this.#take(line);
    for (const [id, until] of this.#tombstones) if (until <= now) this.#tombstones.delete(id);
    this.#compact();
  }

  get size(): number {
    return this.#logs.size;
  }

  /** All sessions, the one that was written least recently first. */
  ids(): IterableIterator<string> {
    return this.#logs.keys();
  }

  /** Whose a session is. */
  userOf(session: string): string | undefined {
    return this.#logs.get(session)?.user;
  }

  has(session: string): boolean {
    return this.#logs.has(session);
  }

  /** The sessions that wait for an answer. */
  waiting(): { session: string; user: string; unanswered: Unanswered }[] {
    return [...this.#waiting].map((session) => {
      const { user, unanswered } = this.#logs.get(session)!;
      return { session, user, unanswered: unanswered! };
    });
  }

  /** Takes entries; false for a session that is no more. */
  append(append: Append, now: number): boolean {
    const { session, expected, entries, user, summary, activeMs, unanswered } = append;
    const until = this.#tombstones.get(session);
    if (until !== undefined && until > now) return false;
    const line: Line = {
      kind: "entries",
      session,
      from: [expected.version, expected.chain],
      user,
      summary,
      activeMs,
      ...(unanswered && { unanswered: [unanswered.message, unanswered.atMs] }),
      entries: entries.map(({ head, text }) => [head.version, head.chain, text]),
    };
    this.#file?.write(line);
    this.#take(line);
    if (this.#file?.isLong) this.#compact();
    return true;
  }

  /** Takes a snapshot and lets go of what is long below it. */
  keep({ session, head, text }: Effects["snapshots"][number], tail = TAIL): void {
    const log = this.#logs.get(session);
    if (!log) return;
    log.snapshot = { head, text };
    const surplus = log.entries.length - tail;
    if (surplus <= 0) return;
    const gone = log.entries.splice(0, surplus);
    log.from = gone.at(-1)!.head;
  }

  /** How many entries of a session are kept. */
  entries(session: string): number {
    return this.#logs.get(session)?.entries.length ?? 0;
  }

  /** Somebody was active. */
  touch({ session, activeMs }: Effects["touches"][number]): void {
    const log = this.#logs.get(session);
    if (!log || log.activeMs >= activeMs) return;
    log.activeMs = activeMs;
    this.#file?.write({ kind: "touched", session, activeMs });
  }

  /** A session is no more; its id stays taken. */
  erase(session: string, now: number): void {
    if (!this.#logs.has(session)) return;
    const line: Line = { kind: "erased", session, until: now + TOMBSTONE_MS };
    this.#file?.write(line);
    this.#take(line);
    // They lapse in the order in which they came.
    for (const [id, until] of this.#tombstones) {
      if (until > now && this.#tombstones.size <= TOMBSTONES_MAX) break;
      this.#tombstones.delete(id);
    }
  }

  /** What a module loads. */
  load(session: string): Load | undefined {
    const log = this.#logs.get(session);
    if (!log) return undefined;
    const after = log.snapshot?.head.version ?? 0;
    const entries = log.entries.filter(({ head }) => head.version > after);
    return { snapshot: log.snapshot, entries, head: log.head, touchedMs: log.activeMs };
  }

  /** The entries after a place; undefined where that is no place in the log. */
  after(session: string, { version, chain }: Head): { from: Head; entries: Entry[] } | undefined {
    const log = this.#logs.get(session);
    const at = log && version - log.from.version;
    if (log === undefined || at === undefined || at < 0 || at > log.entries.length) return undefined;
    const from = at === 0 ? log.from : log.entries[at - 1]!.head;
    return from.chain === chain ? { from, entries: log.entries.slice(at) } : undefined;
  }

  /** A user's sessions, newest first. */
  list(user: string): Listed[] {
    const ids = [...(this.#users.get(user) ?? [])];
    const listed = ids.map((session) => ({ session, ...this.#logs.get(session)! }));
    return listed.sort((one, other) => other.activeMs - one.activeMs || (one.session < other.session ? 1 : -1));
  }

  /** The newest session of a user that goes on. */
  newest(user: string): string | undefined {
    let newest: string | undefined;
    let newestMs = -1;
    for (const session of this.#users.get(user) ?? []) {
      const { activeMs, summary } = this.#logs.get(session)!;
      if (activeMs < newestMs || (activeMs === newestMs && session < newest!) || !isActive(summary)) continue;
      newest = session;
      newestMs = activeMs;
    }
    return newest;
  }

  close(): void {
    this.#file?.close();
  }

  #take(line: Line): void {
    if (line.kind === "erased") {
      this.#remove(line.session);
      this.#tombstones.set(line.session, line.until);
    } else if (line.kind === "touched") {
      const log = this.#logs.get(line.session);
      if (log) log.activeMs = Math.max(log.activeMs, line.activeMs);
    } else {
      this.#append(line);
    }
  }

  #append(line: Line & { kind: "entries" }): void {
    const { session, user } = line;
    const from = { version: line.from[0], chain: line.from[1] };
    const nothing: Pick<Log, "from" | "entries" | "snapshot" | "activeMs"> = { from, entries: [], snapshot: undefined, activeMs: 0 };
    const before = this.#logs.get(session) ?? nothing;
    const entries = line.entries.map(([at, after, entry]) => ({ head: { version: at, chain: after }, text: entry }));
    before.entries.push(...entries);
    const [version, chain, text] = line.snapshot ?? [];
    const snapshot = text === undefined ? before.snapshot : { head: { version: version!, chain: chain! }, text };
    const unanswered = line.unanswered && { message: line.unanswered[0], atMs: line.unanswered[1] };
    const head = entries.at(-1)?.head ?? snapshot?.head ?? from;
    const activeMs = Math.max(line.activeMs, before.activeMs);
    this.#remove(session, user);
    const kept = { from: before.from, entries: before.entries, snapshot, head };
    this.#logs.set(session, { ...kept, user, summary: line.summary, activeMs, unanswered });
    const of = this.#users.get(user);
    if (of) of.add(session);
    else this.#users.set(user, new Set([session]));
    if (unanswered) this.#waiting.add(session);
  }

  #remove(session: string, heir?: string): void {
    const user = this.#logs.get(session)?.user;
    this.#logs.delete(session);
    this.#waiting.delete(session);
    if (user === undefined || user === heir) return;
    const of = this.#users.get(user);
    of?.delete(session);
    if (of?.size === 0) this.#users.delete(user);
  }

  /** The file says no more than what is here. */
  #compact(): void {
    this.#file?.rewrite(this.#lines());
  }

  *#lines(): Generator<Line> {
    for (const [session, until] of this.#tombstones) yield { kind: "erased", session, until };
    for (const [session, { from, user, summary, activeMs, unanswered, snapshot, entries }] of this.#logs) {
      yield {
        kind: "entries",
        session,
        from: [from.version, from.chain],
        user,
        summary,
        activeMs,
        ...(unanswered && { unanswered: [unanswered.message, unanswered.atMs] }),
        ...(snapshot && { snapshot: [snapshot.head.version, snapshot.head.chain, snapshot.text] }),
        entries: entries.map(({ head, text }) => [head.version, head.chain, text]),
      };
    }
  }
}
