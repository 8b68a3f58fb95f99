/**
 * A file of JSON Lines that only grows, and is now and then written anew by what is still to be known.
 *
 * A line that broke off at its end was never acknowledged and is dropped; any other damage is an error, and the file is left as it is.
 * One process has the file: a second one is refused.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { ColloqError } from "../error.js";
import { lock, unlock } from "./lock.js";

/** A file that has grown by more than this, and to more than twice of what it was, is written anew. */
const GROWTH_BYTES = 8 << 20;

/** One line: entries that were taken, an activity, or a session that is no more. Entries are kept as the texts that they are. */
export type Line =
  | {
      kind: "entries";
      session: string;
      from: [version: number, chain: string];
      user: string;
      summary: string;
      activeMs: number;
      unanswered?: [message: string, atMs: number];
      snapshot?: [version: number, chain: string, text: string];
      entries: [version: number, chain: string, text: string][];
    }
  | { kind: "touched"; session: string; activeMs: number }
  | { kind: "erased"; session: string; until: number };

/** What the first line says. */
const HEADER = '{"colloq":1}\n';

/** See the file's documentation. */
export class LogFile {
  readonly #path: string;
  #fd: number | undefined;
  #bytes = 0;
  #rewritten = 0;

  constructor(path: string) {
    this.#path = path;
    lock(`${path}.lock`);
  }

  /** Whether it is time to write it anew. */
  get isLong(): boolean {
    return this.#bytes > GROWTH_BYTES + 2 * this.#rewritten;
  }

  /** What was written before. */
  read(): Line[] {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
    const lines = text.split("\n");
    lines.pop();
    if (lines.length > 0 && `${lines[0]}\n` !== HEADER) throw this.#damaged(1);
    return lines.slice(1).map((line, nth) => {
      try {
        return JSON.parse(line) as Line;
      } catch {
        throw this.#damaged(nth + 2);
      }
    });
  }

  /** Writes a line; it is with the system when this returns, and so outlives this process. */
  write(line: Line): void {
    const text = `${JSON.stringify(line)}\n`;
    this.#bytes += Buffer.byteLength(text);
    put(this.#fd!, text);
  }

  /** Writes the file anew, and puts it in the place of the old one when all of it is on disk. */
  rewrite(lines: Iterable<Line>): void {
    const path = `${this.#path}.new`;
    const fd = openSync(path, "w", 0o600);
    let bytes = put(fd, HEADER);
    for (const line of lines) bytes += put(fd, `${JSON.stringify(line)}\n`);
    fsyncSync(fd);
    renameSync(path, this.#path);
    const folder = openSync(dirname(this.#path), "r");
    fsyncSync(folder);
    closeSync(folder);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = fd;
    this.#bytes = bytes;
    this.#rewritten = bytes;
  }

  close(): void {
    if (this.#fd === undefined) return;
    fdatasyncSync(this.#fd);
    closeSync(this.#fd);
    this.#fd = undefined;
    unlock(`${this.#path}.lock`);
  }

  #damaged(line: number): ColloqError {
    return new ColloqError("internal", `${this.#path} is damaged in line ${line}; nothing in it was changed`);
  }
}

function put(fd: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  return bytes.length;
}
