/**
 * Writes dist/cjs: the entries that CommonJS still needs, each in one file, with the types beside it.
 *
 * What one entry takes of another stays a `require` of that entry, so nothing is there twice in a process.
 */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ENTRIES = ["node", "express"];
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const { peerDependencies } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));

const otherEntries = {
  name: "other-entries",
  setup({ onResolve }) {
    onResolve({ filter: /\/index\.js$/ }, async ({ path, resolveDir, kind }) => {
      const entry = ENTRIES.find((name) => new URL(path, `file://${resolveDir}/`).pathname === `${dist}${name}/index.js`);
      return kind === "entry-point" || !entry ? undefined : { path: `colloq/${entry}`, external: true };
    });
  },
};

for (const entry of ENTRIES) {
  await build({
    entryPoints: [`${dist}${entry}/index.js`],
    outfile: `${dist}cjs/${entry}/index.js`,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node18",
    minifyWhitespace: true,
    minifySyntax: true,
    conditions: ["node"],
    external: Object.keys(peerDependencies),
    plugins: [otherEntries],
    banner: { js: 'const module_url = require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "module_url" },
    logLevel: "warning",
  });
  await copyTypes(`${dist}${entry}/index.d.ts`);
}
await writeFile(`${dist}cjs/package.json`, '{ "type": "commonjs" }\n');

/** Copies a declaration and those that it names: beside a package.json of type `commonjs` they speak of CommonJS. */
async function copyTypes(file, done = new Set()) {
  if (done.has(file)) return;
  done.add(file);
  const target = `${dist}cjs/${relative(dist, file)}`;
  await mkdir(dirname(target), { recursive: true });
  await cp(file, target);
  const text = await readFile(file, "utf8");
  for (const [, path] of text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)\.js"/g)) {
    await copyTypes(fileURLToPath(new URL(`${path}.d.ts`, `file://${file}`)), done);
  }
}
