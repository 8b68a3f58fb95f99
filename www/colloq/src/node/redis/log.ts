/**
 * The logs of sessions on a Redis server, by the scripts of the Rust store.
 *
 * Entries are kept as the bytes that they were decided as. What was asked and not answered is unknown: whoever asks again asks for the
 * same, to the byte.
 */
import * as scripts from "../../generated/scripts.js";
import { idBytes, Keys } from "./keys.js";
import { type RedisClient, Reply, Script, Server, type Value } from "./server.js";

const APPEND = new Script(scripts.APPEND);
const ENTRIES = new Script(scripts.ENTRIES);
const ERASE = new Script(scripts.ERASE);
const LOAD = new Script(scripts.LOAD);
const SNAPSHOT = new Script(scripts.SNAPSHOT);
const TOUCH = new Script(scripts.TOUCH);

/** The layout of the keys, as the server was told by whoever came first. */
const LAYOUT = "1";
/** A tombstone stays a day longer than an id may create a session. */
const TOMBSTONE_MS = 31 * 24 * 60 * 60 * 1_000;
/** So many of the newest entries stay when a snapshot is put. */
const KEPT = 256;
/** How often an append or a touch is told that it needs other rows before it gives up. */
const ROUNDS_MAX = 16;
const CATCH_UP_BYTES_MAX = 64 << 20;
const CHAIN = 32;

/** A place in a log. */
export type Head = [version: number, chain: string];

/** What is to be appended, as the module gives it. */
export interface Append {
  expected: Head;
  heads: Head[];
  entries: string[];
  user: string;
  summary: string;
  activeMs: number;
  deadlineMs?: number;
  waiting?: string;
  waitingMs?: number;
}

/** Entries behind a place, or a snapshot and what is behind that. */
export interface History {
  continues: boolean;
  state?: string;
  chain?: string;
  entries: string[];
  head: Head;
  /** The version of the snapshot; 0 without one. */
  snapshotAt: number;
  activeMs: number;
}

/** See above. */
export class Log {
  readonly #server: Server;
  readonly #keys: Keys;

  constructor(client: RedisClient, prefix: string) {
    this.#server = new Server(client);
    this.#keys = new Keys(prefix, "default");
  }

  /** Throws where the server's keys have another layout. */
  async claim(): Promise<void> {
    await this.#server.send("SET", this.#keys.layout, LAYOUT, "NX");
    const found = (await this.#server.send("GET", this.#keys.layout)).text();
    if (found !== LAYOUT) throw new Error(`the keys on this Redis have the layout ${found}; this version knows ${LAYOUT}`);
  }

  /** Appends on the very head; otherwise what stands there. */
  async append(id: string, append: Append): Promise<"done" | "erased" | History> {
    const [expected, expectedChain] = append.expected;
    const [version, chain] = append.heads.at(-1)!;
    const cells = append.entries.map((text, at) => Buffer.concat([Buffer.from(append.heads[at]![1], "hex"), Buffer.from(text)]));
    const { user, summary, activeMs, deadlineMs = "", waiting, waitingMs = "" } = append;
    const common = [
      String(expected), Buffer.from(expectedChain, "hex"), String(version), Buffer.from(chain, "hex"), user, summary, String(activeMs),
      String(deadlineMs), waiting ? idBytes(waiting) : "", String(waitingMs),
    ];
    // Whoever creates a session knows that it needs all of its rows.
    let [generation, which] = expected === 0 ? [1, "ldw"] : [0, ""];
    if (generation > 0) await this.#addRows(id, append, generation, which);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const written = [generation > 0 ? String(generation) : "", which, "PUBLISH", "colloq/node"];
      const reply = await this.#server.run(APPEND, this.#keys.of(id), [...common, ...written, ...cells]);
      switch (reply.text()) {
        case "rows":
          [generation, which] = [reply.number() ?? 0, reply.text() ?? ""];
          await this.#addRows(id, append, generation, which);
          break;
        case "erased":
          return "erased";
        case "missed":
          return { activeMs: reply.number() ?? 0, ...behind(reply.list(), expected, expectedChain), continues: true, snapshotAt: 0 };
        case "history":
          return { activeMs: reply.number() ?? 0, ...history(reply.list()) };
        default:
          await this.#settle(id, reply);
          return "done";
      }
    }
    throw new Error("the session changes too fast");
  }

  /** Where a session stands. */
  async head(id: string): Promise<{ head: Head; activeMs: number } | "nothing"> {
    const reply = await this.#server.send("HMGET", this.#keys.of(id)[0], "v", "c", "e", "a");
    const [version, chain, erased, activeMs] = [reply.number(), reply.bytes(), reply.text(), reply.number()];
    if (version === undefined || chain === undefined || erased !== undefined) return "nothing";
    return { head: [version, chain.toString("hex")], activeMs: activeMs ?? 0 };
  }

  /** All of a session. */
  async load(id: string): Promise<History | "nothing"> {
    const reply = await this.#server.run(LOAD, this.#keys.of(id), []);
    if (reply.text() === "nothing") return "nothing";
    return { activeMs: reply.number() ?? 0, ...history(reply.list()) };
  }

