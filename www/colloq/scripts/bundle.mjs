/**
 * Writes dist/esm and dist/cjs: every entry with what only it needs, what several need once, without comments and long inner names.
 *
 * What is exported of a class keeps its name; comments are in the types. CommonJS is the same text with other first and last words.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build } from "esbuild";
import { APART, COMMON, ENTRIES, FILE_BYTES_MAX, modules, PLATFORM, root } from "./files.mjs";

const { peerDependencies } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
const entries = { ...ENTRIES, ...PLATFORM, ...Object.fromEntries(APART.map((path) => [`apart-${path.replaceAll("/", "-")}`, path])) };
/** What package.json chooses by platform, where that is Node. */
const CHOSEN = { "#platform": "platform-node.js", "#random": "random-node.js" };

await rm(`${root}dist`, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: Object.entries(entries).map(([out, path]) => ({ out, in: `${modules}${path}.js` })),
  outdir: `${root}dist/esm`,
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  platform: "neutral",
  target: ["es2022", "node18"],
  external: [...Object.keys(peerDependencies), ...Object.keys(CHOSEN), "node:*"],
  // Node 18 has no such global.
  define: { "globalThis.crypto": "moduleCrypto" },
  inject: [`${modules}platform/crypto.js`],
  legalComments: "none",
  logLevel: "error",
  metafile: true,
});
const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
for (const input of Object.keys(metafile.inputs)) await refuseChanging(input);

const pages = reached(Object.keys({ ...ENTRIES, ...PLATFORM }).map((name) => `${name}.js`));
for (const name of outputs.keys()) if (!pages.has(name)) await rm(`${root}dist/esm/${name}`);

await mkdir(`${root}dist/cjs`);
for (const name of reached(COMMON.map((name) => `${name}.js`))) {
  const text = await readFile(`${root}dist/esm/${name}`, "utf8");
  if (text.length > FILE_BYTES_MAX) throw new Error(`${name} has ${text.length} bytes: name another of its parts in APART`);
  await writeFile(`${root}dist/cjs/${name}`, required(name, text));
}
await writeFile(`${root}dist/cjs/package.json`, '{ "type": "commonjs" }\n');

/** The files that these need, with themselves. */
function reached(names, found = new Set()) {
  for (const name of names.filter((name) => !found.has(name))) {
    found.add(name);
    reached(outputs.get(name).imports.map(({ path }) => CHOSEN[path] ?? basename(path)).filter((path) => outputs.has(path)), found);
  }
  return found;
}

/** A variable that changes after it was exported would not change for CommonJS. */
async function refuseChanging(path) {
  if (/^export (let|var) /m.test(await readFile(`${root}${path}`, "utf8"))) throw new Error(`${path} exports a variable`);
}

/** A module as CommonJS: what it imports is required, what it exports is handed over last. */
function required(name, text) {
  let count = 0;
  const take = (_, one, all, some, from) => {
    count++;
    const names = one ?? all ?? (some && `{${some.replaceAll(" as ", ":")}}`);
    return `${names ? `var ${names}=` : ""}require("${from in CHOSEN ? `./${CHOSEN[from]}` : from}");`;
  };
  const body = text
    .replace(/(?<=^|[;}])import ?(?:(?:([\w$]+) |\* ?as ([\w$]+) |\{([^}]*)\})from)?"([^"]+)";/gm, take)
    .replace(/export\{([^}]*)\};\s*$/, (_, names) => `module.exports={${names.replace(/([\w$]+) as ([\w$]+)/g, "$2:$1")}};\n`)
    .replaceAll("import.meta.url", 'require("node:url").pathToFileURL(__filename).href');
  const expected = outputs.get(name).imports.filter(({ kind }) => kind === "import-statement").length;
  if (count !== expected) throw new Error(`${name} has ${expected} imports, and ${count} were found`);
  return `"use strict";${body}`;
}
