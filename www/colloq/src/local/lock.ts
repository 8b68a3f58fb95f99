/**
 * A file that says which process has another file. A lock whose process is gone is nobody's.
 *
 * It must never be in two hands: it comes into being with its content, and a dead one is moved aside before another is made.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ColloqError } from "../error.js";

/** The locks of this process. */
const held = new Set<string>();

/** Says that this process has the file. Throws where another one has. */
export function lock(path: string): void {
  const own = resolve(path);
  for (let tries = 0; !held.has(own) && tries < 8; tries++) {
    if (take(path)) return void held.add(own);
    const found = readOr(path);
    if (found === undefined) continue;
    if (isAlive(ownerOf(found))) break;
    clear(path, found);
  }
  throw new ColloqError("internal", `${path}: another process has the file`);
}

export function unlock(path: string): void {
  held.delete(resolve(path));
  rmSync(path, { force: true });
}

/** Makes the lock, unless there is one. */
function take(path: string): boolean {
  const made = `${path}.${process.pid}`;
  writeFileSync(made, `${process.pid} ${startOf(process.pid)}`, { mode: 0o600 });
  try {
    linkSync(made, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(made, { force: true });
  }
}

/** Takes a dead lock away. One that somebody else made meanwhile is put back. */
function clear(path: string, dead: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, "utf8") !== dead) linkSync(aside, path);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function ownerOf(text: string): { pid: number; start: string } | undefined {
  const [pid, start = ""] = text.split(" ");
  return Number(pid) > 0 ? { pid: Number(pid), start } : undefined;
}

/** In a container a process that is started again has the number that the one before had: when it began tells them apart. */
function isAlive(owner: { pid: number; start: string } | undefined): boolean {
  if (owner === undefined || owner.pid === process.pid || owner.start !== startOf(owner.pid)) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process began, in what the system counts in; empty where it does not say. */
function startOf(pid: number): string {
  try {
    // The name before may hold spaces, and ends with the last bracket.
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
