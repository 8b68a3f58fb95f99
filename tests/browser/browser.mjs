/**
 * A real Chromium with an empty profile, and devices in it: each has its own storage, and as many tabs as it likes.
 *
 * Whatever a page says in its console as an error is kept, so that no test passes over it.
 */
import { chromium } from "playwright-core";
import { Tab } from "./tab.mjs";

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const USER_KEY = "colloq.user";

/** Starts a browser. Playwright switches the back-forward cache off; `cached` leaves it as it is with people. */
export async function openBrowser({ cached = false } = {}) {
  const executablePath = process.env.COLLOQ_CHROMIUM ?? "/usr/bin/chromium";
  const ignoreDefaultArgs = cached ? ["--disable-back-forward-cache"] : [];
  return chromium.launch({ executablePath, headless: true, chromiumSandbox: false, args: FLAGS, ignoreDefaultArgs });
}

/** One device of one person. */
export class Device {
  #context;
  #url;
  #sockets = new Set();
  #isCut = false;

  constructor(context, url) {
    this.#context = context;
    this.#url = url;
  }

  /** A device whose visitor has this id, or was never here when it is null; `phone` and `dark` say what it is and how it is set. */
  static async begin(browser, host, { userId = "guest-one", phone = false, dark = false } = {}) {
    const context = await browser.newContext({
      viewport: phone ? PHONE : DESKTOP,
      colorScheme: dark ? "dark" : "light",
      // Pages that a test lays over those of the host count as being elsewhere.
      permissions: ["clipboard-read", "clipboard-write", "local-network-access"],
      ...(phone && { deviceScaleFactor: 2, isMobile: true, hasTouch: true }),
    });
    if (userId !== null) await context.addInitScript(([key, id]) => localStorage.setItem(key, id), [USER_KEY, userId]);
    return new Device(context, host.url);
  }

  /** From now on `cut` and `mend` decide whether the host can be reached; its page comes in any case. */
  async wire() {
    await this.#context.routeWebSocket(/\/v1\/connect/, (socket) => {
      if (this.#isCut) return void socket.close();
      this.#sockets.add(socket);
      socket.connectToServer();
    });
    // Its answer to whether it is there at all is cut off as well: a page takes another way to a host that answers.
    await this.#context.route(/\/(v1\/|healthz)/, (route) =>
      this.#isCut && !route.request().isNavigationRequest() ? route.abort() : route.continue(),
    );
  }

  /** The host cannot be reached any more. */
  async cut() {
    this.#isCut = true;
    await Promise.all([...this.#sockets].map((socket) => socket.close().catch(() => {})));
    this.#sockets.clear();
  }

  /** It can again. */
  mend() {
    this.#isCut = false;
  }

  /** Opens a tab with nothing in it. */
  async blank() {
    return new Tab(await this.#context.newPage());
  }

  /** Opens a tab at an address of the console, such as `#/s/<id>`. */
  async open(hash = "") {
    const tab = await this.blank();
    await tab.page.goto(new URL(hash, this.#url).href);
    return tab;
  }

  /** The next tab that a tab opens by itself. */
  async popup(tab) {
    return new Tab(await tab.page.waitForEvent("popup"));
  }

  async close() {
    await this.#context.close();
  }
}
