/**
 * Patching views: what did not change keeps its reference, and nothing changes in place.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, SessionView } from "colloq";
import { messageOf, patchView } from "#internal/view";

const head = { id: "s", title: "one" } as unknown as Omit<SessionView, "messages">;
const message = (id: string, content = "") => ({ id, content }) as Message;

function viewOf(...ids: string[]): SessionView {
  return patchView(undefined, { head, messages: { start: 0, remove: 0, items: ids.map((id) => message(id)) } });
}

test("an append keeps every other message's reference", () => {
  const before = viewOf("a", "b");
  const after = patchView(before, { messages: { start: 2, remove: 0, items: [message("c")] } });
  assert.deepEqual(
    after.messages.map(({ id }) => id),
    ["a", "b", "c"],
  );
  assert.equal(after.messages[0], before.messages[0]);
  assert.equal(after.messages[1], before.messages[1]);
  assert.equal(before.messages.length, 2);
  assert.notEqual(after, before);
});

test("a change in the middle and a trim at the front", () => {
  const before = viewOf("a", "b", "c");
  const changed = patchView(before, { messages: { start: 1, remove: 1, items: [message("b", "new")] } });
  assert.equal(messageOf(changed, "b")?.content, "new");
  assert.equal(changed.messages[2], before.messages[2]);
  const trimmed = patchView(changed, { messages: { start: 0, remove: 2, items: [] } });
  assert.deepEqual(
    trimmed.messages.map(({ id }) => id),
    ["c"],
  );
});

test("fields change and go by themselves", () => {
  const before = viewOf("a");
  const context = { recentIssues: [] } as unknown as SessionView["context"];
  const renamed = patchView(before, { head: { title: "two", context } });
  assert.deepEqual([renamed.id, renamed.title], ["s", "two"]);
  assert.equal(renamed.messages, before.messages);
  const untitled = patchView(renamed, { gone: ["title"] });
  assert.equal("title" in untitled, false);
  assert.equal(untitled.context, context);
});

test("views are frozen", () => {
  const view = viewOf("a");
  assert.throws(() => (view.messages as Message[]).push(message("b")), TypeError);
  assert.throws(() => ((view as { title: string }).title = "x"), TypeError);
});
