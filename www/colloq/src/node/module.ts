/**
 * The WebAssembly module for who cannot wait: in Node a file can be read at once.
 *
 * It is the same instance that clients of this process use, whoever needs it first.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Directory, initSync } from "../../wasm/colloq.js";

export type { Directory };

/** An empty directory; the first one of a process loads the module. */
export function openDirectory(capacity: number, isStored: boolean, wasm?: URL | WebAssembly.Module): Directory {
  initSync({ module: wasm instanceof WebAssembly.Module ? wasm : readFileSync(wasm ?? moduleFile()) });
  return new Directory(capacity, isStored);
}

/** The digest of a state, in front of it. */
export const seal = (state: string): string => Directory.seal(state);

/** The file lies beside this one; a bundle that was made without it finds it in the package that it was made from. */
export function moduleFile(): URL | string {
  const beside = new URL("../../wasm/colloq_bg.wasm", import.meta.url);
  if (existsSync(beside)) return beside;
  try {
    return inPackage(import.meta.url);
  } catch {
    return inPackage(join(process.cwd(), "package.json"));
  }
}

/** Where the package's file is, as seen from a place. A bundler that saw `createRequire().resolve` would answer in its own way. */
function inPackage(place: string): string {
  const { resolve } = createRequire(place);
  return resolve("colloq/colloq_bg.wasm");
}
