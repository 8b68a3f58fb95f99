/**
 * The package `ws`, found when it is needed: only those who want WebSocket have to install it.
 */
import { createRequire } from "node:module";

type Ws = typeof import("ws");

let found: Ws | undefined;

/** The package, or an error that says what to do. */
export function ws(): Ws {
  try {
    found ??= createRequire(import.meta.url)("ws") as Ws;
    return found;
  } catch (cause) {
    throw new Error("colloq/express: install the package `ws` for WebSocket", { cause });
  }
}
