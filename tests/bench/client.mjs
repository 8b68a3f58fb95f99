/**
 * What a client costs: rows B2. Prints one JSON document; progress goes to standard error.
 *
 * The peers are the published packages, on the same messages in the same process, in alternating rounds.
 */
import { automerge, loro, yjs } from "./client/documents.mjs";
import { Ours } from "./client/ours.mjs";
import { messages } from "./client/messages.mjs";
import { versionsOf } from "./client/versions.mjs";

const ROUNDS = 5;
const COUNT = 5_000;
/** Automerge takes half a minute a round for what the others do in a fraction of a second. */
const SLOW_ROUNDS = 1;

const said = messages(COUNT);
const ours = await Ours.start();
const results = new Map([ours, yjs, loro, automerge].map((side) => [side.name, { append: [], open: [] }]));

for (let round = 0; round < ROUNDS; round++) {
  for (const side of [ours, yjs, loro, automerge]) {
    if (side === automerge && round >= SLOW_ROUNDS) continue;
    globalThis.gc?.();
    const { append, open } = await side.measure(said);
    results.get(side.name).append.push((append * 1_000) / COUNT);
    results.get(side.name).open.push(open * 1_000);
    process.stderr.write(`round ${round + 1}, ${side.name}: ${((append * 1_000) / COUNT).toFixed(1)} us an append, open ${open.toFixed(1)} ms\n`);
  }
}
await ours.stop();

const median = (list) => [...list].sort((one, other) => one - other)[list.length >> 1];

function row(what, name, bound) {
  const rounds = results.get(ours.name)[name];
  const against = [yjs, loro, automerge].map((side) => ({ name: side.name, value: median(results.get(side.name)[name]) }));
  const best = Math.min(...against.map(({ value }) => value));
  const value = median(rounds);
  const ratio = value / best;
  return { row: `B2-${name}`, what, value, unit: "microseconds", against, ratio, target: bound.text, met: bound.met(value, ratio), rounds };
}

console.log(
  JSON.stringify({
    versions: versionsOf("yjs", "loro-crdt", "@automerge/automerge"),
    rows: [
      row("append 5,000 messages in Node, one command each, and look at them", "append", {
        text: "<= 10 microseconds and ahead of all",
        met: (value, ratio) => value <= 10 && ratio < 1,
      }),
      row("open a saved conversation of 5,000 messages and look at them", "open", {
        text: "ahead of all",
        met: (_, ratio) => ratio < 1,
      }),
    ],
  }),
);
