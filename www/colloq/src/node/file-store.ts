/**
 * `fileStore(path)`: sessions in one file, which is replaced as a whole.
 *
 * Whoever reads it sees a state that was: never half of one. One process has it at a time.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { lock, unlock } from "../local/lock.js";
import { readFile, replace, writeAll, written } from "./file.js";
import { SavedError } from "./saved.js";
import type { Held, Keeper } from "./store.js";
import type { Store } from "./types.js";

/** What changes is written after so long, with all that changed meanwhile. */
const DELAY_MS = 200;
/** Writing takes at most this share of the time. */
const SHARE = 10;
/** After a failure it is tried again, later each time. */
const RETRY_MS = [200, 1_000, 5_000, 30_000];

/** What `fileStore` takes. */
export interface FileStoreOptions {
  /** What changes is written after so many milliseconds. 200 without it. */
  delayMs?: number;
}

/** Sessions in a file. It is read when the manager is made; a damaged one is kept aside and its backup taken. */
export function fileStore(path: string, options: FileStoreOptions = {}): Store {
  return new FileStore(path, options.delayMs ?? DELAY_MS);
}

class FileStore implements Keeper {
  readonly isShared = false;
  readonly #path: string;
  readonly #delayMs: number;
  #held: Held | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Counts changes, and how many of them are on disk. */
  #changes = 0;
  #kept = 0;
  #writing: Promise<void> | undefined;
  #failures = 0;
  #lastMs = 0;
  #isClosed = false;
  readonly #atExit = () => this.close();

  constructor(path: string, delayMs: number) {
    this.#path = path;
    this.#delayMs = delayMs;
  }

  open(held: Held): void {
    if (this.#held) throw new Error(`${this.#path}: a store serves one manager`);
    lock(`${this.#path}.lock`);
    try {
      this.#read(held);
    } catch (error) {
      unlock(`${this.#path}.lock`);
      throw error;
    }
    this.#held = held;
    process.on("exit", this.#atExit);
  }

  changed(): void {
    this.#changes += 1;
    this.#plan();
  }

  touched(): void {
    this.changed();
  }

  erased(): void {
    this.changed();
  }

  due(): void {}

  async load(id: string): Promise<boolean> {
    return this.#held !== undefined && this.#held.activeAt(id) > 0;
  }

  async flush(): Promise<void> {
    const wanted = this.#changes;
    while (this.#kept < wanted && !this.#isClosed) await this.#write();
  }

  close(): void {
    if (this.#isClosed || !this.#held) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    process.off("exit", this.#atExit);
    try {
      if (this.#kept < this.#changes) {
        writeAll(this.#held, this.#fresh);
        replace(this.#fresh, this.#path, this.#backup);
        this.#kept = this.#changes;
      }
    } finally {
      unlock(`${this.#path}.lock`);
    }
  }

  get #backup(): string {
    return `${this.#path}.backup`;
  }

  get #fresh(): string {
    return `${this.#path}.${this.#isClosed ? "last" : "new"}`;
  }

  /** Reads the file, or its backup where the file cannot be read; what cannot be read is moved aside, never lost. */
  #read(held: Held): void {
    if (!existsSync(this.#path) && !existsSync(this.#backup)) return;
    const why = this.#tryRead(held, this.#path);
    if (why === undefined) return;
    const worse = this.#tryRead(held, this.#backup);
    if (worse !== undefined) throw new Error(`${why}; and its backup: ${worse}. Both are left as they are`, { cause: why });
    const aside = `${this.#path}.damaged-${Date.now()}`;
    const isThere = existsSync(this.#path);
    if (isThere) renameSync(this.#path, aside);
    this.changed();
    const said = `${why}. The sessions were taken from ${this.#backup}; ${isThere ? `the file is kept as ${aside}` : "there was no file"}`;
    queueMicrotask(() => held.failed(new Error(said)));
  }

  /** Why a file was not read, where it was not; nothing of it is taken then. */
  #tryRead(held: Held, path: string): string | undefined {
    try {
      readFile(held, path);
      return undefined;
    } catch (error) {
      for (const id of [...held.ids()]) held.forgot(id);
      if (error instanceof SavedError || (error as NodeJS.ErrnoException).code === "ENOENT") return `${path}: ${(error as Error).message}`;
      throw error;
    }
  }

  #plan(): void {
    if (this.#timer || this.#writing || this.#isClosed || !this.#held) return;
    const retryMs = this.#failures > 0 ? RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1]! : 0;
    const run = () => void this.#write().catch((error: unknown) => this.#held!.failed(error as Error));
    this.#timer = setTimeout(run, Math.max(this.#delayMs, this.#lastMs * SHARE, retryMs)).unref();
  }

  /** Writes all of it; whoever asks meanwhile waits for the one that is on its way. */
  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#replace().finally(() => {
      this.#writing = undefined;
      if (this.#kept < this.#changes) this.#plan();
    });
    return this.#writing;
  }

  async #replace(): Promise<void> {
    const [held, changes, fresh, begun] = [this.#held!, this.#changes, this.#fresh, Date.now()];
    let file: FileHandle | undefined;
    try {
      file = await open(fresh, "w", 0o600);
      for (const piece of written(held)) {
        if (this.#isClosed) return;
        await file.writeFile(piece);
      }
      await file.sync();
      await file.close();
      file = undefined;
      if (this.#isClosed) return;
      // From here on nothing comes between: a process that closes meanwhile has the newer file.
      replace(fresh, this.#path, this.#backup);
      this.#kept = changes;
      this.#failures = 0;
      this.#lastMs = Date.now() - begun;
    } catch (error) {
      this.#failures += 1;
      throw new Error(`${this.#path} could not be written: ${(error as Error).message}`, { cause: error });
    } finally {
      await file?.close().catch(() => {});
      if (this.#isClosed) rmSync(fresh, { force: true });
    }
  }
}
