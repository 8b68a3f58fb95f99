/**
 * `cargo xtask bench page`: how soon a page shows a session that it kept (B3).
 *
 * A page with the package and nothing else is reloaded in Chromium; it paints 500 messages as soon as there is a view. The time is the
 * browser's own, from the beginning of the navigation to the end of the frame that has the messages. The host is there, and not asked.
 * And how soon one tab sees what another one says.
 */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { openBrowser } from "../browser/browser.mjs";
import { Host } from "../browser/host.mjs";

const MESSAGES = 500;
const ROUNDS = 25;
const SIGHTS = 200;
const WWW = new URL("../../www/", import.meta.url);
const PAGE = '<!doctype html><title>bench</title><main></main><script type="module" src="/page.js"></script>';

/** The page's program, bundled as an application would bundle it. */
async function bundle(url) {
  const require = createRequire(new URL("console/package.json", WWW));
  const { rolldown } = await import(createRequire(require.resolve("vite")).resolve("rolldown"));
  const program = `
    import { createClient } from ${JSON.stringify(fileURLToPath(new URL("colloq/dist/index.js", WWW)))};
    const token = async () => {
      const body = JSON.stringify({ userId: "bench", role: "user" });
      const response = await fetch("${url}v1/tokens", { method: "POST", headers: { "content-type": "application/json" }, body });
      return (await response.json()).token;
    };
    const client = createClient({ url: "${url}", token, persist: { key: "bench" }, wasm: new URL("/colloq_bg.wasm", location.href) });
    globalThis.client = client;
    const id = location.hash.slice(1);
    if (id) {
      const session = client.session(id);
      const look = () => {
        if (!session.view || globalThis.painted) return;
        globalThis.painted = -1;
        const list = session.view.messages.map(({ content, type }) => Object.assign(document.createElement("p"), { textContent: content, className: type }));
        document.querySelector("main").append(...list);
        globalThis.count = list.length;
        // A session tells of itself within a frame; a message that is posted there comes when that frame is painted.
        const channel = new MessageChannel();
        channel.port1.onmessage = () => (globalThis.painted = performance.now());
        channel.port2.postMessage(0);
      };
      session.subscribe(look);
      client.on("status", (status) => status === "online" && (globalThis.online ??= performance.now()));
    }`;
  const built = await rolldown({
    input: "page.js",
    plugins: [{ name: "page", resolveId: (id) => (id === "page.js" ? id : null), load: (id) => (id === "page.js" ? program : null) }],
    platform: "browser",
    logLevel: "silent",
  });
  const { output } = await built.generate({ format: "esm", minify: true, codeSplitting: false });
  return output[0].code;
}

/** Serves the page, its program and the module's file. */
async function serve(code) {
  const wasm = await readFile(new URL("colloq/wasm/colloq_bg.wasm", WWW));
  const files = { "/": ["text/html", PAGE], "/page.js": ["text/javascript", code], "/colloq_bg.wasm": ["application/wasm", wasm] };
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? [];
    if (type === undefined) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": type, "cache-control": "max-age=600" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Milliseconds from `append` in one tab until another tab is told, one message after the other. */
async function sight(context, url) {
  const writer = await context.newPage();
  await writer.goto(url);
  const id = await writer.evaluate(async () => {
    globalThis.session = client.create({ title: "Seen" });
    await session.append("first");
    return session.id;
  });
  const reader = await context.newPage();
  await reader.goto(url);
  await reader.evaluate(async (id) => {
    globalThis.seen = new Map();
    const session = client.session(id);
    session.subscribe(() => {
      const at = performance.timeOrigin + performance.now();
      for (const { content } of session.view?.messages.slice(-5) ?? []) if (!seen.has(content)) seen.set(content, at);
    });
    await session.ready;
  }, id);
  const said = await writer.evaluate(async (count) => {
    const said = [];
    for (let nth = 0; nth < count; nth++) {
      await new Promise((resolve) => setTimeout(resolve, 20 + ((nth * 7) % 17)));
      const content = `message ${nth}`;
      said.push([content, performance.timeOrigin + performance.now()]);
      await session.append(content);
    }
    return said;
  }, SIGHTS);
  const seen = new Map(await reader.evaluate(() => [...seen]));
  await writer.close();
  await reader.close();
  return said.map(([content, at]) => seen.get(content) - at);
}

async function measure() {
  const host = await Host.begin();
  const server = await serve(await bundle(host.url));
  const browser = await openBrowser();
  try {
    const url = `http://127.0.0.1:${server.address().port}/`;
    const context = await browser.newContext();
    const sights = await sight(context, url);
    const page = await context.newPage();
    await page.goto(url);
    const id = await page.evaluate(async (count) => {
      const session = client.create({ title: "Kept" });
      const text = (at) => `Message ${at}: ${"something that somebody said to somebody else. ".repeat((at % 5) + 1)}`;
      await Promise.all(Array.from({ length: count }, (_, at) => session.append(text(at))));
      return session.id;
    }, MESSAGES);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await page.goto(`${url}#${id}`);
    const [painted, online] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      await page.reload();
      await page.waitForFunction(() => globalThis.painted > 0 && globalThis.online > 0);
      const seen = await page.evaluate(() => [painted, globalThis.online, count]);
      if (seen[2] !== MESSAGES) throw new Error(`${seen[2]} messages were painted`);
      painted.push(seen[0]);
      online.push(seen[1]);
      process.stderr.write(`painted after ${seen[0].toFixed(1)} ms, online after ${seen[1].toFixed(1)} ms\n`);
    }
    return { painted, online, sights };
  } finally {
    await browser.close();
    await host.close();
    server.close();
  }
}

const median = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
const round = (value) => Math.round(value * 10) / 10;

const { painted, online, sights } = await measure();
const value = round(median(painted));
const rows = [
  {
    row: "B3",
    what: `a reload, to the first painted view of a session of ${MESSAGES} messages that the page kept`,
    value,
    unit: "ms",
    target: "< 50",
    met: value < 50,
    rounds: painted.map(round),
  },
  {
    row: "sight",
    what: "from `append` in one tab until another tab is told of the message (SQLite)",
    value: round(median(sights)),
    unit: "ms",
    target: "< 5",
    met: round(median(sights)) < 5,
    rounds: sights.map(round),
  },
  { row: "B3 online", what: "the same reload, to the welcome of a host that is there", value: round(median(online)), unit: "ms" },
];
console.log(JSON.stringify({ rows }));
