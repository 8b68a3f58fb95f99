/**
 * The example `www/examples/express-chat` as its visitors see it: sign-in, an answer that streams, a function that it calls, two tabs, a
 * process that dies, and a model behind an OpenAI-compatible endpoint.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { openBrowser } from "./browser.mjs";
import { Host } from "./host.mjs";
import { screenshot } from "./places.mjs";
import { until } from "./until.mjs";

const EXAMPLE = resolve(import.meta.dirname, "../../www/examples/express-chat");
const LINES_MAX = 150;

/** The example's process, which may die and come back at the same address with what its files hold. */
class Example {
  #folder;
  #child;
  url;

  static async start(env = {}) {
    const example = new Example();
    example.#folder = await mkdtemp(join(tmpdir(), "colloq-example-"));
    await example.start(env);
    return example;
  }

  async start(env = {}) {
    const PORT = this.url ? new URL(this.url).port : "0";
    const child = spawn("node", ["server.mjs"], { cwd: EXAMPLE, env: { ...process.env, ...env, PORT, DATA: this.#folder }, stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    const [line] = await Promise.race([once(createInterface(child.stdout), "line"), once(child, "exit").then(() => assert.fail("the example ended"))]);
    this.url = line.replace("listening on ", "");
  }

  async kill() {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  async close() {
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }
}

/** One page of a visitor. */
class Page {
  errors = [];

  constructor(page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
  }

  static async open(context, url) {
    const page = new Page(await context.newPage());
    await page.page.goto(url);
    await page.online();
    return page;
  }

  online() {
    return until("the page is online", async () => (await this.page.locator("#status").textContent()) === "online");
  }

  async signIn(name) {
    await this.page.locator("[name=name]").fill(name);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await until(`${name} is signed in`, async () => (await this.page.locator("#who").textContent()) === name);
    await this.online();
  }

  async say(text) {
    await this.page.locator("#text").fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** The messages: who, how they stand, and their text with what is noted. */
  log() {
    return this.page.locator("#log li").evaluateAll((lines) => lines.map((line) => [line.className, line.firstChild?.textContent ?? "", line.querySelector("small")?.textContent]));
  }

  /** The log, once there are so many messages and none of them streams. */
  settled(count) {
    return until(`${count} messages`, async () => {
      const log = await this.log();
      return log.length === count && log.every(([is]) => !is.includes("streaming")) && log;
    });
  }
}

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());

test("sign in, ask, see a function's work in both tabs, and lose nothing when the process dies", async () => {
  const example = await Example.start();
  try {
    const context = await browser.newContext({ viewport: { width: 1000, height: 640 } });
    const one = await Page.open(context, example.url);
    assert.equal(await one.page.locator("#who").textContent(), "Guest");
    await one.say("I am new here");
    await one.settled(2);
    await one.signIn("Ada");
    const kept = await one.settled(2);
    assert.deepEqual(kept.map(([is, text]) => [is, text]), [
      ["user complete", "I am new here"],
      ["assistant complete", "You said: I am new here"],
    ]);

    const other = await Page.open(context, example.url);
    await other.settled(2);
    await other.page.locator("#project").selectOption("linear");
    await other.page.locator("#format").selectOption("detailed");
    await until("the project is in the other tab", async () => (await one.page.locator("#project").inputValue()) === "linear");
    await one.say("Which issues are open?");
    await until("the answer streams in the other tab", async () => (await other.log())[3]?.[0] === "assistant streaming");
    const log = await other.settled(4);
    assert.match(log[3][1], /^There are 2 open issues in Issue tracker: COD-7, The parser/);
    assert.match(log[3][2], /^listIssues, \d+ ms$/);
    assert.deepEqual(await one.settled(4), log);
    await until("the issues are noted", async () => (await one.page.locator("#issues li").count()) === 2);
    assert.match(await one.page.locator("#issues").textContent(), /COD-9 .*COD-7 /);
    await one.page.screenshot({ path: screenshot("express-chat") });

    await example.kill();
    await other.say("While nobody is there");
    await example.start();
    await Promise.all([one.online(), other.online()]);
    const after = await one.settled(6);
    assert.deepEqual(after.slice(0, 4), log);
    assert.equal(after[4][1], "While nobody is there");
    const again = await Page.open(context, example.url);
    assert.deepEqual(await again.settled(6), after);
    assert.equal(await again.page.locator("#who").textContent(), "Ada");
    assert.equal(await again.page.locator("#format").inputValue(), "detailed");
    assert.deepEqual(again.errors, []);
    await context.close();
  } finally {
    await example.close();
  }
});

test("an answer is stopped, what was said of it survives a death in the middle, and who signs out leaves nothing", async () => {
  const example = await Example.start();
  try {
    const context = await browser.newContext();
    const page = await Page.open(context, example.url);
    await page.signIn("Ben");
    await page.page.locator("#format").selectOption("detailed");
    await page.say("A long story, please");
    await until("it streams", async () => (await page.log())[1]?.[1].length > 10);
    await page.page.locator("#send").click();
    const [, [is, shown]] = await page.settled(2);
    assert.equal(is, "assistant stopped");
    await page.say("Another one, please");
    // The page stops at once; a token that reached the host before the stop still belongs to the text, and is seen before the next answer.
    const [, [, text], , [, said]] = await until("it streams", async () => {
      const log = await page.log();
      return log[3]?.[1].length > 10 && log;
    });
    assert.ok(text.startsWith(shown), `${text} begins with ${shown}`);
    await example.kill();
    await example.start();
    await page.online();
    const reloaded = await Page.open(context, example.url);
    const log = await until("the messages", async () => (await reloaded.log()).length === 4 && reloaded.log());
    assert.equal(log[1][1], text);
    assert.ok(log[3][1].startsWith(said), `${log[3][1]} begins with ${said}`);

    await reloaded.page.getByRole("button", { name: "Sign out" }).click();
    await until("nobody is signed in", async () => (await reloaded.page.locator("#who").textContent()) === "Guest");
    assert.deepEqual(await reloaded.log(), []);
    await context.close();
  } finally {
    await example.close();
  }
});

test("with a host and a model it is the same", async () => {
  const asked = [];
  const model = createServer(async (req, res) => {
    const { messages, stream } = JSON.parse(Buffer.concat(await req.toArray()).toString());
    asked.push({ url: req.url, key: req.headers.authorization, stream, messages });
    const call = { tool_calls: [{ index: 0, id: "call-1", function: { name: "listIssues", arguments: "" } }] };
    const deltas = messages.at(-1).role === "tool" ? [{ content: "Two: " }, { content: "COD-7 and COD-9" }] : [call];
    res.writeHead(200, { "content-type": "text/event-stream" });
    for (const delta of deltas) res.write(`data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`);
    res.end("data: [DONE]\n\n");
  });
  model.listen(0, "127.0.0.1");
  await once(model, "listening");
  const host = await Host.begin();
  const OPENAI_BASE_URL = `http://127.0.0.1:${model.address().port}/v1`;
  const example = await Example.start({ COLLOQ_URL: host.url, OPENAI_BASE_URL, OPENAI_API_KEY: "a key" });
  try {
    const context = await browser.newContext();
    const page = await Page.open(context, example.url);
    await page.signIn("Cleo");
    await page.say("Which issues?");
    const log = await page.settled(2);
    assert.equal(log[1][1], "Two: COD-7 and COD-9");
    assert.match(log[1][2], /^listIssues, \d+ ms$/);
    assert.deepEqual(asked.map(({ url, key, stream }) => [url, key, stream]), Array(2).fill(["/v1/chat/completions", "Bearer a key", true]));
    assert.match(asked[1].messages.at(-1).content, /COD-9/);
    assert.equal(await page.page.locator("#issues li").count(), 2);
    assert.deepEqual(page.errors, []);
    await context.close();
  } finally {
    await example.close();
    await host.close();
    model.close();
  }
});

test("it is as short as it says", async () => {
  const files = ["server.mjs", "assistant.mjs", "public/index.html", "public/page.js", "public/page.css"];
  const texts = await Promise.all(files.map((file) => readFile(join(EXAMPLE, file), "utf8")));
  const code = texts.flatMap((text) => text.replaceAll(/^ *\/\*[^]*?\*\/|^ *\/\/.*$/gm, "").split("\n")).filter((line) => line.trim() !== "");
  assert.ok(code.length < LINES_MAX, `${code.length} lines`);
});
