/**
 * What a session is about: project, issues and preferences, in both tabs, in the answers, and after a reload.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNoComplaints, assertSame, setStage } from "./stage.mjs";

const stage = setStage();

test("the panel's changes are in the other tab, in the answers, and there after a reload", async () => {
  const device = await stage.device();
  const one = await device.open();
  await one.by("new-chat").click();
  const project = one.by("project-name");
  await project.fill("Aurora");
  await project.press("Enter");
  await one.by("project-type").getByText("Linear").click();
  for (const title of ["Login fails on Safari", "Dates are a day off"]) {
    await one.by("issue-title").fill(title);
    await one.by("issue-add").click();
  }
  await one.by("issue").nth(1).getByTestId("issue-status").click();
  await one.page.getByRole("menuitem", { name: "In review" }).click();

  const other = await device.open(`#/s/${one.session}`);
  await assertContext(other);
  await other.by("preferences-format").getByText("Detailed").click();
  await other.by("preferences-language").click();
  await other.page.getByRole("option", { name: "German" }).click();
  await assertPreferences(one);

  await one.send("What is the project about?");
  const [, answer] = await other.settled(2);
  assert.match(answer.text, /The active project is Aurora, a Linear project/);
  await one.send("And how far is LIN-1?");
  assert.match((await other.settled(4))[3].text, /LIN-1 is "Login fails on Safari", In review/);
  assert.equal(await one.by("title").textContent(), "What is the project about?");

  await one.settled(4);
  const before = await assertSame(one, other);
  await one.page.reload();
  assert.deepEqual(await one.settled(4), before);
  await assertContext(one);
  await assertPreferences(one);
  assert.equal(await one.by("title").textContent(), "What is the project about?");
  await one.by("session-item").and(one.page.locator('[data-active="true"]')).getByText("What is the project about?").waitFor();
  await one.picture("desktop-light-context");

  await one.by("issue").first().getByTestId("issue-remove").click();
  await other.page.locator('[data-testid="issue"][data-issue="LIN-1"]').waitFor({ state: "detached" });
  assertNoComplaints(one, other);
  await device.close();
});

test("a real conversation is played into a session of its own, and can be stopped", async () => {
  const device = await stage.device({ userId: "guest-play" });
  const one = await device.open();
  await one.by("play-conversation").click();
  const item = one.by("play-item").first();
  const title = await item.locator(".mantine-Menu-itemLabel").textContent();
  await one.picture("desktop-light-sample");
  await item.click();
  const other = await device.open(`#/s/${await playing(one)}`);
  await other.by("title").getByText(title).waitFor();
  // Both sides speak, and the answer streams.
  await other.streaming(10);
  await other.picture("desktop-light-played");
  await one.by("message").nth(2).waitFor();
  await one.by("stop-playing").click();
  await one.by("play-conversation").waitFor();
  await one.by("stop").waitFor({ state: "detached" });
  const { length } = await one.messages();
  await Promise.all([one.settled(length), other.settled(length)]);
  const messages = await assertSame(one, other);
  assert.deepEqual(new Set(messages.map(({ role }) => role)), new Set(["user", "assistant"]));
  assertNoComplaints(one, other);
  await device.close();
});

async function playing(tab) {
  await tab.by("stop-playing").waitFor();
  await tab.by("message").first().waitFor();
  return tab.session;
}

async function assertContext(tab) {
  const issues = tab.by("issue");
  await issues.nth(1).waitFor();
  assert.equal(await tab.by("project-name").inputValue(), "Aurora");
  assert.equal(await tab.by("project-type").locator("input:checked").inputValue(), "linear");
  // What was touched last stands first.
  const shown = await issues.evaluateAll((rows) => rows.map(({ dataset }) => [dataset.issue, dataset.status]));
  assert.deepEqual(shown, [
    ["LIN-1", "In review"],
    ["LIN-2", "Todo"],
  ]);
}

async function assertPreferences(tab) {
  await tab.by("preferences-format").locator("input[value=detailed]:checked").waitFor({ state: "attached" });
  await tab.page.locator('[data-testid="preferences-language"][value="German"]').waitFor();
}
