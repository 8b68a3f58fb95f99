/**
 * Writes the types beside dist's entries: what an entry shows and what that needs, and nothing else of the compiler's declarations.
 */
import { cp, readFile, stat } from "node:fs/promises";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { COMMON, ENTRIES, FILE_BYTES_MAX, modules, root } from "./files.mjs";

const { peerDependencies } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
const peers = Object.keys(peerDependencies);
const bundle = await rolldown({
  input: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, `${modules}${path}.d.ts`])),
  external: (id) => id.startsWith("node:") || peers.some((peer) => id === peer || id.startsWith(`${peer}/`)),
  plugins: [dts({ dtsOnly: true, tsconfig: false, generator: "oxc" })],
});
const { output } = await bundle.write({ dir: `${root}dist/esm`, format: "esm", chunkFileNames: "types-[hash].js" });

// Beside a package.json of type `commonjs` they speak of CommonJS.
const files = new Map(output.map((file) => [file.fileName, file]));
const done = new Set();
for (const name of COMMON) await copy(`${name}.d.ts`);

async function copy(name) {
  if (done.has(name)) return;
  done.add(name);
  const { size } = await stat(`${root}dist/esm/${name}`);
  if (size > FILE_BYTES_MAX) throw new Error(`${name} has ${size} bytes`);
  await cp(`${root}dist/esm/${name}`, `${root}dist/cjs/${name}`);
  for (const path of files.get(name).imports) if (files.has(path)) await copy(path);
}
