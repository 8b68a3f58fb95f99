/**
 * What the package takes from Node 18 and later.
 *
 * It has the same exports as `browser.ts`; package.json picks one of the two.
 */
import { readFile } from "node:fs/promises";
import { initSync } from "../../wasm/colloq.js";

/** Starts the module, in one go once its bytes are there: whoever in this process cannot wait may have started it meanwhile. */
export async function startModule(wasm?: URL | WebAssembly.Module): Promise<void> {
  initSync({ module: wasm instanceof WebAssembly.Module ? wasm : await moduleBytes(wasm) });
}

async function moduleBytes(wasm = new URL("../../wasm/colloq_bg.wasm", import.meta.url)): Promise<Uint8Array<ArrayBuffer>> {
  if (wasm.protocol === "file:") return new Uint8Array(await readFile(wasm));
  return new Uint8Array(await (await fetch(wasm)).arrayBuffer());
}

/** Opens a WebSocket: Node's own where it has one (22 and later), else the one of the package `ws`. */
export async function openSocket(url: string, protocol: string): Promise<WebSocket> {
  if (typeof globalThis.WebSocket === "function") return new globalThis.WebSocket(url, protocol);
  const { WebSocket: Socket } = await import("ws");
  return new Socket(url, protocol) as unknown as WebSocket;
}

/** Runs `fn` when what has arrived was read; there are no frames here. */
export function onFrame(fn: () => void): void {
  setImmediate(fn);
}

/** Node does not tell when the network comes or goes. */
export function onNetwork(_fn: (online: boolean) => void): () => void {
  return () => {};
}

/** There is no page. */
export function onPage(_page: { hidden: () => void; shown: () => void }): () => void {
  return () => {};
}
