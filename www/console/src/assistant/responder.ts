/**
 * The assistant's answers: rules, what the session says about its project, issues and preferences, and nothing else.
 *
 * The same conversation gives the same answer; it asks no network and remembers nothing of its own.
 */
import type { Context, Message } from "colloq";
import { OTHERWISE, type Pattern, PATTERNS, REFLECTIONS } from "./patterns.js";

/** What an answer is made from. */
export interface Situation {
  text: string;
  context: Context;
  /** How many messages came before: replies take turns by it. */
  turn: number;
}

/** The answer to a message of a view. */
export function situationOf(messages: readonly Message[], context: Context, id: string): Situation {
  const at = messages.findIndex((message) => message.id === id);
  return { text: messages[at]?.content ?? "", context, turn: Math.max(at, 0) };
}

/** The answer. */
export function respond({ text, context, turn }: Situation): string {
  const detailed = context.userPreferences.responseFormat === "detailed";
  const known = aboutContext(text, context, detailed);
  if (known) return known;
  const { pattern, caught } = match(text);
  const reply = choose(pattern.brief, turn).replace("$1", reflect(caught));
  if (!detailed) return reply;
  const more = pattern.more ?? OTHERWISE.more!;
  const project = context.activeProject ? ` All of this with ${context.activeProject.name} in mind, of course.` : "";
  return `${reply}\n\n${choose(more, turn)}${project}`;
}

/** Turns the persons of a phrase round and drops what ends a sentence. */
export function reflect(phrase: string): string {
  const clause = phrase.trim().split(/[.!?;\n]/, 1)[0] ?? "";
  return clause
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => REFLECTIONS[word.toLowerCase()] ?? word)
    .join(" ");
}

function match(text: string): { pattern: Pattern; caught: string } {
  for (const pattern of PATTERNS) {
    const found = pattern.when.exec(text);
    if (found) return { pattern, caught: found[1] ?? "" };
  }
  return { pattern: OTHERWISE, caught: "" };
}

function choose(list: readonly string[], turn: number): string {
  return list[Math.floor(turn / 2) % list.length] ?? "";
}

/** Answers that come from the session itself. */
function aboutContext(text: string, context: Context, detailed: boolean): string | undefined {
  const issue = context.recentIssues.find(({ id, title }) => mentions(text, id) || mentions(text, title));
  if (issue) {
    const line = `${issue.id} is "${issue.title}", ${issue.status}.`;
    return detailed
      ? `${line}\n\nWhat is the next step on it, and who has to know? Tell me when its status changes, or set it in the side panel.`
      : `${line} What is its next step?`;
  }
  if (/\b(?:issues?|tickets?|linear|todo|open points)\b/i.test(text)) return listIssues(context, detailed);
  if (/\bprojects?\b/i.test(text)) return describeProject(context, detailed);
  return undefined;
}

function listIssues({ recentIssues }: Context, detailed: boolean): string {
  if (recentIssues.length === 0) return "There are no recent issues here. Add one in the side panel and I will know it.";
  const [newest] = recentIssues;
  const count = recentIssues.length === 1 ? "is 1 issue" : `are ${recentIssues.length} issues`;
  if (!detailed) return `There ${count}; the newest is ${newest!.id}, "${newest!.title}".`;
  const lines = recentIssues.map(({ id, title, status }) => `- ${id}: ${title} (${status})`);
  return `These are the recent issues, newest first:\n${lines.join("\n")}\n\nWhich of them shall we take?`;
}

function describeProject({ activeProject: project, recentIssues }: Context, detailed: boolean): string {
  if (!project) return "No project is set for this session. Name one in the side panel and I will keep it in mind.";
  const kind =
    project.type === "codegen"
      ? "a code generation project"
      : project.type === "linear"
        ? "a Linear project"
        : `a project of type ${project.type}`;
  const line = `The active project is ${project.name}, ${kind}.`;
  if (!detailed) return `${line} What about it?`;
  const issues =
    recentIssues.length === 0
      ? "It has no recent issues yet."
      : `Its newest issue is ${recentIssues[0]!.id}, "${recentIssues[0]!.title}" (${recentIssues[0]!.status}).`;
  return `${line}\n\n${issues} What would you like to get done in it next?`;
}

function mentions(text: string, name: string): boolean {
  return name.length > 2 && text.toLowerCase().includes(name.toLowerCase());
}
