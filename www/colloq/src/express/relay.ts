/**
 * A page's link, passed on to a host: frames go through as they are, and the token that the page does not have is put into its hello.
 */
import type { RawData, WebSocket } from "ws";
import { SUBPROTOCOL } from "../frames.js";
import type { PageLink, PageSocket } from "./backend.js";
import { ws } from "./ws.js";

/** What the page sends before the host is there; it waits for a welcome, so this is little. */
const WAITING_MAX = 16;
/** The page is to come back. */
const RESTART = 1012;

/** See the file's documentation. */
export class Relay implements PageLink {
  readonly #page: PageSocket;
  readonly #token: () => Promise<string>;
  readonly #host: WebSocket;
  /** The token that the host was given last. */
  #given: string | undefined;
  /** The page's hello with a token in it, once there is one. */
  #hello: string | undefined;
  #greeted = false;
  #waiting: string[] | undefined = [];
  #gone = false;

  constructor(url: string, token: () => Promise<string>, page: PageSocket) {
    this.#page = page;
    this.#token = token;
    const at = new URL("v1/connect", url);
    at.protocol = at.protocol === "https:" ? "wss:" : "ws:";
    this.#host = new (ws().WebSocket)(at.href, SUBPROTOCOL);
    this.#host.on("open", () => this.#flush());
    this.#host.on("message", (data: RawData) => page.send(String(data)));
    this.#host.on("error", () => {});
    this.#host.on("close", (code) => this.#end(code >= 1004 && code <= 1006 ? RESTART : code));
  }

  handle(frame: string): void {
    if (!this.#greeted) return this.#greet(frame);
    if (!this.#waiting) return this.#host.send(frame);
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push(frame);
  }

  leave(): void {
    this.#gone = true;
    this.#host.close();
  }

  renew(): void {
    if (this.#waiting) return;
    const send = (token: string) => {
      if (token === this.#given || this.#gone) return;
      this.#given = token;
      this.#host.send(JSON.stringify({ kind: "authenticate", token }));
    };
    this.#token().then(send, () => {});
  }

  #greet(frame: string): void {
    this.#greeted = true;
    const said = parse(frame);
    const take = (token: string) => {
      this.#given = token;
      this.#hello = JSON.stringify({ ...said, token });
      this.#flush();
    };
    this.#token().then(take, () => this.#end(RESTART));
  }

  /** The hello comes first, however long its token takes. */
  #flush(): void {
    if (this.#gone || this.#hello === undefined || this.#host.readyState !== this.#host.OPEN) return;
    const frames = [this.#hello, ...(this.#waiting ?? [])];
    this.#hello = undefined;
    this.#waiting = undefined;
    for (const frame of frames) this.#host.send(frame);
  }

  #end(code: number): void {
    if (this.#gone) return;
    this.leave();
    this.#page.close(code);
  }
}

/** What is no object is a hello that the host refuses. */
function parse(frame: string): object {
  try {
    const said = JSON.parse(frame) as unknown;
    return typeof said === "object" && said !== null ? said : {};
  } catch {
    return {};
  }
}
