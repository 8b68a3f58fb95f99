/**
 * The versions of the peers that were measured, as they are installed.
 */
import { readFileSync } from "node:fs";

/** `{name: version}`. */
export function versionsOf(...names) {
  const read = (name) => JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}
