/**
 * The page on a phone and in the dark: everything fits, everything can be reached, and the colors follow the system or the visitor.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { QUESTIONS } from "./dialogue.mjs";
import { assertNoComplaints, setStage } from "./stage.mjs";

const stage = setStage();

for (const dark of [false, true]) {
  const colors = dark ? "dark" : "light";

  test(`a phone in ${colors} colors`, async () => {
    const device = await stage.device({ phone: true, dark, userId: `guest-phone-${colors}` });
    const tab = await device.open();
    await tab.by("starter").first().waitFor();
    await assertFits(tab);
    await tab.picture(`phone-${colors}-first`);
    await tab.send(QUESTIONS.offline);
    await tab.streaming(12);
    await tab.picture(`phone-${colors}-streaming`);
    await tab.settled(2);
    await tab.send("averylongword".repeat(30));
    await tab.settled(4);
    await assertFits(tab);

    await tab.by("open-panel").click();
    await tab.by("project-name").fill("Aurora");
    await tab.by("project-name").press("Enter");
    await tab.by("issue-title").fill("Login fails on Safari when cookies are blocked");
    await tab.by("issue-add").click();
    await tab.by("issue").waitFor();
    await tab.picture(`phone-${colors}-panel`);
    await tab.page.keyboard.press("Escape");
    await tab.by("panel").waitFor({ state: "detached" });

    await tab.by("open-list").click();
    await tab.by("session-item").waitFor();
    await tab.picture(`phone-${colors}-list`);
    await tab.by("new-chat").click();
    await tab.by("starter").first().waitFor();
    await assertFits(tab);
    assertNoComplaints(tab);
    await device.close();
  });
}

test("the colors are the system's until the visitor chooses", async () => {
  const device = await stage.device({ dark: true, userId: "guest-dark" });
  const tab = await device.open();
  await tab.by("starter").first().waitFor();
  assert.ok((await brightness(tab)) < 64, "dark, as the system is");
  await tab.picture("desktop-dark-first");
  await tab.send(QUESTIONS.offline);
  await tab.settled(2);
  await tab.picture("desktop-dark-conversation");

  await tab.by("color-scheme").click();
  await tab.by("color-scheme").and(tab.page.locator('[data-scheme="light"]')).waitFor();
  assert.ok((await brightness(tab)) > 192, "light, as it was chosen");
  await tab.page.reload();
  await tab.settled(2);
  assert.ok((await brightness(tab)) > 192, "and remembered");
  assertNoComplaints(tab);
  await device.close();
});

/** Nothing hangs over the edge, and the composer is in sight. */
async function assertFits(tab) {
  const { over, bottom, height } = await tab.page.evaluate(() => ({
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    bottom: document.querySelector('[data-testid="send"]').getBoundingClientRect().bottom,
    height: innerHeight,
  }));
  assert.ok(over <= 0, `${over} px too wide`);
  assert.ok(bottom <= height, "the composer is in sight");
}

/** How bright the ground of the page is, from 0 to 255. */
function brightness(tab) {
  return tab.page.evaluate(() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return (red + green + blue) / 3;
  });
}
