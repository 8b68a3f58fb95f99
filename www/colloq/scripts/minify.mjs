/**
 * Takes comments and white space out of dist's JavaScript, which every install carries. Names stay, for stack traces; comments are in
 * the types.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const files = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith(".js") && !/^(test|cjs)[\\/]/.test(file));

for (const file of files) {
  const text = await readFile(`${dist}${file}`, "utf8");
  const { code } = await transform(text, { minifyWhitespace: true, minifySyntax: true, target: "es2022", format: "esm" });
  await writeFile(`${dist}${file}`, code);
}
