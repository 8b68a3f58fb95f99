/**
 * The assistant: a model behind any OpenAI-compatible endpoint (OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL), or a few sentences
 * without one. Both may call a function; what was called and how long it took is noted with the answer.
 */
const { OPENAI_BASE_URL: base, OPENAI_API_KEY: apiKey, OPENAI_MODEL: model = "gpt-4o-mini" } = process.env;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What an issue tracker would say. */
const ISSUES = [
  { id: "COD-7", title: "The parser takes an empty file for a broken one", status: "open" },
  { id: "COD-9", title: "Generated code has no types", status: "in progress" },
];
const TOOLS = [{ type: "function", function: { name: "listIssues", description: "The open issues of the project", parameters: { type: "object", properties: {} } } }];

/** Answers turns; `operator` writes what functions find into the session's context. */
export function assistant(operator) {
  return async ({ session, message, signal, reply }) => {
    const [writer, begun, called] = [reply(), Date.now(), []];
    await writer.begun;
    const call = async (name) => {
      called.push(name);
      const found = operator.session(session.id);
      for (const issue of ISSUES) await found.recordIssue(issue);
      return found.release(), ISSUES;
    };
    for await (const text of (base ? complete : recite)(session.view, message, call, signal)) writer.write(text);
    await writer.complete({ apiCalls: called, processingTime: Date.now() - begun });
  };
}

/** Without a model. */
async function* recite({ context }, { content }, call, signal) {
  const isBrief = context.userPreferences.responseFormat === "brief";
  const issues = /issue/i.test(content) ? await call("listIssues") : [];
  const about = context.activeProject ? ` in ${context.activeProject.name}` : "";
  const text = issues.length
    ? `There are ${issues.length} open issues${about}: ${issues.map(({ id, title }) => (isBrief ? id : `${id}, ${title}`)).join("; ")}.`
    : isBrief ? `You said: ${content}` : `You said: ${content}. Ask me about the issues${about}, and I shall look them up and note them beside our talk.`;
  for (const word of text.match(/\S+\s*/g)) {
    if (signal.aborted) return;
    yield word;
    await pause(40);
  }
}

/** With one: streams, calls the functions that the model asks for, and goes on with what they gave. */
async function* complete({ messages, context }, _message, call, signal) {
  const { language, responseFormat } = context.userPreferences;
  const system = `Answer in "${language}", ${responseFormat}. Project: ${context.activeProject?.name ?? "none"}.`;
  const said = messages.filter(({ content }) => content).map(({ type, content }) => ({ role: type, content }));
  const talk = [{ role: "system", content: system }, ...said];
  for (let asked = true; asked; ) {
    asked = undefined;
    const headers = { "content-type": "application/json", ...(apiKey && { authorization: `Bearer ${apiKey}` }) };
    const body = JSON.stringify({ model, stream: true, messages: talk, tools: TOOLS });
    const response = await fetch(`${base.replace(/\/$/, "")}/chat/completions`, { method: "POST", headers, body, signal });
    if (!response.ok) throw new Error(`the model answers ${response.status}`);
    let rest = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines.filter((line) => line.startsWith("data: {"))) {
        const { content, tool_calls: [part] = [] } = JSON.parse(line.slice(6)).choices[0]?.delta ?? {};
        if (content) yield content;
        if (part) asked = { id: part.id ?? asked?.id, name: part.function?.name ?? asked?.name };
      }
    }
    if (!asked) return;
    const tool_calls = [{ id: asked.id, type: "function", function: { name: asked.name, arguments: "{}" } }];
    talk.push({ role: "assistant", content: null, tool_calls }, { role: "tool", tool_call_id: asked.id, content: JSON.stringify(await call(asked.name)) });
  }
}
