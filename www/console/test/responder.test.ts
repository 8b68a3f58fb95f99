/**
 * The assistant's answers: they follow the session's context and preferences, and are the same for the same conversation.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "colloq";
import { PATTERNS } from "../src/assistant/patterns.js";
import { reflect, respond } from "../src/assistant/responder.js";

const plain: Context = { recentIssues: [], userPreferences: { language: "en", responseFormat: "brief" } };
const detailed: Context = { ...plain, userPreferences: { language: "en", responseFormat: "detailed" } };
const busy: Context = {
  ...plain,
  activeProject: { id: "atlas", name: "Atlas", type: "linear" },
  recentIssues: [
    { id: "LIN-7", title: "Login loops", status: "Todo" },
    { id: "LIN-6", title: "Slow list", status: "Done" },
  ],
};

test("turns the persons round", () => {
  assert.equal(reflect("finish my report. Really"), "finish your report");
  assert.equal(reflect("Tell you about me"), "Tell I about you");
});

test("gives back what was said", () => {
  assert.match(respond({ text: "I want to finish my report", context: plain, turn: 0 }), /finish your report/);
  assert.match(respond({ text: "I feel tired of my inbox!", context: plain, turn: 0 }), /tired of your inbox/);
});

test("knows the project and the issues", () => {
  assert.match(respond({ text: "What about the project?", context: busy, turn: 0 }), /Atlas.*Linear/);
  assert.match(respond({ text: "which issues are open?", context: busy, turn: 0 }), /2 issues.*LIN-7/);
  assert.match(respond({ text: "is lin-6 finished", context: busy, turn: 0 }), /Slow list.*Done/);
  assert.match(respond({ text: "any issues?", context: plain, turn: 0 }), /no recent issues/);
  assert.match(respond({ text: "the project", context: plain, turn: 0 }), /No project/);
});

test("detailed answers are longer than brief ones, whatever is said", () => {
  for (const text of ["hello", "it crashes", "why?", "list the issues", "blue", "the project please"]) {
    const short = respond({ text, context: busy, turn: 0 });
    const long = respond({ text, context: { ...busy, userPreferences: detailed.userPreferences }, turn: 0 });
    assert.ok(long.length > short.length, `${text}: ${short} / ${long}`);
  }
});

test("replies take turns and never leave a gap", () => {
  const answers = new Set([0, 2, 4].map((turn) => respond({ text: "blue", context: plain, turn })));
  assert.equal(answers.size, 3);
  for (const turn of [0, 1, 2, 3, 50]) {
    for (const text of ["", "x", "i am", "because", "I can't swim", "hello", "?"]) {
      const said = respond({ text, context: detailed, turn });
      assert.ok(said.length > 0 && !said.includes("$1") && !said.includes("undefined"), said);
    }
  }
});

test("every pattern has something to say", () => {
  for (const { brief, when } of PATTERNS) assert.ok(brief.length > 0 && brief.every((reply) => reply.length > 0), String(when));
});
