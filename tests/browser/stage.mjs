/**
 * What every test here stands on: one host and one browser, ended together.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Device, openBrowser } from "./browser.mjs";
import { Host } from "./host.mjs";

/** Sets the stage for the tests of a file. */
export function setStage(options) {
  const stage = {
    host: undefined,
    browser: undefined,
    /** A device of the person with this id. */
    device: (options) => Device.begin(stage.browser, stage.host, options),
  };
  before(async () => {
    stage.host = await Host.begin();
    stage.browser = await openBrowser(options);
  });
  after(async () => {
    await stage.browser?.close();
    await stage.host?.close();
  });
  return stage;
}

/** Nothing may have gone wrong in these tabs. */
export function assertNoComplaints(...tabs) {
  for (const tab of tabs) assert.deepEqual(tab.errors, []);
}

/** Nothing may have gone wrong in these tabs but what follows from the death of their host. */
export function assertNoComplaintsButDeath(...tabs) {
  for (const tab of tabs) assert.deepEqual(tab.complaintsButDeath(), []);
}

/** These tabs show the same messages, each once. */
export async function assertSame(one, other) {
  const [mine, theirs] = [await one.messages(), await other.messages()];
  assert.deepEqual(mine, theirs);
  assert.equal(new Set(mine.map(({ id }) => id)).size, mine.length, "each message is there once");
  return mine;
}
