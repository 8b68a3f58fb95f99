/**
 * Holds the standard sessions and prints how much memory the process takes: `none`, `colloq` or `map`.
 */
import { SessionManager } from "../../../www/colloq/dist/esm/node.js";
import { MapManager } from "./map.mjs";
import { fill } from "./standard.mjs";

const made = { none: () => undefined, colloq: () => new SessionManager(), map: () => new MapManager() }[process.argv[2]];
const manager = made();
const ids = manager ? fill(manager) : [];
for (const id of ids) manager.getSession(id);
// Garbage takes a few rounds to be given back.
for (let round = 0; round < 4; round++) {
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 50));
}
console.log(process.memoryUsage().rss);
globalThis.kept = [manager, ids];
