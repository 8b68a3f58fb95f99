/**
 * The package's own files for pages without a bundler: `<script type="module">` with the import map below, and nothing to install.
 *
 * What is not a file of the package's pages is not served, whatever the path says.
 */
import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleFile } from "../node/module.js";

const TYPES: Record<string, string> = { js: "text/javascript; charset=utf-8", wasm: "application/wasm" };
const FILE = /^(?:dist\/esm\/[a-zA-Z][a-zA-Z0-9-]*\.js|wasm\/colloq_bg\.wasm)$/;

/** The import map of a page: `colloq` by its name. */
export function importMap(base: string): string {
  const at = (file: string) => `${base}dist/esm/${file}`;
  return JSON.stringify({
    imports: { colloq: at("index.js"), "#platform": at("platform-browser.js"), "#random": at("random-browser.js") },
  });
}

/** Serves them. */
export class PageFiles {
  readonly #map: string;
  readonly #files = new Map<string, { body: Buffer; tag: string; type: string } | undefined>();

  constructor(base: string) {
    const element = `{ type: "importmap", textContent: ${JSON.stringify(importMap(base))} }`;
    this.#map = `document.head.append(Object.assign(document.createElement("script"), ${element}));\n`;
  }

  /** Answers for a file; false where there is none. */
  answer(req: IncomingMessage, res: ServerResponse, path: string): boolean {
    if (req.method !== "GET" && req.method !== "HEAD") return false;
    const file = path === "importmap.js" ? written(this.#map) : this.#file(path);
    if (!file) return false;
    res.setHeader("Content-Type", file.type);
    res.setHeader("ETag", file.tag);
    res.setHeader("Cache-Control", "no-cache");
    res.setHeader("X-Content-Type-Options", "nosniff");
    if (req.headers["if-none-match"] === file.tag) {
      res.statusCode = 304;
      res.end();
    } else {
      res.setHeader("Content-Length", file.body.length);
      res.end(req.method === "HEAD" ? undefined : file.body);
    }
    return true;
  }

  #file(path: string): { body: Buffer; tag: string; type: string } | undefined {
    if (!FILE.test(path)) return undefined;
    if (!this.#files.has(path)) this.#files.set(path, read(path));
    return this.#files.get(path);
  }
}

function read(path: string): { body: Buffer; tag: string; type: string } | undefined {
  try {
    return tagged(readFileSync(join(root(), path)), TYPES[path.slice(path.lastIndexOf(".") + 1)]!);
  } catch {
    return undefined;
  }
}

/** The package's folder, from wherever this runs. */
function root(): string {
  const file = moduleFile();
  return dirname(dirname(typeof file === "string" ? file : fileURLToPath(file)));
}

function written(text: string): { body: Buffer; tag: string; type: string } {
  return tagged(Buffer.from(text), TYPES["js"]!);
}

function tagged(body: Buffer, type: string): { body: Buffer; tag: string; type: string } {
  return { body, type, tag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"` };
}
