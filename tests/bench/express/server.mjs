/**
 * One of the applications that are compared, in a process of its own: `node server.mjs KIND REDIS_URL`. It prints where it listens.
 *
 * Each answers `GET /chat` with the visitor's standard session and takes a message by `POST /chat`; `POST /seed` says what the session
 * is to be. A visitor is known by a signed cookie, but for `bare`, which knows nobody.
 */
import express from "express";
import session from "express-session";
import { colloq, ColloqStore } from "../../../www/colloq/dist/esm/express.js";

const [kind, redis] = process.argv.slice(2);
const app = express();
// How much of a processor it took until now, in microseconds.
app.get("/cpu", (_req, res) => {
  const { user, system } = process.cpuUsage();
  res.json(user + system);
});
app.use(await (kinds()[kind] ?? missing)());
const server = app.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));

function kinds() {
  return {
    // What Express does by itself, with the same bytes: as most people write it, and as fast as it gets.
    bare: () => bare((res, body) => void res.type("json").send(body)),
    "bare-end": () => bare((res, body) => void res.setHeader("Content-Type", "application/json").setHeader("Content-Length", body.length).end(body)),
    ours: () => ours({ guests: {} }),
    "ours-hook": () => ours({ authenticate: () => "ada" }),
    memory: () => kept(new session.MemoryStore()),
    redis: async () => {
      const [{ RedisStore }, { createClient }] = [await import("connect-redis"), await import("redis")];
      return kept(new RedisStore({ client: await createClient({ url: redis }).connect() }));
    },
    store: () => kept(new ColloqStore()),
  };
}

function missing() {
  throw new Error(`no application is called ${kind}`);
}

function bare(answer) {
  let body;
  const router = express.Router();
  router.post("/seed", express.json(), (req, res) => {
    body = Buffer.from(JSON.stringify(req.body.view));
    res.json(true);
  });
  router.get("/chat", (_req, res) => answer(res, body));
  return router;
}

function ours(options) {
  const chat = colloq({ secret: "a secret", limits: { maxMessages: 50 }, ...options });
  const router = express.Router();
  router.use(chat);
  router.post("/seed", express.json(), async (req, res) => {
    for (const message of req.body.messages) await req.conversation.append(message);
    res.json(true);
  });
  router.get("/chat", (req, res) => req.conversation.send(res));
  router.post("/chat", express.json(), async (req, res) => res.status(201).json(await req.conversation.append(req.body)));
  return router;
}

/** As applications keep a talk in express-session; the newest fifty messages stay. */
function kept(store) {
  const router = express.Router();
  router.use(session({ store, secret: "a secret", resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } }));
  router.post("/seed", express.json(), (req, res) => {
    req.session.talk = req.body.view;
    res.json(true);
  });
  router.get("/chat", (req, res) => res.json(req.session.talk));
  router.post("/chat", express.json(), (req, res) => {
    const { messages } = req.session.talk;
    const message = { ...messages.at(-1), ...req.body, timestamp: new Date().toISOString() };
    req.session.talk.messages = [...messages.slice(-49), message];
    res.status(201).json(message);
  });
  return router;
}
