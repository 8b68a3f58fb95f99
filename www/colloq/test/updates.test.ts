/** Updates come to the same, whether somebody looks between them or not: what is known without a look is what a look would show. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionManager } from "colloq/node";

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const VALUES: unknown[] = [1, "a", "null", null, undefined, true, [1, null], { x: 1 }, { x: null, y: { z: 2 } }, {}, new Date(0), -0, 1e15];

type Step = (manager: SessionManager, id: string) => boolean;

function step(pick: (below: number) => number): Step {
  const data = Object.fromEntries(["a", "b", "c"].filter(() => pick(3) > 0).map((key) => [key, VALUES[pick(VALUES.length)]]));
  const recentIssues = Array.from({ length: pick(4) }, () => ({ id: `LIN-${pick(4)}`, title: "An issue", status: pick(2) ? "open" : "done" }));
  const unique = recentIssues.filter((issue, at) => recentIssues.findIndex(({ id }) => id === issue.id) === at);
  const language = pick(2) ? "en" : "de";
  const steps: Step[] = [
    (manager, id) => manager.updateSession(id, { data }),
    (manager, id) => manager.updateSession(id, { data, title: language }),
    (manager, id) => manager.updateSession(id, { context: { recentIssues: unique } as never }),
    (manager, id) => manager.updateSession(id, { context: { recentIssues: unique, userPreferences: { language } } as never, data }),
    (manager, id) => (manager.submit(id, { kind: "patchData", patch: data as never }), true),
    (manager, id) => (manager.submit(id, { kind: "recordIssue", issue: { id: "LIN-9", title: language, status: "open" } }), true),
    (manager, id) => manager.addMessage(id, { type: "user", content: "x" }) !== null,
    (manager, id) => manager.updateSession(id, { data: { big: 1n } }),
  ];
  return steps[pick(steps.length)]!;
}

test("what updates come to does not depend on looks between them", () => {
  const now = () => 1_700_000_000_000;
  const [looking, blind] = [new SessionManager({ now }), new SessionManager({ now })];
  for (let seed = 1; seed <= 60; seed++) {
    const pick = numbers(seed);
    const ids = [looking, blind].map((manager) => manager.createSession("ada", { data: { a: 1 } }).id) as [string, string];
    for (let n = 0; n < 12; n++) {
      const one = step(pick);
      assert.equal(one(looking, ids[0]), one(blind, ids[1]), `seed ${seed}, step ${n}`);
      looking.getSession(ids[0]);
    }
    const [seen, unseen] = [looking.getSession(ids[0])!, blind.getSession(ids[1])!];
    assert.deepEqual([unseen.data, unseen.context, unseen.title, unseen.version], [seen.data, seen.context, seen.title, seen.version], `seed ${seed}`);
  }
  looking.close();
  blind.close();
});
