/** A process that writes a session which others write, too: address, session, its name, how many messages. It says how many are kept. */
import { redisStore, SessionManager } from "colloq/node";
import { createClient } from "redis";

const [url, id, name, count] = process.argv.slice(2) as [string, string, string, string];
const client = createClient({ url });
await client.connect();
const manager = new SessionManager({ store: redisStore(client) });
await manager.load(id);
for (let n = 0; n < Number(count); n++) {
  if (!manager.addMessage(id, { type: "user", content: `${name}${n}` })) throw new Error("the session is gone");
  if (n % 5 !== 4) continue;
  await manager.flush();
  process.send?.(n + 1);
}
await manager.flush();
manager.close();
await client.close();
process.disconnect?.();
