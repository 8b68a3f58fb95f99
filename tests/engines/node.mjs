/**
 * Runs wasm files through their raw exports in Node, for whoever writes frames to its standard input.
 */
import { readFileSync } from "node:fs";
import { serve } from "./frames.mjs";
import { Instances } from "./instances.mjs";

const instances = new Instances();

await serve({
  async start(instance, path) {
    if (!instances.knows(path)) await instances.compile(path, readFileSync(path));
    await instances.start(instance, path);
  },
  call: (instance, request) => instances.call(instance, request),
  end: (instance) => instances.end(instance),
});
