/**
 * An express-session session as `data` of a session of the core, and the patch from one to another.
 *
 * What is kept is what `JSON.parse(JSON.stringify(session))` gives. A merge patch takes null for "remove", so a null that is a value is
 * kept as `[null]`, and a list that looks like one in one list more.
 */

/** JSON with any keys. */
export type Json = Record<string, unknown>;

/** What is kept of a session; objects are new, lists are shared. */
export function encode(value: unknown): unknown {
  if (value === null) return [null];
  if (Array.isArray(value)) return isMark(value) ? [value] : value;
  return typeof value === "object" ? mapped(value as Json, encode) : value;
}

/** What was kept. */
export function decode(value: unknown): unknown {
  if (Array.isArray(value)) return isMark(value) ? (value as unknown[])[0] : value;
  return typeof value === "object" && value !== null ? mapped(value as Json, decode) : value;
}

/** The merge patch (RFC 7396) for what is kept, out of what it was and is outside; undefined where nothing changed. */
export function patchOf(before: Json, after: Json): Json | undefined {
  const changes: [string, unknown][] = [];
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) changes.push([key, null]);
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (isObject(old) && isObject(value)) {
      const inner = patchOf(old, value);
      if (inner) changes.push([key, inner]);
    } else if (!isSame(old, value)) {
      changes.push([key, encode(value)]);
    }
  }
  return changes.length > 0 ? Object.fromEntries(changes) : undefined;
}

/** `fromEntries` makes a key like `__proto__` a key like any other. */
function mapped(value: Json, fn: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fn(inner)]));
}

/** `[null]`, `[[null]]` and so on. */
function isMark(list: unknown): boolean {
  for (let inner = list; Array.isArray(inner) && inner.length === 1; inner = (inner as unknown[])[0]) {
    if ((inner as unknown[])[0] === null) return true;
  }
  return false;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two values out of JSON are the same. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((item, at) => isSame(item, other[at]));
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]));
}
