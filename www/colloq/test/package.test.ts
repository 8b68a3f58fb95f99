/** The packed tarball, as somebody installs it: in Node, by both ways to import, and through three bundlers. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const PACKAGE = fileURLToPath(new URL(".", import.meta.resolve("colloq/package.json")));
const require = createRequire(join(PACKAGE, "package.json"));
/** What all that is not the WebAssembly file takes of the tarball at most: it is to become less, never more. */
const REST_BYTES_MAX = 90_000;

/** The Node that runs what was installed; the variable names another one, such as the oldest that is supported. */
const NODE = process.env["COLLOQ_NODE"] ?? process.execPath;

const folder = mkdtempSync(join(tmpdir(), "colloq-package-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const tarball = join(folder, execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { cwd: PACKAGE, encoding: "utf8" }).trim());
const installed = join(folder, "node_modules/colloq");
mkdirSync(installed, { recursive: true });
execFileSync("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');

const USE = `
  const manager = new SessionManager({ store: fileStore(process.argv[2]) });
  const { id } = manager.createSession("ada");
  manager.addMessage(id, { type: "user", content: "Hello" });
  manager.close();
  const again = new SessionManager({ store: fileStore(process.argv[2]) });
  console.log(again.getSession(id).messages[0].content);
  again.close();`;
const ESM = `import { SessionManager, fileStore } from "colloq/node";${USE}`;
const PAGE = `import { createClient } from "colloq"; globalThis.client = createClient({ url: "/" });`;

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test("it says from which Node on it runs", (t) => {
  const { engines } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { engines: { node: string } };
  assert.equal(engines.node, ">=18");
  t.diagnostic(`what was installed runs in Node ${execFileSync(NODE, ["--version"], { encoding: "utf8" }).trim()}`);
});

let runs = 0;

/** Runs a script that keeps a session and reads it again. */
function greets(script: string): void {
  const { stdout, stderr, status } = spawnSync(NODE, [script, join(folder, `sessions-${runs++}`)], { cwd: folder, encoding: "utf8" });
  assert.deepEqual([stdout, stderr, status], ["Hello\n", "", 0]);
}

test("it holds what it is to hold", (t) => {
  const files = (readdirSync(installed, { recursive: true }) as string[]).filter((name) => statSync(join(installed, name)).isFile());
  for (const file of ["README.md", "wasm/colloq_bg.wasm", "dist/esm/node.js", "dist/cjs/node.js", "dist/cjs/node.d.ts"]) assert.ok(files.includes(file), file);
  assert.deepEqual(files.filter((name) => /test|\.tsx?$/.test(name.replace(/\.d\.ts$/, ""))), []);
  const all = statSync(tarball).size;
  const wasm = gzipSync(readFileSync(join(installed, "wasm/colloq_bg.wasm")), { level: 9 }).length;
  t.diagnostic(`the tarball has ${all} bytes, ${wasm} of them for the WebAssembly file`);
  assert.ok(all - wasm <= REST_BYTES_MAX, `${all - wasm} bytes beside the WebAssembly file`);
});

test("Node imports it", () => {
  greets(file("esm.mjs", ESM));
  const entries = ["colloq", "colloq/server", "colloq/node", "colloq/express"].map((entry) => `await import("${entry}");`).join("");
  assert.equal(spawnSync(NODE, [file("entries.mjs", entries)], { cwd: folder }).status, 0);
});

test("Node requires it", () => {
  greets(file("cjs.cjs", `const { SessionManager, fileStore } = require("colloq/node");${USE}`));
});

test("the middleware comes by both ways, with nothing beside it, and the store says what it lacks", () => {
  const use = `
    const chat = colloq({ authenticate: () => "ada" });
    try { new ColloqStore(); } catch (error) { console.log(error.message); }
    const req = { url: "/", method: "GET", headers: {} };
    chat(req, {}, () => req.conversation.append("Hello").then(({ content }) => (console.log(content), chat.close())));`;
  for (const [name, text] of [
    ["express.mjs", `import { colloq, ColloqStore } from "colloq/express";${use}`],
    ["express.cjs", `const { colloq, ColloqStore } = require("colloq/express");${use}`],
  ] as const) {
    const { stdout, stderr, status } = spawnSync(NODE, [file(name, text)], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([stdout, stderr, status], ["ColloqStore: install the package `express-session`\nHello\n", "", 0]);
  }
});

test("esbuild bundles it for Node and for pages", async () => {
  const { build } = require("esbuild") as typeof import("esbuild");
  for (const format of ["esm", "cjs"] as const) {
    const outfile = join(folder, `esbuild-${format}.${format === "esm" ? "mjs" : "cjs"}`);
    const entry = format === "esm" ? file("entry.mjs", ESM) : file("entry.cjs", `const { SessionManager, fileStore } = require("colloq/node");${USE}`);
    await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format, logLevel: "error", external: ["redis", "ws"] });
    greets(outfile);
  }
  const page = await build({ stdin: { contents: PAGE, resolveDir: folder }, bundle: true, format: "esm", write: false, logLevel: "error" });
  assert.match(page.outputFiles[0]!.text, /colloq_bg\.wasm/);
});

test("Vite bundles it for pages and for servers", async () => {
  const { build } = (await import(require.resolve("vite").replace(/index\.cjs$/, "dist/node/index.js"))) as typeof import("vite");
  const root = join(folder, "vite");
  file("vite/index.html", '<script type="module" src="./page.js"></script>');
  file("vite/page.js", PAGE);
  const common = { root, configFile: false as const, logLevel: "error" as const };
  await build({ ...common, build: { outDir: "page", target: "es2022" } });
  const assets = readdirSync(join(root, "page/assets"));
  assert.ok(assets.some((name) => /^colloq_bg.*\.wasm$/.test(name)), assets.join());
  file("vite/server.js", ESM);
  await build({ ...common, build: { ssr: "server.js", outDir: "server" }, ssr: { noExternal: ["colloq"], external: ["redis", "ws"] } });
  greets(join(root, "server/server.js"));
});

test("webpack bundles it for pages and for servers", async () => {
  const webpack = require("webpack") as (options: object, done: (error: Error | null, stats?: { hasErrors(): boolean; toString(): string }) => void) => void;
  const bundle = (options: object) =>
    new Promise<void>((resolve, reject) =>
      webpack({ context: folder, mode: "production", ...options }, (error, stats) => (error || stats!.hasErrors() ? reject(error ?? new Error(stats!.toString())) : resolve())));
  await bundle({ entry: file("webpack/page.js", PAGE), output: { path: join(folder, "webpack/page") } });
  assert.ok(readdirSync(join(folder, "webpack/page")).some((name) => name.endsWith(".wasm")));
  const output = { path: join(folder, "webpack/server"), filename: "main.mjs", module: true, chunkFormat: "module" };
  await bundle({ entry: file("webpack/server.js", ESM), target: "node18", experiments: { outputModule: true }, output });
  greets(join(folder, "webpack/server/main.mjs"));
});

test("its types are whole, for modules and for CommonJS", () => {
  const types = join(folder, "node_modules/@types");
  mkdirSync(types, { recursive: true });
  symlinkSync(join(require.resolve("@types/node/package.json"), ".."), join(types, "node"));
  symlinkSync(join(require.resolve("undici-types/package.json"), ".."), join(folder, "node_modules/undici-types"));
  const use = `
    const manager: SessionManager = new SessionManager({ timeoutMs: 1_000, store: fileStore("x") });
    const session: ConversationSession | null = manager.getSession("x");
    const at: Date | undefined = session?.messages[0]?.timestamp;
    // @ts-expect-error it is frozen
    if (session) session.title = "x";
    manager.on("expired", ({ id }) => id.length);
    export const stats = [manager.stats().sessions, at, redisStore];`;
  const names = "type ConversationSession, fileStore, redisStore, SessionManager";
  const files = [
    file("types/esm.mts", `import { ${names} } from "colloq/node"; import { createClient } from "colloq"; createClient({ url: "/" });${use}`),
    file("types/cjs.cts", `import { ${names} } from "colloq/node";${use}`),
  ];
  const tsc = require.resolve("typescript/package.json").replace("package.json", "bin/tsc");
  const flags = ["--noEmit", "--strict", "--module", "NodeNext", "--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable,DOM.AsyncIterable", "--types", "node"];
  const { stdout, status } = spawnSync(process.execPath, [tsc, ...flags, ...files], { cwd: folder, encoding: "utf8" });
  assert.deepEqual([stdout, status], ["", 0]);
});
