/**
 * What a conversation costs in an Express application (N1): ours in the process, against Express alone with the same bytes and against
 * express-session with its own store and with connect-redis on a real redis-server.
 *
 * The standard session: 50 messages of 120 bytes. Each application has a process of its own; rounds take turns.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../../browser/host.mjs";
import { load } from "./load.mjs";

const ROUNDS = 5;
const ROUND_MS = 2_000;
const WARM_MS = 3_000;
const CONNECTIONS = 32;
const MESSAGES = Array.from({ length: 50 }, (_, nth) => ({ content: `Message ${nth}: `.padEnd(120, "what somebody said to somebody else; ") }));
const SERVER = fileURLToPath(new URL("server.mjs", import.meta.url));
const KINDS = ["ours", "ours-hook", "bare", "bare-end", "memory", "redis", "store"];
const PEERS = {
  bare: "Express, `res.send` of the same bytes",
  "bare-end": "Express, `res.end` of the same bytes",
  memory: "express-session, MemoryStore",
  redis: "express-session, connect-redis",
};
const WRITERS = ["ours", "memory", "redis", "store"];

/** One application that runs, and the cookie of its one visitor. */
class Application {
  static async start(kind, redis) {
    const application = new Application();
    application.child = spawn("node", [SERVER, kind, redis], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NODE_ENV: "production" } });
    const [line] = await once(createInterface(application.child.stdout), "line");
    application.url = line.replace("listening on ", "");
    return application;
  }

  async ask(method, path, json) {
    const headers = { ...(json && { "content-type": "application/json" }), ...(this.cookie && { cookie: this.cookie }) };
    const response = await fetch(this.url + path, { method, headers, ...(json && { body: JSON.stringify(json) }) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const [set] = response.headers.getSetCookie();
    if (set) this.cookie = set.split(";")[0];
    return response.text();
  }

  reads(ms) {
    return this.#measured({ path: "/chat", headers: this.headers, connections: CONNECTIONS, ms });
  }

  writes(ms) {
    const body = JSON.stringify(MESSAGES[0]);
    return this.#measured({ method: "POST", path: "/chat", headers: this.headers, body, connections: CONNECTIONS, ms, status: 201 });
  }

  /** With the time that the application itself worked for a request, which others on the machine change least. */
  async #measured(asked) {
    const before = Number(await this.ask("GET", "/cpu"));
    const { count, ...rest } = await load(this.url, asked);
    return { ...rest, microseconds: (Number(await this.ask("GET", "/cpu")) - before) / count };
  }

  get headers() {
    return this.cookie ? { cookie: this.cookie } : {};
  }
}

/** Measures, and gives the rows of a bench. */
export async function expressRows() {
  const redis = await startRedis();
  const applications = new Map();
  try {
    for (const kind of KINDS) applications.set(kind, await Application.start(kind, redis.url));
    await seed(applications);
    const reads = await rounds("reads", KINDS, applications);
    const writes = await rounds("writes", WRITERS, applications);
    return rowsOf(reads, writes);
  } finally {
    for (const { child } of applications.values()) child.kill("SIGKILL");
    redis.child.kill("SIGKILL");
  }
}

/** The same session everywhere: as ours says it. */
async function seed(applications) {
  const ours = applications.get("ours");
  let view;
  for (const [kind, application] of applications) {
    await application.ask("POST", "/seed", kind.startsWith("ours") ? { messages: MESSAGES } : { view });
    if (application === ours) view = JSON.parse(await ours.ask("GET", "/chat"));
    const { length } = JSON.parse(await application.ask("GET", "/chat")).messages;
    if (length !== MESSAGES.length) throw new Error(`${kind} has ${length} messages`);
  }
}

async function rounds(what, kinds, applications) {
  const results = new Map(kinds.map((kind) => [kind, { perSecond: [], microseconds: [] }]));
  for (const kind of kinds) await applications.get(kind)[what](WARM_MS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of kinds) {
      const { perSecond, p99, microseconds } = await applications.get(kind)[what](ROUND_MS);
      results.get(kind).perSecond.push(Math.round(perSecond));
      results.get(kind).microseconds.push(Math.round(microseconds));
      const figures = `${Math.round(perSecond)} per second, ${Math.round(microseconds)} us of work each, p99 ${p99.toFixed(1)} ms`;
      process.stderr.write(`round ${round + 1}, ${what}, ${kind}: ${figures}\n`);
    }
  }
  return results;
}

function rowsOf(reads, writes) {
  const read = "the standard session by `req.conversation.send`";
  const hook = `${read}, a user by a hook`;
  const guest = `${read}, a guest by a signed cookie`;
  const say = "one message more by `req.conversation.append`";
  const same = "the same data in `req.session`, `ColloqStore`";
  const more = "one message more in `req.session`, `ColloqStore`";
  return [
    ...compared("N1-bare", hook, reads, "ours-hook", "bare", 0.85),
    ...compared("N1-bare-end", hook, reads, "ours-hook", "bare-end"),
    ...compared("N1-memory", guest, reads, "ours", "memory", 2),
    ...compared("N1-redis", guest, reads, "ours", "redis", 3),
    ...compared("N1-write-memory", say, writes, "ours", "memory"),
    ...compared("N1-write-redis", say, writes, "ours", "redis"),
    ...compared("N1-store-memory", same, reads, "store", "memory"),
    ...compared("N1-store-redis", same, reads, "store", "redis"),
    ...compared("N1-store-write-memory", more, writes, "store", "memory"),
    ...compared("N1-store-write-redis", more, writes, "store", "redis"),
  ];
}

/** Two rows: requests a second, and the work of the application's process for one. */
function compared(row, what, results, kind, peer, target) {
  const [mine, theirs] = [results.get(kind), results.get(peer)];
  const round = (value) => Math.round(value * 100) / 100;
  // Rounds take turns, so a ratio is one of neighbours.
  const ratio = round(median(mine.perSecond.map((value, at) => value / theirs.perSecond[at])));
  const work = round(median(theirs.microseconds.map((value, at) => value / mine.microseconds[at])));
  const against = (name) => [{ name: PEERS[peer], value: median(theirs[name]) }];
  const met = target && { target: `>= ${target}`, met: ratio >= target };
  return [
    { row, what, value: median(mine.perSecond), unit: "per second", against: against("perSecond"), ratio, ...met, rounds: mine.perSecond },
    {
      row: `${row}-work`,
      what: `${what}: work a request (ratio: theirs over ours)`,
      value: median(mine.microseconds),
      unit: "microseconds",
      against: against("microseconds"),
      ratio: work,
      rounds: mine.microseconds,
    },
  ];
}

async function startRedis() {
  const port = await freePort();
  const child = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(child.stdout)) if (line.includes("Ready to accept")) break;
  return { child, url: `redis://127.0.0.1:${port}` };
}

function median(values) {
  return [...values].sort((one, other) => one - other)[values.length >> 1];
}
