/** The page: shows a session as it is now, whoever changed it, and says what its visitor says. */
import { createClient } from "colloq";

const at = (id) => document.getElementById(id);
const client = createClient({ url: "/" });
let session;

function open(next) {
  session = next;
  session.subscribe(paint);
  paint();
}

/** The conversation that goes on, or a new one. */
const current = () => (session ?? open(client.create({ title: "Chat" })), session);

function paint() {
  const { messages = [], context } = session.view ?? {};
  at("log").replaceChildren(...messages.map(({ type, status, content, metadata }) => {
    const line = Object.assign(document.createElement("li"), { className: `${type} ${status}`, textContent: content });
    if (metadata?.processingTime !== undefined) line.append(Object.assign(document.createElement("small"), { textContent: [...metadata.apiCalls, `${metadata.processingTime} ms`].join(", ") }));
    return line;
  }));
  at("send").textContent = messages.some(({ status }) => status === "streaming") ? "Stop" : "Send";
  at("issues").replaceChildren(...(context?.recentIssues ?? []).map(({ id, title, status }) => Object.assign(document.createElement("li"), { textContent: `${id} ${title} (${status})` })));
  at("project").value = context?.activeProject?.type ?? "";
  at("format").value = context?.userPreferences.responseFormat ?? "brief";
}

client.on("status", (status) => (at("status").textContent = status));
client.watchSessions(([newest]) => !session && newest?.isActive && open(client.session(newest.id)), { limit: 1 });
fetch("/me").then((response) => response.json()).then(({ userId, isGuest }) => {
  at("who").textContent = isGuest ? "Guest" : userId;
  at(isGuest ? "out" : "in").hidden = true;
});
at("say").onsubmit = (event) => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (at("send").textContent === "Stop") return void session.stop();
  if (text) current().append(text);
  at("text").value = "";
};
at("project").onchange = ({ target: { value: type, selectedOptions } }) => current().setProject(type ? { id: type, name: selectedOptions[0].textContent, type } : null);
at("format").onchange = ({ target }) => current().setPreferences({ responseFormat: target.value });
