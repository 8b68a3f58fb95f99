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
const html = (script) => `<!doctype html><title>bench</title><main></main><script type="module" src="/${script}.js"></script>`;
/** What the kept messages say. */
const text = (at) => `Message ${at}: ${"something that somebody said to somebody else. ".repeat((at % 5) + 1)}`;
/** Paints messages, and notes when they are seen. */
const PAINT = `
    const paint = (messages) => {
      globalThis.painted = -1;
      const list = messages.map(({ content, type }) => Object.assign(document.createElement("p"), { textContent: content, className: type }));
      document.querySelector("main").append(...list);
      globalThis.count = list.length;
      // A message that is posted before a frame is painted comes when it is.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => (globalThis.painted = performance.now());
      requestAnimationFrame(() => channel.port2.postMessage(0));
    };`;

/** A page that has the same messages in its script: what a browser needs in any case. */
function bare() {
  const messages = Array.from({ length: MESSAGES }, (_, at) => ({ content: text(at), type: "user" }));
  return `${PAINT} globalThis.online = 1; paint(${JSON.stringify(messages)});`;
}

/** The page's program, bundled as an application would bundle it. */
async function bundle(url) {
  const require = createRequire(new URL("console/package.json", WWW));
  const { rolldown } = await import(createRequire(require.resolve("vite")).resolve("rolldown"));
  const program = `${PAINT}
    import { createClient } from ${JSON.stringify(fileURLToPath(new URL("colloq/dist/esm/index.js", WWW)))};
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
        paint(session.view.messages);
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
async function serve(code, fleeting) {
  const wasm = await readFile(new URL("colloq/wasm/colloq_bg.wasm", WWW));
  const files = {
    "/": ["text/html", html("page")],
    "/page.js": ["text/javascript", code],
    "/fleeting": ["text/html", html("fleeting")],
    "/fleeting.js": ["text/javascript", fleeting],
    "/bare": ["text/html", html("bare")],
    "/bare.js": ["text/javascript", bare()],
    "/colloq_bg.wasm": ["application/wasm", wasm],
  };
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

/** Reloads a page; when it was painted and when it was online, in milliseconds from the beginning of its navigation. */
async function reload(page) {
  await page.bringToFront();
  await page.reload();
  await page.waitForFunction(() => globalThis.painted > 0 && globalThis.online > 0);
  const [painted, online, count] = await page.evaluate(() => [globalThis.painted, globalThis.online, globalThis.count]);
  if (count !== MESSAGES) throw new Error(`${count} messages were painted`);
  return [painted, online];
}

async function measure() {
  const host = await Host.begin();
  const fleeting = await Host.begin("memory:");
  const server = await serve(await bundle(host.url), await bundle(fleeting.url));
  const browser = await openBrowser();
  try {
    const url = `http://127.0.0.1:${server.address().port}/`;
    const context = await browser.newContext();
    const sights = await sight(context, `${url}fleeting`);
    const page = await context.newPage();
    await page.goto(url);
    const id = await page.evaluate(async (texts) => {
      const session = client.create({ title: "Kept" });
      await Promise.all(texts.map((text) => session.append(text)));
      return session.id;
    }, Array.from({ length: MESSAGES }, (_, at) => text(at)));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await page.goto(`${url}#${id}`);
    const empty = await context.newPage();
    await empty.goto(`${url}bare`);
    const [painted, online, bare] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      const [at, up] = await reload(page);
      painted.push(at);
      online.push(up);
      bare.push((await reload(empty))[0]);
      process.stderr.write(`painted after ${at.toFixed(1)} ms, online after ${up.toFixed(1)} ms; the bare page ${bare.at(-1).toFixed(1)} ms\n`);
    }
    return { painted, online, bare, sights };
  } finally {
    await browser.close();
    await host.close();
    await fleeting.close();
    server.close();
  }
}

const median = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
const round = (value) => Math.round(value * 10) / 10;

const { painted, online, bare: bares, sights } = await measure();
const value = round(median(painted));
const rows = [
  {
    row: "B3",
    what: `a reload, to the first painted view of a session of ${MESSAGES} messages that the page kept`,
    value,
    unit: "ms",
    against: [{ name: "a page with the same messages in its script", value: round(median(bares)) }],
    ratio: Math.round((100 * median(painted)) / median(bares)) / 100,
    target: "< 50",
    met: value < 50,
    rounds: painted.map(round),
  },
  {
    row: "sight",
    what: "from `append` in one tab until another tab is told of the message (memory store)",
    value: round(median(sights)),
    unit: "ms",
    target: "< 5",
    met: round(median(sights)) < 5,
    rounds: sights.map(round),
  },
  { row: "B3 online", what: "the same reload, to the welcome of a host that is there", value: round(median(online)), unit: "ms" },
];
console.log(JSON.stringify({ rows }));
