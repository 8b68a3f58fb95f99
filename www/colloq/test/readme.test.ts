/** The README's examples: those marked `run` are run, all others checked against the types, so that none of them rots. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RedisServer, skipRedis } from "./redis-server.js";

const PACKAGE = fileURLToPath(new URL(".", import.meta.resolve("colloq/package.json")));
const require = createRequire(join(PACKAGE, "package.json"));

interface Example {
  lang: string;
  marks: string[];
  line: number;
  code: string;
}

/** The fenced examples of a text, and where they stand. */
function examplesOf(text: string): Example[] {
  return [...text.matchAll(/^```(\w+)([^\n]*)\n([^]*?)^```$/gm)].map(({ index, 1: lang, 2: marks, 3: code }) => ({
    lang: lang!,
    marks: marks!.trim().split(/\s+/),
    line: text.slice(0, index).split("\n").length,
    code: code!,
  }));
}

/** What examples take from the application around them. */
const AROUND = `
import type { Client, Message, Session, SessionView } from "colloq";
import type { Express } from "express";
declare global {
  const url: string, token: string, id: string, secret: string;
  const user: { id: string };
  const client: Client;
  const session: Session;
  const message: Message;
  const app: Express;
  const model: { textStream: AsyncIterable<string>; stream(messages: readonly Message[], options?: object): AsyncIterable<string> };
  function fetchToken(): Promise<string>;
  function render(view: SessionView | undefined): void;
  function tell(code: string, command: unknown): void;
  function archive(session: unknown): void;
  function Missing(props: { error: Error }): JSX.Element;
  function Log(props: { messages: readonly Message[]; typing?: boolean; onTop?: () => void }): JSX.Element;
  namespace JSX { type Element = import("react").JSX.Element }
}
declare module "express-session" { interface SessionData { userId: string } }`;

const examples = examplesOf(readFileSync(join(PACKAGE, "README.md"), "utf8"));
const isRun = ({ marks }: Example) => marks.includes("run");
const folder = mkdtempSync(join(tmpdir(), "colloq-readme-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "node_modules"));
symlinkSync(PACKAGE, join(folder, "node_modules/colloq"));
symlinkSync(join(require.resolve("redis"), "../.."), join(folder, "node_modules/redis"));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');

test("there are examples of both kinds", () => {
  assert.ok(examples.filter(isRun).length >= 3 && examples.filter((example) => !isRun(example)).length >= 5);
});

for (const [at, { code, line, marks }] of examples.filter(isRun).entries()) {
  const skip = marks.includes("redis") && skipRedis;
  test(`line ${line} runs`, { skip }, async (t) => {
    const script = join(folder, `run-${at}.mjs`);
    let env: NodeJS.ProcessEnv = process.env;
    let end = "";
    if (marks.includes("redis")) {
      const redis = await RedisServer.start();
      t.after(() => redis.close());
      env = { ...env, REDIS_URL: redis.url };
      end = "client.destroy();";
    }
    writeFileSync(script, code + end);
    const { status, stderr } = spawnSync(process.execPath, [script], { cwd: folder, env, encoding: "utf8", timeout: 60_000 });
    assert.deepEqual([status, stderr], [0, ""]);
  });
}

test("all others are right by their types", () => {
  // They lie in the package, where their imports are found.
  const place = join(PACKAGE, "dist-test/readme");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "around.d.ts"), AROUND);
  const checked = examples.filter((example) => !isRun(example) && /^(ts|tsx|js)$/.test(example.lang));
  const files = checked.map(({ lang, line, code }) => {
    const file = join(place, `line-${line}.${lang}`);
    writeFileSync(file, `${code}\nexport {};\n`);
    return file;
  });
  const tsc = join(require.resolve("typescript/package.json"), "../bin/tsc");
  const flags = ["--ignoreConfig", "--noEmit", "--strict", "--noImplicitAny", "false", "--module", "NodeNext", "--target", "ES2022", "--jsx", "react-jsx"];
  const lib = ["--lib", "ES2022,DOM,DOM.Iterable,DOM.AsyncIterable", "--types", "node", "--skipLibCheck", "--allowJs"];
  const { stdout, status } = spawnSync(process.execPath, [tsc, ...flags, ...lib, join(place, "around.d.ts"), ...files], { cwd: PACKAGE, encoding: "utf8" });
  assert.deepEqual([stdout, status], ["", 0]);
});
