/**
 * A page that has the package as it was built and nothing else: its client is `client`, made with the options that a test gives.
 *
 * The page comes from the host's own address, so that it is a page like any other of that host.
 */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";

const PACKAGE = new URL("../../www/colloq/", import.meta.url);
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
const PAGE = `<!doctype html>
<title>library</title>
<script type="importmap">
  {"imports": {"#platform": "/package/dist/esm/platform-browser.js", "#random": "/package/dist/esm/random-browser.js"}}
</script>
<body></body>`;

/** Opens such a page; `path` tells several of them apart. */
export async function openLibrary(device, host, path = "library") {
  const tab = await device.blank();
  await tab.page.route("**/package/**", async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^\/package\//, "");
    await route.fulfill({ contentType: TYPES[extname(path)], body: await readFile(new URL(path, PACKAGE)) });
  });
  await tab.page.route(new RegExp(`/${path}$`), (route) => route.fulfill({ contentType: "text/html", body: PAGE }));
  await tab.page.goto(new URL(path, host.url).href);
  return tab.page;
}

/** In a page: makes the client of a user. Tokens are asked for as a page does. */
export function begin(userId) {
  return (async () => {
    const { createClient } = await import("/package/dist/esm/index.js");
    const token = async () => {
      const body = JSON.stringify({ userId, role: "user" });
      const response = await fetch("/v1/tokens", { method: "POST", headers: { "content-type": "application/json" }, body });
      return (await response.json()).token;
    };
    globalThis.rejected = [];
    globalThis.client = createClient({ url: location.origin, token, persist: { key: userId } });
    client.on("rejected", (error, session) => rejected.push([session, error.code, error.command?.kind]));
    globalThis.texts = (id) => {
      const session = client.session(id);
      const view = session.view;
      session.release();
      return view?.messages.map(({ content, pending }) => [content, pending]);
    };
  })();
}