  /** What is behind a place; undefined where that is no place of the log. */
  async after(id: string, [version, chain]: Head): Promise<History | undefined> {
    const args = [String(version), Buffer.from(chain, "hex"), String(CATCH_UP_BYTES_MAX)];
    const reply = await this.#server.run(ENTRIES, this.#keys.of(id), args);
    if (reply.text() === "nothing") return undefined;
    return { activeMs: 0, ...behind(reply.list(), version, chain), continues: true, snapshotAt: 0 };
  }

  async touch(id: string, activeMs: number, deadlineMs: number | undefined): Promise<void> {
    let generation: number | undefined;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const args = [String(activeMs), String(deadlineMs ?? ""), String(generation ?? "")];
      const reply = await this.#server.run(TOUCH, this.#keys.of(id), args);
      const word = reply.text();
      if (word === "rows") {
        generation = reply.number() ?? 0;
        await this.#server.send("ZADD", this.#keys.due(id), "LT", String(deadlineMs), this.#keys.dueRow(id, generation));
        continue;
      }
      if (word !== "done") return;
      const [listed, active, user, stale] = [reply.number(), reply.number(), reply.text(), reply.number()];
      if (user !== undefined) await this.#list(id, user, active ?? activeMs, listed ?? 0);
      if (stale !== undefined) await this.#server.send("ZREM", this.#keys.due(id), this.#keys.dueRow(id, stale));
      return;
    }
  }

  /** Leaves a tombstone in the place of a session. */
  async erase(id: string, now: number): Promise<void> {
    const args = [String(now), String(TOMBSTONE_MS), "PUBLISH", "colloq/node"];
    const reply = await this.#server.run(ERASE, this.#keys.of(id), args);
    if (reply.text() === "erased") await this.#remove(id, reply);
  }

  async snapshot(id: string, [version, chain]: Head, state: string): Promise<void> {
    await this.#server.run(SNAPSHOT, this.#keys.of(id), [String(version), Buffer.from(chain, "hex"), state, String(KEPT)]);
  }

  /** Rows that a session is about to need. One too many does no harm. */
  async #addRows(id: string, append: Append, generation: number, which: string): Promise<void> {
    const { user, activeMs, deadlineMs, waitingMs } = append;
    const rows: Promise<unknown>[] = [];
    if (which.includes("l")) rows.push(this.#list(id, user, activeMs, generation));
    if (which.includes("d") && deadlineMs !== undefined) {
      rows.push(this.#server.send("ZADD", this.#keys.due(id), "LT", String(deadlineMs), this.#keys.dueRow(id, generation)));
    }
    if (which.includes("w") && waitingMs !== undefined) {
      rows.push(this.#server.send("ZADD", this.#keys.waiting(id), "0", this.#keys.waitingRow(id, waitingMs, generation)));
    }
    await Promise.all(rows);
  }

  /** Moves a session up its user's list, and takes away rows that nobody needs. Readers mend what fails. */
  async #settle(id: string, reply: Reply): Promise<void> {
    const [generation, activeMs, user] = [reply.number(), reply.number(), reply.text()];
    try {
      if (user !== undefined) await this.#list(id, user, activeMs ?? 0, generation ?? 0);
      await this.#remove(id, reply);
    } catch {
      // The rows are a superset of what is true, as before.
    }
  }

  async #list(id: string, user: string, activeMs: number, generation: number): Promise<unknown> {
    return this.#server.send("ZADD", this.#keys.list(user), "GT", String(activeMs), this.#keys.listRow(id, generation));
  }

  async #remove(id: string, reply: Reply): Promise<void> {
    const [user, listed, due] = [reply.text(), reply.number(), reply.number()];
    const [atMs, waiting] = [reply.number(), reply.number()];
    const rows: [string, Buffer][] = [];
    if (user !== undefined && listed !== undefined) rows.push([this.#keys.list(user), this.#keys.listRow(id, listed)]);
    if (due !== undefined) rows.push([this.#keys.due(id), this.#keys.dueRow(id, due)]);
    if (atMs !== undefined && waiting !== undefined) rows.push([this.#keys.waiting(id), this.#keys.waitingRow(id, atMs, waiting)]);
    await Promise.all(rows.map(([key, row]) => this.#server.send("ZREM", key, row)));
  }
}

/** Cells as entries, and where they lead. */
function behind(cells: Value[], version: number, chain: string): { entries: string[]; head: Head } {
  const bytes = cells.map((cell) => (Buffer.isBuffer(cell) ? cell : Buffer.alloc(0)));
  const last = bytes.at(-1);
  return {
    entries: bytes.map((cell) => cell.subarray(CHAIN).toString()),
    head: [version + cells.length, last ? last.subarray(0, CHAIN).toString("hex") : chain],
  };
}

function history(values: Value[]): Omit<History, "activeMs"> {
  const reply = new Reply(values);
  const [version, chain, state] = [reply.number() ?? 0, reply.bytes()?.toString("hex") ?? "", reply.text()];
  const rest = behind(reply.list(), version, version > 0 ? chain : "0".repeat(2 * CHAIN));
  return { continues: false, ...rest, snapshotAt: version, ...(version > 0 && { state: state!, chain }) };
}
