/**
 * `redisStore(client)`: sessions that several processes share.
 *
 * What a process decides is shown in it at once and appended on the very head that it was decided on. Where another process was faster,
 * its entries are taken first and the core decides again; what is refused then is told as `rejected`. Of one session one thing is done at
 * a time, in the order in which it was asked for.
 */
import { ColloqError, quiet } from "../../error.js";
import type { Command } from "../../types.js";
import type { Held, Keeper } from "../store.js";
import type { Store } from "../types.js";
import { type Append, type Head, type History, Log } from "./log.js";
import type { RedisClient } from "./server.js";

/** A snapshot is put after so many entries. */
const SNAPSHOT_EVERY = 256;
/** How long is waited before something is tried again, each time. */
const RETRY_MS = [50, 200, 1_000, 5_000];

/** What `redisStore` takes besides the client. */
export interface RedisStoreOptions {
  /** What the names of all keys begin with. `colloq` without it, as in hosts. */
  prefix?: string;
}

/** Sessions on a Redis server, through a connected client of the package `redis`. The client stays the caller's to close. */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): Store {
  return new RedisStore(new Log(client, options.prefix ?? "colloq"));
}

interface Lane {
  /** What is done last. */
  last: Promise<unknown>;
  /** An append is waiting for its turn, and takes along what is decided until then. */
  isPlanned: boolean;
  /** How many things are not done. */
  left: number;
  /** Commands that are not in the store, by their numbers. */
  commands: Map<number, Command | undefined>;
  /** The version of the newest snapshot. */
  snapshotAt: number;
}

class RedisStore implements Keeper {
  readonly isShared = true;
  readonly #log: Log;
  readonly #lanes = new Map<string, Lane>();
  #held: Held | undefined;
  #claimed: Promise<void> | undefined;
  #isClosed = false;
  /** Those who wait for everything to be done hear of what fails meanwhile. */
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(log: Log) {
    this.#log = log;
  }

