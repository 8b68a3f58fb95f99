/**
 * Agents at work on a real host: every message is answered by exactly one of them, also when agents and hosts die.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Message, Session, SessionView, Turn } from "colloq";
import { Host, skip, until } from "./host.js";

const hosts: Host[] = [];
after(() => Promise.all(hosts.map((host) => host.close())));

async function begin(): Promise<Host> {
  const host = await Host.start();
  hosts.push(host);
  return host;
}

async function* words(text: string): AsyncGenerator<string> {
  for (const word of text.split(/(?<= )/)) {
    yield word;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const echo = (turn: Turn) =>
  turn
    .reply()
    .pipe(words(`You said: ${turn.message.content}`))
    .then(() => {});

const isWhole = ({ type, status }: Message) => type === "assistant" && status === "complete";

/** The answers to a message that count. */
const answers = (session: Session, id: string) =>
  session.view!.messages.filter(({ replyTo, status }) => replyTo === id && status === "complete");

test("an agent answers what waits, what comes, and each message once", { skip }, async () => {
  const host = await begin();
  const session = host.client("ann").create();
  const early = await session.append("before the agent came");
  const turns: string[] = [];
  const agent = host.client("robot", "agent").serve(async (turn) => {
    turns.push(turn.message.content);
    await echo(turn);
  });
  await until(session, ({ messages }) => messages[1]?.status === "complete");
  assert.equal(session.view!.messages[1]!.content, "You said: before the agent came");
  assert.equal(session.view!.messages[1]!.replyTo, early.id);
  // Three at once: answered one after the other, in their order.
  await Promise.all(["one", "two", "three"].map((text) => session.append(text)));
  await until(session, ({ messages }) => messages.filter(({ status, type }) => type === "assistant" && status === "complete").length === 4);
  assert.deepEqual(turns, ["before the agent came", "one", "two", "three"]);
  await agent.close();
  await session.append("nobody is there");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(turns.length, 4);
});

test("of ten agents exactly one answers each message, also when they go and the host dies", { skip, timeout: 60_000 }, async () => {
  const host = await begin();
  const agents = Array.from({ length: 10 }, (_, at) => host.client(`agent-${at}`, "agent").serve(echo));
  const sessions = Array.from({ length: 6 }, (_, at) => host.client(`user-${at}`).create());
  const asked: { session: Session; id: string }[] = [];
  for (let round = 0; round < 3; round++) {
    await Promise.all(sessions.map(async (session) => void asked.push({ session, id: (await session.append(`round ${round}`)).id })));
    const going = agents.splice(0, 3).map((agent) => agent.close());
    if (round === 1) {
      await host.stop("SIGKILL");
      await host.start();
    }
    await Promise.all(going);
  }
  const done = ({ messages }: SessionView) => messages.filter(isWhole).length === 3;
  await Promise.all(sessions.map((session) => until(session, done)));
  for (const { session, id } of asked) assert.equal(answers(session, id).length, 1, `answers to ${id}`);
  for (const session of sessions) assert.equal(session.view!.messages.length, 6);
});

const full = process.env["COLLOQ_FULL"] ? skip : "a silent stream fails after a minute: with COLLOQ_FULL=1";

test("an agent that dies in mid-answer leaves its text, and another one answers", { skip: full, timeout: 180_000 }, async () => {
  const host = await begin();
  const dying = host.client("dying", "agent");
  dying.serve(async (turn) => {
    turn.reply().write("as far as I got");
    await new Promise(() => {});
  });
  const session = host.client("ann").create();
  const { id } = await session.append("anybody there?");
  await until(session, ({ messages }) => messages[1]?.content === "as far as I got");
  host.client("living", "agent").serve(echo);
  await dying.close();
  const { messages } = await until(session, (view) => view.messages.some(isWhole));
  assert.deepEqual(messages.map(({ status }) => status), ["complete", "failed", "complete"]);
  assert.equal(messages[1]!.content, "as far as I got");
  assert.equal(answers(session, id).length, 1);
});

test("concurrency is kept, and close waits for what is at work", { skip }, async () => {
  const host = await begin();
  let [now, most] = [0, 0];
  const agent = host.client("robot", "agent").serve(
    async (turn) => {
      most = Math.max(most, ++now);
      await echo(turn);
      now -= 1;
    },
    { concurrency: 2 },
  );
  const sessions = Array.from({ length: 6 }, (_, at) => host.client(`user-${at}`).create());
  await Promise.all(sessions.map((session) => session.append("a longer sentence, so that the answer takes its time")));
  await until(sessions[0]!, ({ messages }) => messages.length > 0);
  await Promise.all(sessions.slice(0, 1).map((session) => until(session, ({ messages }) => messages[1]?.status !== undefined)));
  await Promise.all(sessions.map((session) => until(session, ({ messages }) => messages[1]?.status === "complete")));
  assert.equal(most, 2);
  const last = sessions[0]!.append("one more");
  await until(sessions[0]!, ({ messages }) => messages[3]?.status === "streaming");
  await agent.close();
  assert.equal(now, 0);
  await last;
  await until(sessions[0]!, ({ messages }) => messages[3]?.status === "complete");
});

test("a turn that throws fails its answer and is tried again, a few times; a stop is no failure", { skip, timeout: 60_000 }, async () => {
  const host = await begin();
  const errors: unknown[] = [];
  let tries = 0;
  const client = host.client("robot", "agent");
  client.serve(
    async (turn) => {
      tries += 1;
      const writer = turn.reply();
      writer.write("so far");
      await writer.begun;
      if (tries === 1) throw new Error("no model");
      if (turn.message.content === "stop me") await new Promise((resolve) => turn.signal.addEventListener("abort", resolve));
      await writer.complete();
    },
    { onError: (error) => errors.push(error) },
  );
  const session = host.client("ann").create();
  await session.append("try");
  const view = await until(session, ({ messages }) => messages[2]?.status === "complete");
  assert.deepEqual(view.messages.map(({ status }) => status), ["complete", "failed", "complete"]);
  assert.equal(view.messages[1]!.error?.code, "turnFailed");
  assert.equal(errors.length, 1);
  await session.append("stop me");
  await until(session, ({ messages }) => messages[4]?.status === "streaming");
  await session.stop();
  await until(session, ({ messages }) => messages[4]?.status === "stopped");
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(tries, 3);
});
