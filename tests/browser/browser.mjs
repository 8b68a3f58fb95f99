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

/** Starts a browser. */
export async function openBrowser() {
  const executablePath = process.env.COLLOQ_CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, headless: true, chromiumSandbox: false, args: FLAGS });
}

/** One device of one person. */
export class Device {
  #context;
  #url;

  constructor(context, url) {
    this.#context = context;
    this.#url = url;
  }

  /** A device whose visitor has this id, or was never here when it is null; `phone` and `dark` say what it is and how it is set. */
  static async begin(browser, host, { userId = "guest-one", phone = false, dark = false } = {}) {
    const context = await browser.newContext({
      viewport: phone ? PHONE : DESKTOP,
      colorScheme: dark ? "dark" : "light",
      permissions: ["clipboard-read", "clipboard-write"],
      ...(phone && { deviceScaleFactor: 2, isMobile: true, hasTouch: true }),
    });
    if (userId !== null) await context.addInitScript(([key, id]) => localStorage.setItem(key, id), [USER_KEY, userId]);
    return new Device(context, host.url);
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

  async close() {
    await this.#context.close();
  }
}
