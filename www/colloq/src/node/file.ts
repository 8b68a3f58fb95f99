/**
 * The layout of a file of sessions, and how one takes another's place.
 *
 * It is read whole or not at all: every line is checked by the core, and the last one says how many there are.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { SavedError } from "./saved.js";
import { inField, readSessions } from "./saving.js";
import type { Held } from "./store.js";

/** The layout that is written here. */
const FORMAT = 1;
const HEADER = `{"colloq":"sessions","format":${FORMAT}}\n`;
/** So many sessions are written at a time. */
const TOGETHER = 64;

/** The text of everything in memory, piece by piece. */
export function* written(held: Held): Generator<string> {
  const ids = [...held.ids()];
  let count = 0;
  yield HEADER;
  for (let at = 0; at < ids.length; at += TOGETHER) {
    let piece = "";
    for (const id of ids.slice(at, at + TOGETHER)) {
      const kept = held.directory.save(id);
      if (kept === undefined) continue;
      count += 1;
      piece += `{"activeAt":${held.activeAt(id)},${kept.slice(1)}\n`;
    }
    yield piece;
  }
  yield `{"sessions":${count}}\n`;
}

/** Takes in what a file holds. Throws a `SavedError` that names the line and the field. */
export function readFile(held: Held, path: string): void {
  const text = readFileSync(path, "utf8");
  const begin = text.indexOf("\n") + 1;
  const first = fieldsOf(begin > 2 ? text.slice(0, begin) : text, "/1");
  // What `JSON.stringify(manager)` gives may be put in the place of a file.
  if ("sessions" in first) return readSessions(held, first);
  if (first["colloq"] !== "sessions") throw new SavedError("this is no file of sessions", "/1");
  if (first["format"] !== FORMAT) throw new SavedError(`the format ${String(first["format"])} is not known`, "/1/format");
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new SavedError("the file breaks off", `/${lines.length + 1}`);
  const last = fieldsOf(lines.pop()!, `/${lines.length + 1}`);
  if (last["sessions"] !== lines.length - 1) throw new SavedError("the file breaks off, or has lost lines", `/${lines.length + 1}`);
  lines.slice(1).forEach((line, at) => readLine(held, line, `/${at + 2}`));
}

function readLine(held: Held, line: string, path: string): void {
  const { activeAt, state } = fieldsOf(line, path) as { activeAt: unknown; state?: { id?: string } };
  if (typeof activeAt !== "number" || !Number.isSafeInteger(activeAt)) throw new SavedError("a time is expected", `${path}/activeAt`);
  inField(path, () => held.directory.load(line, activeAt));
  held.adopted(state!.id!, activeAt);
}

function fieldsOf(line: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new SavedError("the line is not a JSON object", path);
}

/** Puts a whole file in the place of another, which stays as the backup. */
export function replace(fresh: string, path: string, backup: string): void {
  if (existsSync(path)) {
    rmSync(`${backup}.new`, { force: true });
    linkSync(path, `${backup}.new`);
    renameSync(`${backup}.new`, backup);
  }
  renameSync(fresh, path);
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Writes everything at once, and waits for the disk. */
export function writeAll(held: Held, path: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    for (const piece of written(held)) {
      const bytes = Buffer.from(piece);
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
