/**
 * Writes sessions as JSON, and reads them again in another process or a later version.
 *
 * What is read comes from outside: the core checks all of it, and whatever is wrong is named by its field.
 */
import { ColloqError } from "../error.js";
import { seal } from "./module.js";
import { SavedError, type SavedSessions } from "./saved.js";
import type { Held } from "./store.js";
import { isObject } from "./updates.js";

/** The layout of what is written here; a session's own schema is the core's. */
const FORMAT = 1;

/** Everything in memory, the least recently used first. */
export function writeSessions(held: Held): SavedSessions {
  const ids = [...held.ids()].sort((one, other) => held.activeAt(one) - held.activeAt(other));
  const sessions = ids.flatMap((id) => {
    const text = held.directory.save(id);
    if (text === undefined) return [];
    const { chain, state } = JSON.parse(text) as { chain: string; state: Record<string, unknown> };
    const { digest: _, ...fields } = state;
    return [{ chain, activeAt: held.activeAt(id), ...fields }];
  });
  return { format: FORMAT, sessions };
}

/** Takes all of them in. */
export function readSessions(held: Held, json: unknown): void {
  if (!isObject(json)) throw new SavedError("an object is expected", "");
  if (json["format"] !== FORMAT) throw new SavedError(`the format ${String(json["format"])} is not known`, "/format");
  if (!Array.isArray(json["sessions"])) throw new SavedError("a list is expected", "/sessions");
  json["sessions"].forEach((session: unknown, at) => readSession(held, session, `/sessions/${at}`));
}

function readSession(held: Held, session: unknown, path: string): void {
  if (!isObject(session)) throw new SavedError("an object is expected", path);
  const { chain, activeAt, messages, ...fields } = session;
  if (typeof activeAt !== "number" || !Number.isSafeInteger(activeAt) || activeAt < 0) {
    throw new SavedError("a time in milliseconds is expected", `${path}/activeAt`);
  }
  if (messages === undefined) throw new SavedError("the field is missing", `${path}/messages`);
  inField(path, () => {
    // The core reads messages last.
    const state = seal(JSON.stringify({ ...fields, messages }));
    held.directory.load(`{"chain":${JSON.stringify(chain) ?? "null"},"state":${state}}`, activeAt);
  });
  held.adopted(fields["id"] as string, activeAt);
}

/** The core says what is wrong and in which field of a state. */
export function inField(path: string, fn: () => void): void {
  try {
    fn();
  } catch (thrown) {
    const { message } = ColloqError.from(thrown);
    const found = /^(.*), in (\/\S*)$/s.exec(message);
    throw new SavedError(found?.[1] ?? message, path + (found?.[2] ?? "").replace(/^\/state(?=\/|$)/, ""));
  }
}
