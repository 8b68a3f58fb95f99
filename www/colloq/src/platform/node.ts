/**
 * What the package takes from Node 18 and later.
 *
 * It has the same exports as `browser.ts`; package.json picks one of the two.
 */
import { readFile } from "node:fs/promises";

/** The module's bytes, or where to fetch them. */
export async function moduleSource(wasm?: URL): Promise<URL | Uint8Array<ArrayBuffer>> {
  const url = wasm ?? new URL("../../wasm/colloq_bg.wasm", import.meta.url);
  return url.protocol === "file:" ? new Uint8Array(await readFile(url)) : url;
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
