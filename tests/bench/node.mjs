/**
 * What a session costs in a Node process: rows N2, and N1 in Express. Prints one JSON document; progress goes to standard error.
 *
 * Beside it stands what people write themselves: a Map that copies what it gives (`structuredClone`), so that nobody changes what is kept.
 */
import { spawnSync } from "node:child_process";
import { SessionManager } from "../../www/colloq/dist/esm/node.js";
import { versionsOf } from "./client/versions.mjs";
import { expressRows } from "./express/rows.mjs";
import { MapManager } from "./node/map.mjs";
import { fill, SESSIONS, updates } from "./node/standard.mjs";

const ROUNDS = 7;
const TIMES = 10_000;

const sides = [
  { name: "colloq/node", manager: new SessionManager() },
  { name: "Map with structuredClone", manager: new MapManager() },
];
for (const side of sides) side.ids = fill(side.manager);

const median = (list) => [...list].sort((one, other) => one - other)[list.length >> 1];

/** Microseconds of the processor each time, garbage collection included, of every side in every round: others may use the machine. */
function measure(what, work) {
  const rounds = sides.map(() => []);
  globalThis.gc?.();
  for (let round = -1; round < ROUNDS; round++) {
    for (const [at, side] of sides.entries()) {
      const begun = process.cpuUsage();
      for (let n = 0; n < TIMES; n++) work(side.manager, side.ids[n % SESSIONS], n + round * TIMES);
      const { user, system } = process.cpuUsage(begun);
      const each = (user + system) / TIMES;
      // The first round warms up.
      if (round >= 0) rounds[at].push(each);
    }
  }
  process.stderr.write(`${what}: ${sides.map(({ name }, at) => `${name} ${median(rounds[at]).toFixed(2)} us`).join(", ")}\n`);
  return rounds;
}

function row(id, what, [ours, theirs], bound) {
  const value = median(ours);
  const against = [{ name: sides[1].name, value: median(theirs) }];
  const shown = { row: id, what, value, unit: "microseconds", against, ratio: value / against[0].value, rounds: ours };
  return bound === undefined ? shown : { ...shown, target: `<= ${bound} microseconds`, met: value <= bound };
}

/** Resident memory of a process that holds the standard sessions, and of one that holds none. */
function memory(what) {
  const script = new URL("./node/resident.mjs", import.meta.url);
  const { stdout, status } = spawnSync(process.execPath, ["--expose-gc", script.pathname, what], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${what}: the process ended with ${status}`);
  return Number(stdout);
}

const rows = [];
const gets = measure("get", (manager, id) => manager.getSession(id));
rows.push(row("N2-get", "a get of an unchanged session, 1,000 sessions of 50 messages", gets, 10));
for (const [name, update, bound] of updates) {
  const rounds = measure(name, (manager, id, n) => {
    if (!manager.updateSession(id, update(n))) throw new Error("an update was refused");
  });
  rows.push(row(`N2-${name}`, `an update of its ${name}`, rounds, bound));
}
const message = { type: "user", content: "x".repeat(120) };
const messages = measure("message", (manager, id) => manager.addMessage(id, message));
rows.push(row("N2-message", "another message, and the message as it is kept", messages));

const [empty, ours, theirs] = ["none", "colloq", "map"].map(memory);
const resident = ours - empty;
rows.push({
  row: "N2-memory",
  what: "resident memory of 1,000 standard sessions, all of them looked at, beyond an empty process",
  value: resident,
  unit: "bytes",
  against: [{ name: sides[1].name, value: theirs - empty }],
  ratio: resident / (theirs - empty),
  target: "< 100 MB",
  met: resident < 100e6,
});
const versions = { node: process.version, ...versionsOf("express", "express-session", "connect-redis", "redis") };
console.log(JSON.stringify({ versions, rows: [...rows, ...(await expressRows())] }));
