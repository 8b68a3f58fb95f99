/**
 * What the package takes from a browser (or anything that has the web's globals).
 *
 * Nothing here may import from Node.
 */

import init from "../../wasm/colloq.js";

/** Starts the module; without an address it lies where bundlers see the pattern and ship the file. */
export async function startModule(wasm?: URL | WebAssembly.Module): Promise<void> {
  await init({ module_or_path: wasm ?? new URL("../../wasm/colloq_bg.wasm", import.meta.url) });
}

/** Opens a WebSocket. */
export async function openSocket(url: string, protocol: string): Promise<WebSocket> {
  return new WebSocket(url, protocol);
}

/** A page that is hidden paints no frame; then nothing waits longer for one than this. */
const HIDDEN_MS = 100;

/** Whether something was run for the frame that is painted next. */
let taken = false;
const waiting: (() => void)[] = [];

/** Runs `fn` at the end of the turn, or, where something was run for the coming frame already, with the one after it. */
export function onFrame(fn: () => void): void {
  if (typeof document === "undefined" || document.visibilityState !== "visible") return void setTimeout(fn, 16);
  if (taken) return void waiting.push(fn);
  takeFrame();
  queueMicrotask(fn);
}

function takeFrame(): void {
  taken = true;
  nextFrame(() => {
    taken = false;
    const due = waiting.splice(0);
    if (due.length > 0) takeFrame();
    for (const fn of due) fn();
  });
}

/** Runs `fn` when the next frame is painted, or soon when none is. */
function nextFrame(fn: () => void): void {
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    fn();
  });
  const timer = setTimeout(() => {
    cancelAnimationFrame(frame);
    fn();
  }, HIDDEN_MS);
}

/** Calls `fn` when the network comes or goes. */
export function onNetwork(fn: (online: boolean) => void): () => void {
  if (typeof addEventListener !== "function") return () => {};
  const up = () => fn(true);
  const down = () => fn(false);
  addEventListener("online", up);
  addEventListener("offline", down);
  return () => {
    removeEventListener("online", up);
    removeEventListener("offline", down);
  };
}

/** Tells when the page goes out of sight, and when it is back out of the back-forward cache. */
export function onPage({ hidden, shown }: { hidden: () => void; shown: () => void }): () => void {
  if (typeof document === "undefined") return () => {};
  const onHide = () => document.visibilityState === "hidden" && hidden();
  const onShow = (event: PageTransitionEvent) => event.persisted && shown();
  document.addEventListener("visibilitychange", onHide);
  addEventListener("pageshow", onShow);
  return () => {
    document.removeEventListener("visibilitychange", onHide);
    removeEventListener("pageshow", onShow);
  };
}
