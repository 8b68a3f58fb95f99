/**
 * An application that listens, and somebody who visits it with a browser's cookies.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An application on a port of its own. */
export class Site {
  readonly server: Server;
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.server = server;
    this.url = url;
  }

  static async open(app: RequestListener | ((req: IncomingMessage, res: ServerResponse) => void)): Promise<Site> {
    const server = createServer(app as RequestListener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Site(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** What came back. */
export interface Came {
  status: number;
  text: string;
  headers: Headers;
  /** The cookies that it set, whole. */
  set: string[];
}

/** One browser. */
export class Visitor {
  readonly #site: Site;
  readonly #cookies = new Map<string, string>();

  constructor(site: Site) {
    this.#site = site;
  }

  /** What a browser would send. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Says another cookie than was set. */
  say(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Came> {
    return this.ask("GET", path, undefined, headers);
  }

  async ask(method: string, path: string, json?: unknown, headers: Record<string, string> = {}): Promise<Came> {
    const cookie = this.cookie;
    const response = await fetch(this.#site.url + path, {
      method,
      headers: { ...(cookie !== "" && { cookie }), ...(json !== undefined && { "content-type": "application/json" }), ...headers },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    const set = response.headers.getSetCookie();
    for (const line of set) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === "" || /max-age=0/i.test(line)) this.#cookies.delete(name!);
      else this.#cookies.set(name!, value!);
    }
    return { status: response.status, text: await response.text(), headers: response.headers, set };
  }
}