  open(held: Held): void {
    if (this.#held) throw new Error("a store serves one manager");
    this.#held = held;
  }

  changed(id: string, number: number, command: Command | undefined): void {
    const lane = this.#lane(id);
    lane.commands.set(number, command);
    if (lane.isPlanned) return;
    lane.isPlanned = true;
    void quiet(this.#turn(id, async () => {
      lane.isPlanned = false;
      await this.#pump(id, lane);
    }));
  }

  touched(id: string): void {
    const { activeMs, deadlineMs } = this.#activity(id);
    void quiet(this.#turn(id, () => this.#log.touch(id, activeMs, deadlineMs)));
  }

  erased(id: string): void {
    const now = this.#held!.now();
    void quiet(this.#turn(id, () => this.#untilDone(() => this.#log.erase(id, now))));
  }

  /** Whether it is really past its time is known once the activity of others is. */
  due(id: string): void {
    void quiet(this.#turn(id, async () => {
      const held = this.#held!;
      const lane = this.#lane(id);
      if (held.activeAt(id) === 0 || !(await this.#untilDone(() => this.#catchUp(id, lane)))) return;
      if (!held.directory.expire(0, held.now(), id)) return this.#pump(id, lane);
      await this.#log.erase(id, held.now());
      held.forgot(id);
    }));
  }

  load(id: string): Promise<boolean> {
    return this.#turn(id, () => this.#catchUp(id, this.#lane(id)));
  }

  async flush(): Promise<void> {
    const lasts = [...this.#lanes.values()].map(({ last }) => last);
    let stop: ((error: Error) => void) | undefined;
    const failed = new Promise<never>((_, reject) => this.#waiting.add((stop = reject)));
    try {
      await Promise.race([Promise.allSettled(lasts), quiet(failed)]);
    } finally {
      this.#waiting.delete(stop!);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #lane(id: string): Lane {
    const lane = this.#lanes.get(id) ?? { last: Promise.resolve(), isPlanned: false, left: 0, commands: new Map(), snapshotAt: 0 };
    this.#lanes.set(id, lane);
    return lane;
  }

  /** Does something of a session when all before it is done. */
  #turn<T>(id: string, fn: () => Promise<T>): Promise<T> {
    const lane = this.#lane(id);
    lane.left += 1;
    const turn = lane.last.then(async () => {
      await (this.#claimed ??= this.#log.claim().catch((error: unknown) => {
        this.#claimed = undefined;
        throw error;
      }));
      return fn();
    });
    const done = (error?: unknown) => {
      lane.left -= 1;
      if (lane.left === 0 && this.#held!.activeAt(id) === 0) this.#lanes.delete(id);
      if (error !== undefined && !this.#isClosed) this.#fail(error as Error);
    };
    lane.last = turn.then(() => done(), done);
    return turn;
  }

  /** Appends until nothing waits. */
  async #pump(id: string, lane: Lane): Promise<void> {
    const { directory } = this.#held!;
    for (let text = directory.append(id); text !== undefined && !this.#isClosed; text = directory.append(id)) {
      const append = JSON.parse(text) as Append;
      const answer = await this.#untilDone(() => this.#log.append(id, append));
      if (answer === "erased") return this.#lose(id, lane, new ColloqError("sessionNotFound", "The session was deleted elsewhere."));
      if (answer !== "done") {
        this.#resolve(id, lane, answer);
        continue;
      }
      directory.appended(id);
      for (const number of [...lane.commands.keys()].slice(0, append.entries.length)) lane.commands.delete(number);
      this.#held!.refreshed(id, append.activeMs);
      await this.#snapshot(id, lane, append.heads.at(-1)!);
    }
    if (!this.#isClosed) lane.commands.clear();
  }

  /** Others were faster. */
  #resolve(id: string, lane: Lane, history: History): void {
    const { directory } = this.#held!;
    if (history.head[0] === 0) return this.#lose(id, lane, new ColloqError("storeUnavailable", "The store has lost the session."));
    const { continues, state, chain, entries, head } = history;
    const parts = [`"id":"${id}","continues":${continues},"head":${JSON.stringify(head)},"entries":[${entries.join(",")}]`];
    if (state !== undefined) parts.push(`"chain":"${chain}","state":${state}`);
    let refused: { number: number; code: ColloqError["code"]; message: string }[];
    try {
      refused = JSON.parse(directory.conflicted(id, `{${parts.join(",")}}`)) as typeof refused;
    } catch (thrown) {
      return this.#lose(id, lane, ColloqError.from(thrown));
    }
    directory.touchedElsewhere(id, history.activeMs);
    this.#held!.refreshed(id, history.activeMs);
    for (const { number, code, message } of refused) this.#reject(id, lane, number, code, message);
  }

  #reject(id: string, lane: Lane, number: number, code: ColloqError["code"], message: string): void {
    const command = lane.commands.get(number);
    lane.commands.delete(number);
    this.#held!.rejected(id, command, new ColloqError(code, message, command ? { command } : {}));
  }

  /** A session cannot be had any more, and what was decided in it came to nothing. */
  #lose(id: string, lane: Lane, { code, message }: ColloqError): void {
    this.#held!.forgot(id);
    for (const number of [...lane.commands.keys()]) this.#reject(id, lane, number, code, message);
  }

  /** Brings a session up to what the store has; false where it has none. */
  async #catchUp(id: string, lane: Lane): Promise<boolean> {
    const held = this.#held!;
    await this.#pump(id, lane);
    if (held.activeAt(id) === 0) return this.#take(id, lane);
    const found = await this.#log.head(id);
    if (found === "nothing") {
      if (held.activeAt(id) > 0) this.#lose(id, lane, new ColloqError("sessionNotFound", "The session was deleted elsewhere."));
      return false;
    }
    const known = this.#confirmed(id);
    if (known === undefined) return false;
    if (found.head[1] !== known[1]) {
      const after = (await this.#log.after(id, known)) ?? (await this.#log.load(id));
      if (after === "nothing") return false;
      this.#resolve(id, lane, { ...after, activeMs: found.activeMs });
      await this.#pump(id, lane);
    } else {
      held.directory.touchedElsewhere(id, found.activeMs);
      held.refreshed(id, found.activeMs);
    }
    return held.activeAt(id) > 0;
  }

  /** Takes a session in that is not here. */
  async #take(id: string, lane: Lane): Promise<boolean> {
    const held = this.#held!;
    const history = await this.#log.load(id);
    if (history === "nothing") return false;
    // Somebody may have asked for it twice.
    if (held.activeAt(id) > 0) return true;
    const { state, chain, entries, head, activeMs, snapshotAt } = history;
    const snapshot = state === undefined ? "" : `,"chain":"${chain}","state":${state}`;
    try {
      held.directory.load(`{"id":"${id}","head":${JSON.stringify(head)},"entries":[${entries.join(",")}]${snapshot}}`, activeMs);
    } catch (thrown) {
      throw ColloqError.from(thrown);
    }
    lane.snapshotAt = snapshotAt;
    held.adopted(id, activeMs);
    return true;
  }

  async #snapshot(id: string, lane: Lane, head: Head): Promise<void> {
    if (head[0] < lane.snapshotAt + SNAPSHOT_EVERY) return;
    const text = this.#held!.directory.save(id);
    const at = text?.indexOf(',"state":') ?? -1;
    if (text === undefined || at < 0) return;
    lane.snapshotAt = head[0];
    // It makes a load short, and nothing rests on it.
    await this.#log.snapshot(id, head, text.slice(at + 9, -1)).catch((error: unknown) => this.#fail(error as Error));
  }

  #confirmed(id: string): Head | undefined {
    const text = this.#held!.directory.head(id);
    return text === undefined ? undefined : (JSON.parse(text) as Head);
  }

  #activity(id: string): { activeMs: number; deadlineMs: number | undefined } {
    return { activeMs: this.#held!.activeAt(id), deadlineMs: this.#held!.directory.deadline(id) };
  }

  /** Whatever fails is tried again: nothing is decided anew before it is known what became of it. */
  async #untilDone<T>(fn: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await fn();
      } catch (error) {
        this.#fail(error as Error);
        if (this.#isClosed) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]));
      }
    }
  }

  #fail(error: Error): void {
    for (const reject of this.#waiting) reject(error);
    if (!this.#isClosed) this.#held!.failed(error);
  }
}
