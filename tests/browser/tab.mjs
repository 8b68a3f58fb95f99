/**
 * One tab with the console in it, by the words of whoever looks at it: what it shows, and what one does in it.
 *
 * It reads the page alone, never what lies behind it.
 */
import { screenshot } from "./places.mjs";
import { until } from "./until.mjs";

/** What Chromium itself writes down when a host dies, is away, or comes back without the tokens that it gave. */
const DEATH = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection to .* failed|status of 401/;

/** One tab. */
export class Tab {
  page;
  /** Errors of the console and exceptions that nobody caught. */
  errors = [];
  /** The first frame of the host on each link. */
  welcomes = [];

  constructor(page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => void (message.type() === "error" && this.errors.push(message.text())));
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => this.#look(String(payload))));
  }

  /** The elements of a test id. */
  by(id) {
    return this.page.getByTestId(id);
  }

  /** The session that the address names. */
  get session() {
    return /#\/s\/(.+)$/.exec(this.page.url())?.[1];
  }

  /** Writes a message and sends it with Enter. */
  async send(text) {
    await this.by("composer").fill(text);
    await this.by("composer").press("Enter");
  }

  /** The messages that are on the page, in their order. */
  messages() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('[data-testid="message"]')].map((element) => ({
        id: element.dataset.id,
        role: element.dataset.role,
        status: element.dataset.status,
        pending: element.dataset.pending === "true",
        text: element.querySelector('[data-testid="text"]')?.textContent ?? "",
      })),
    );
  }

  /** The messages, once there are so many and none of them streams or waits. */
  settled(count) {
    return until(`${count} settled messages`, async () => {
      const messages = await this.messages();
      const done = messages.length === count && messages.every(({ status, pending }) => status !== "streaming" && !pending);
      return done && messages;
    });
  }

  /** A message that streams and shows at least so many characters. */
  streaming(least) {
    return until(`a stream of ${least} characters`, async () =>
      (await this.messages()).find(({ status, text }) => status === "streaming" && text.length >= least),
    );
  }

  /** Waits until the page says so about its connection. */
  connection(status) {
    return until(`the connection is ${status}`, async () => (await this.by("connection").getAttribute("data-status")) === status);
  }

  /** From now on keeps every text that the page shows of messages that stream. */
  async watchGrowth() {
    await this.page.evaluate(() => {
      const seen = (globalThis.streamed = []);
      const look = () => {
        for (const element of document.querySelectorAll('[data-testid="message"][data-status="streaming"]')) {
          const text = element.querySelector('[data-testid="text"]')?.textContent ?? "";
          if (seen.at(-1) !== text) seen.push(text);
        }
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    });
  }

  /** The texts that `watchGrowth` kept. */
  growth() {
    return this.page.evaluate(() => globalThis.streamed);
  }

  /** What went wrong in the page, besides what a host's death explains. */
  complaintsButDeath() {
    return this.errors.filter((text) => !DEATH.test(text));
  }

  async picture(name) {
    await this.page.screenshot({ path: screenshot(name), animations: "disabled" });
  }

  #look(payload) {
    if (payload.startsWith('{"kind":"welcome"')) this.welcomes.push(JSON.parse(payload));
  }
}
