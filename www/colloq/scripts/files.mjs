/**
 * What dist's files are made of: each public entry, and the inner ones that keep shared files small.
 *
 * A file of dist/cjs says the same as the one of that name in dist/esm. A tarball has the two side by side, and within gzip's window of
 * 32 KB the second costs next to nothing: so no file may be larger.
 */
import { fileURLToPath } from "node:url";

/** The package's folder. */
export const root = fileURLToPath(new URL("../", import.meta.url));
/** The compiler's output, a file for each source. */
export const modules = `${root}dist-modules/`;
/** How large a file of which there are two may be. */
export const FILE_BYTES_MAX = 32_000;

/** What people import, by what stands behind `colloq/`. */
export const ENTRIES = { index: "index", react: "react/index", node: "node/index", server: "server/index", express: "express/index" };
/** Those of them that CommonJS still needs. */
export const COMMON = ["node", "express"];
/** What package.json chooses by platform. */
export const PLATFORM = {
  "platform-node": "platform/node",
  "platform-browser": "platform/browser",
  "random-node": "platform/random-node",
  "random-browser": "platform/random-browser",
};
/** Where a file would grow too large, what stands apart. */
export const APART = ["node/redis/store", "local/engine", "writer", "upstream", "express/store"];
