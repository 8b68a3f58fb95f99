/**
 * A chat on Express: pages, sign-in, and an assistant, in one process that may be killed at any time.
 *
 * Conversations and sign-ins are in two files, or with a host (COLLOQ_URL, COLLOQ_KEY). Nothing here keeps a message by itself.
 */
import { colloq, ColloqStore } from "colloq/express";
import express from "express";
import session from "express-session";
import { assistant } from "./assistant.mjs";

const { PORT = "3000", DATA = ".", SECRET = "for this machine alone", COLLOQ_URL: url, COLLOQ_KEY: key } = process.env;
const keep = (name) => (url ? { url, ...(key && { key }) } : { file: `${DATA}/${name}.log` });

const sessions = session({ store: new ColloqStore(keep("sessions")), secret: SECRET, resave: false, saveUninitialized: false });
const chat = colloq({ authenticate: (req) => req.session?.user, secret: SECRET, ...keep("chat") });

const app = express();
app.use(sessions, chat, express.static(new URL("public", import.meta.url).pathname));
app.get("/me", async (req, res) => res.json(await req.conversation.who()));
// A name is enough here; yours asks for a password.
app.post("/sign-in", express.urlencoded(), (req, res, next) => {
  req.session.regenerate((error) => {
    if (error) return next(error);
    req.session.user = String(req.body.name).trim().slice(0, 64) || undefined;
    res.redirect("/");
  });
});
app.post("/sign-out", (req, res, next) => {
  const { user } = req.session;
  req.session.destroy((error) => {
    if (error) return next(error);
    if (user) chat.disconnect(user);
    res.redirect("/");
  });
});

chat.serve(assistant(chat.client({ userId: "assistant's functions", role: "operator" })));
const server = app.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
chat.attach(server, { before: [sessions] });
