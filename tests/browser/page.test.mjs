/**
 * The page as the host serves it: its policy, its one wasm file, its first visit, and addresses that lead nowhere.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { assertNoComplaints, setStage } from "./stage.mjs";
import { until } from "./until.mjs";

const UNKNOWN = "01890000-0000-7000-8000-000000000000";
const stage = setStage();

test("the page runs under the host's policy, on the file that the host runs", async () => {
  const device = await stage.device();
  const tab = await device.blank();
  const files = [];
  tab.page.on("response", (response) => files.push(response));
  const page = await tab.page.goto(stage.host.url);
  const policy = page.headers()["content-security-policy"];
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
  assert.doesNotMatch(policy, /script-src[^;]*'unsafe-(inline|eval)'/);
  await tab.connection("online");
  await tab.send("Hello!");
  await tab.settled(2);

  const [wasm] = files.filter((response) => response.url().endsWith(".wasm"));
  assert.equal(wasm.headers()["content-type"], "application/wasm");
  const sha256 = createHash("sha256")
    .update(await bytesOf(wasm.url()))
    .digest("hex");
  assert.match(tab.welcomes[0].module, /^[0-9a-f]{64}$/);
  assert.equal(sha256, tab.welcomes[0].module);
  const named = await bytesOf(new URL(`module/${sha256}.wasm`, stage.host.url));
  assert.equal(createHash("sha256").update(named).digest("hex"), sha256);
  for (const response of files) assert.equal(new URL(response.url()).origin, new URL(stage.host.url).origin);
  assertNoComplaints(tab);
  await device.close();
});

test("a first visit needs no mouse", async () => {
  const device = await stage.device({ userId: null });
  const tab = await device.open();
  await tab.by("starter").nth(3).waitFor();
  assert.equal(await tab.by("session-item").count(), 0);
  // The cursor is in the composer already.
  await until("the composer has the focus", () => tab.page.evaluate(() => document.activeElement?.dataset.testid === "composer"));
  await tab.page.keyboard.type("One line");
  await tab.page.keyboard.press("Shift+Enter");
  await tab.page.keyboard.type("and another");
  await tab.page.keyboard.press("Enter");
  const [asked] = await tab.settled(2);
  assert.equal(asked.text, "One line\nand another");
  await tab.by("session-item").and(tab.page.locator('[data-active="true"]')).waitFor();
  assert.equal(await tab.page.title(), "One line \u00b7 colloq");

  // The cursor stayed there: go on, and stop the answer from the keyboard.
  await tab.page.keyboard.type("Tell me a story");
  await tab.page.keyboard.press("Enter");
  await tab.streaming(1);
  await tab.page.keyboard.press("Escape");
  assert.equal((await tab.settled(4)).at(-1).status, "stopped");

  // Back is where one came from, and the chat is in the list.
  await tab.page.goBack();
  await tab.by("starter").first().click();
  await tab.settled(2);
  assert.equal(await tab.by("title").textContent(), "Hello! What can you do?");
  await tab.by("session-item").nth(1).click();
  await tab.settled(4);

  // Whoever comes back is the same guest.
  const again = await device.open();
  await again.by("session-item").nth(1).waitFor();
  await again.by("starter").first().waitFor();
  assertNoComplaints(tab);
  await device.close();
});

test("an address without a chat behind it says so", async () => {
  const device = await stage.device({ userId: "guest-missing" });
  const tab = await device.open(`#/s/${UNKNOWN}`);
  await tab.by("missing").waitFor();
  await tab.picture("desktop-light-missing");
  for (const id of ["nonsense", UNKNOWN.slice(1), `${UNKNOWN}0`, "-".repeat(36), "%00"]) {
    const other = await device.open(`#/s/${id}`);
    await other.by("missing").waitFor();
    assert.equal(await other.by("composer").count(), 0, id);
    assertNoComplaints(other);
    await other.page.close();
  }
  // The way back.
  await tab.page.getByRole("button", { name: "Back to the chats" }).click();
  await tab.by("starter").first().waitFor();
  assertNoComplaints(tab);
  await device.close();
});

test("somebody else's chat is as if it were not there", async () => {
  const [mine, theirs] = [await stage.device({ userId: "guest-mine" }), await stage.device({ userId: "guest-theirs" })];
  const tab = await mine.open();
  await tab.send("Only for me");
  await tab.settled(2);
  const other = await theirs.open(`#/s/${tab.session}`);
  await other.by("missing").waitFor();
  assert.doesNotMatch(await other.page.locator("body").innerText(), /Only for me/);
  assertNoComplaints(tab, other);
  await Promise.all([mine.close(), theirs.close()]);
});

test("a chat that has ended can be read, not written", async () => {
  const device = await stage.device({ userId: "guest-end" });
  const tab = await device.open();
  await tab.send("Hello!");
  const said = await tab.settled(2);
  await stage.host.end(tab.session, "guest-end");
  await tab.page.getByText("This chat has ended.").waitFor();
  await until("the composer is closed", () => tab.by("composer").isDisabled());
  await tab.page.reload();
  assert.deepEqual(await tab.settled(2), said);
  await until("the composer is closed", () => tab.by("composer").isDisabled());
  await tab.picture("desktop-light-ended");
  await tab.by("new-chat").click();
  await tab.send("And another one");
  await tab.settled(2);
  assertNoComplaints(tab);
  await device.close();
});

async function bytesOf(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
}
