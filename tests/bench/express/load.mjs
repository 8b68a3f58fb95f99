/**
 * As many requests as an application answers, over connections that stay open, one request at a time on each.
 *
 * It checks that each answer is the one that was expected, by its status and length, and throws otherwise.
 */
import { connect } from "node:net";
import { once } from "node:events";

const END = Buffer.from("\r\n\r\n");

/** How many requests were answered in so many milliseconds, how many that is a second, and the milliseconds of the slowest of a hundred. */
export async function load(url, { method = "GET", path, headers = {}, body = "", connections, ms, status = 200 }) {
  const { hostname, port, host } = new URL(url);
  const lines = Object.entries({ host, ...headers, ...(body && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }) });
  const request = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`);
  const times = [];
  let running = true;
  const begun = performance.now();
  const over = Array.from({ length: connections }, async () => {
    const socket = connect({ port: Number(port), host: hostname, noDelay: true });
    await once(socket, "connect");
    let rest = Buffer.alloc(0);
    let sent = performance.now();
    socket.write(request);
    await new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the application closed a connection")));
      socket.on("data", (bytes) => {
        rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
        const size = sizeOf(rest, status);
        if (size === undefined || rest.length < size) return;
        rest = rest.subarray(size);
        const now = performance.now();
        times.push(now - sent);
        if (!running) return resolve();
        sent = now;
        socket.write(request);
      });
    });
    socket.removeAllListeners("close");
    socket.destroy();
  });
  setTimeout(() => (running = false), ms);
  await Promise.all(over);
  times.sort((one, other) => one - other);
  return { count: times.length, perSecond: (times.length * 1000) / (performance.now() - begun), p99: times[Math.floor(times.length * 0.99)] };
}

/** How long the answer at the front is; undefined where its head is not whole. */
function sizeOf(bytes, status) {
  const end = bytes.indexOf(END);
  if (end < 0) return undefined;
  const head = bytes.latin1Slice(0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (!head.startsWith(`HTTP/1.1 ${status} `) || length === undefined) throw new Error(`an unexpected answer: ${head}`);
  return end + END.length + Number(length);
}
