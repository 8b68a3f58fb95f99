/**
 * Where things lie: cargo's target directory, and the screenshots in it.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** Cargo's target directory. */
export function target() {
  return resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
}

/** The file of a screenshot. */
export function screenshot(name) {
  const folder = join(target(), "screenshots");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
