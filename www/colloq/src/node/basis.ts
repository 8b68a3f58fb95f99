/**
 * What an update is compared with: a session's data and issues as they are known without being read anew, because nobody changed them since,
 * or because the last update said what they are to be.
 *
 * It only serves to find what an update changes. What is shown is read from the core, always.
 */
import type { Command, Context } from "../types.js";
import type { ConversationSession } from "./types.js";

/** What is known; what is absent has to be read. */
export interface Basis {
  data?: unknown;
  issues?: Context["recentIssues"];
}

/** Commands that leave data and issues as they are. */
const ELSEWHERE = new Set(["rename", "setPreferences", "setActiveProject", "appendMessage"]);

/** What a session as it is shown says. */
export function basisOf({ data, context }: ConversationSession): Basis {
  return { data, issues: context.recentIssues };
}

/** What is known after a command; `data` is what an update said that all of the data is to be. */
export function basisAfter(basis: Basis, command: Command, data: object | undefined): Basis {
  const commands = command.kind === "batch" ? command.commands : [command];
  let { data: known, issues } = basis as { data: unknown; issues: Basis["issues"] };
  for (const { kind } of commands) {
    if (kind === "patchData") known = copied(data);
    else if (kind === "recordIssue" || kind === "removeIssue") issues = undefined;
    else if (!ELSEWHERE.has(kind)) return {};
  }
  return { ...(known !== undefined && { data: known }), ...(issues && { issues }) };
}

/** A copy that nobody can change; undefined where the core may have kept less of it: a merge patch takes null as "no more". */
function copied(data: object | undefined): unknown {
  const text = data === undefined ? "null" : JSON.stringify({ ...data });
  return text.includes("null") ? undefined : JSON.parse(text);
}
