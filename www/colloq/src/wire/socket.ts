/**
 * A WebSocket as a wire.
 *
 * It adds nothing to the socket and hides nothing of it.
 */
import { openSocket } from "#platform";
import { SUBPROTOCOL } from "../frames.js";
import type { Wire, WireEvents, WireMaker } from "./wire.js";

/** The readyState of a socket that is open; the class of that name may not be there. */
const OPEN = 1;

/** Makes WebSockets to one host. */
export class SocketMaker implements WireMaker {
  readonly #url: string;

  constructor(base: URL) {
    const url = new URL("v1/connect", base);
    url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
    this.#url = url.href;
  }

  /** Opens one. */
  async make(events: WireEvents): Promise<Wire> {
    const socket = await openSocket(this.#url, SUBPROTOCOL);
    socket.addEventListener("open", () => events.open());
    socket.addEventListener("message", (event: MessageEvent) => events.text(String(event.data)));
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", (event: CloseEvent) => events.closed(event.code));
    return {
      send(text) {
        if (socket.readyState !== OPEN) return false;
        socket.send(text);
        return true;
      },
      close(code) {
        if (socket.readyState <= OPEN) socket.close(code);
      },
    };
  }
}
