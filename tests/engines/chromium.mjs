/**
 * Runs wasm files through their raw exports in a page of a real Chromium, for whoever writes frames to its standard input.
 *
 * One browser and one page hold all instances; bytes cross as base64. Nothing of the package is loaded: the page runs the same
 * `instances.mjs` as Node does.
 */
import { readFileSync } from "node:fs";
import { openBrowser } from "../browser/browser.mjs";
import { serve } from "./frames.mjs";

const browser = await openBrowser();
const page = await browser.newPage();
await page.evaluate(async (source) => {
  const { Instances } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const base64 = (data) => {
    let text = "";
    // A call takes only so many arguments.
    for (let at = 0; at < data.length; at += 0x8000) text += String.fromCharCode(...data.subarray(at, at + 0x8000));
    return btoa(text);
  };
  const instances = new Instances();
  globalThis.engine = {
    compile: (name, file) => instances.compile(name, bytes(file)),
    start: (number, name) => instances.start(number, name),
    call: (number, request) => base64(instances.call(number, bytes(request))),
    end: (number) => instances.end(number),
  };
}, readFileSync(new URL("instances.mjs", import.meta.url), "utf8"));

const session = await page.context().newCDPSession(page);

/** Calls the page; by the protocol's own evaluation, because playwright's takes half as long again and scenarios ask thousands of times. */
async function ask(action, ...values) {
  const expression = `engine.${action}(${values.map((value) => JSON.stringify(value)).join()})`;
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

const compiled = new Set();

await serve({
  async start(instance, path) {
    if (!compiled.has(path)) await ask("compile", path, readFileSync(path, "base64"));
    compiled.add(path);
    await ask("start", instance, path);
  },
  call: async (instance, request) => Buffer.from(await ask("call", instance, request.toString("base64")), "base64"),
  end: (instance) => ask("end", instance),
});
await browser.close();
