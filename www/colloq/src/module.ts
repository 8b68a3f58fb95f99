/**
 * Loads the WebAssembly module, once for all clients of a page or process.
 *
 * It never loads a second file: the first client that needs the module decides where it comes from.
 */
import { Uplink } from "../wasm/colloq.js";
import { startModule } from "#platform";

/** What the module gives. */
export interface Module {
  Uplink: typeof Uplink;
}

let loading: Promise<Module> | undefined;

/** The module, loaded at the first call; after a failure the next call tries again. */
export function loadModule(wasm?: URL | WebAssembly.Module): Promise<Module> {
  loading ??= load(wasm).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(wasm?: URL | WebAssembly.Module): Promise<Module> {
  await startModule(wasm);
  return { Uplink };
}
