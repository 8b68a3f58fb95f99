/**
 * What `updateSession` asks for, as commands of the core.
 *
 * It says what differs and decides nothing: whether that is allowed is the core's to say.
 */
import { isDeepStrictEqual } from "node:util";
import type { NewMessage as WireMessage } from "../generated/state.js";
import { newId } from "../id.js";
import { wellFormed } from "../text.js";
import type { Command, Context } from "../types.js";
import type { Basis } from "./basis.js";
import type { ConversationMessage, ConversationSession, MessageInput, SessionUpdates } from "./types.js";

/** An id as the core takes it. */
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether a value is the id of anything. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}

/** The commands that make a session what the updates say; null where no command does. */
export function commandsOf(known: Known, updates: SessionUpdates, now: number): Command[] | null {
  const commands: Command[] = [];
  let isEnd = false;
  for (const [key, value] of Object.entries(updates)) {
    const asked = FIELDS[key]?.(known, value, now) ?? (isSame(known.session(), key, value) ? [] : null);
    if (asked === null) return null;
    if (key === "isActive") isEnd = asked.length > 0;
    else commands.push(...asked);
  }
  // What is asked for beside the end is done before it.
  if (isEnd) commands.push({ kind: "end" });
  return commands;
}

/** What there is: the session, or only a part of it, which is often known without reading it. */
interface Known {
  session(): ConversationSession;
  part(key: keyof Basis): unknown;
}

type Field = (known: Known, value: unknown, now: number) => Command[] | null;

/** How each field is changed. Every other one may only be named as it is. */
const FIELDS: Record<string, Field> = {
  title: (_, value) => {
    if (value === undefined || value === null) return [{ kind: "rename" }];
    return typeof value === "string" ? [{ kind: "rename", title: wellFormed(value) }] : null;
  },
  data: ({ part }, value) => {
    if (value === undefined) return [];
    if (!isObject(value)) return null;
    const patch = patchOf(part("data"), value);
    return Object.keys(patch).length > 0 ? [{ kind: "patchData", patch }] : [];
  },
  context: (known, value) => (value === undefined ? [] : isObject(value) ? contextCommands(known, value) : null),
  messages: ({ session }, value, now) => {
    if (value === undefined) return [];
    return Array.isArray(value) ? tailCommands(session().messages, value, now) : null;
  },
  isActive: ({ session }, value) => {
    if (value === undefined || value === session().isActive) return [];
    return value === false ? [{ kind: "end" }] : null;
  },
  userId: ({ session }, value) => {
    if (value === undefined || value === session().userId) return [];
    return typeof value === "string" ? [{ kind: "signIn", userId: value }] : null;
  },
  limits: ({ session }, value) => {
    if (value === undefined || value === session().limits) return [];
    return isObject(value) ? [{ kind: "setLimits", limits: value }] : null;
  },
  // Whoever updates a session is active in it.
  lastActivity: () => [],
};

function contextCommands({ part }: Known, context: Record<string, unknown>): Command[] | null {
  const commands: Command[] = [];
  for (const [key, value] of Object.entries(context)) {
    if (key === "activeProject") {
      commands.push({ kind: "setActiveProject", ...(value ? { project: value as Required<Context>["activeProject"] } : {}) });
    } else if (key === "userPreferences") {
      if (value) commands.push({ kind: "setPreferences", preferences: value });
    } else if (key === "recentIssues") {
      const issues = value ?? [];
      if (!Array.isArray(issues)) return null;
      commands.push(...issueCommands(part("issues") as Context["recentIssues"], issues));
    } else return null;
  }
  return commands;
}

/** Issues that are new or differ are recorded, the oldest first, from the last place on at which both lists agree. */
function issueCommands(known: Context["recentIssues"], issues: Context["recentIssues"]): Command[] {
  const gone = known.filter(({ id }) => !issues.some((issue) => issue?.id === id));
  const left = known.filter((issue) => !gone.includes(issue));
  let same = 0;
  while (same < left.length && same < issues.length && isEqual(left.at(-1 - same), issues.at(-1 - same))) same += 1;
  const fresh = issues.slice(0, issues.length - same).reverse();
  return [
    ...gone.map(({ id }): Command => ({ kind: "removeIssue", issue: id })),
    ...fresh.map((issue): Command => ({ kind: "recordIssue", issue })),
  ];
}

function tailCommands(known: readonly ConversationMessage[], messages: readonly unknown[], now: number): Command[] | null {
  if (messages.length < known.length || !known.every((message, at) => isSameMessage(message, messages[at]))) return null;
  const tail = messages.slice(known.length);
  if (!tail.every(isObject)) return null;
  return tail.map((message) => ({ kind: "appendMessage", message: sent(message as unknown as MessageInput, now) }));
}

function isSameMessage(known: ConversationMessage, other: unknown): boolean {
  if (other === known) return true;
  return isObject(other) && other["id"] === known.id && other["content"] === known.content && other["type"] === known.type;
}

/** A message as the core takes it: under an id of its own, at the time at which it is appended. */
export function sent(message: MessageInput & { status?: string }, now: number): WireMessage {
  const { id, type, content, parts, status, replyTo, turn, metadata } = message;
  return {
    id: isId(id) ? id : newId(now),
    type,
    ...(parts === undefined && { content: typeof content === "string" ? wellFormed(content) : (content as unknown as string) }),
    ...(parts !== undefined && { parts: parts as NonNullable<WireMessage["parts"]> }),
    ...(status === "streaming" && { status }),
    ...(replyTo !== undefined && { replyTo }),
    ...(turn !== undefined && { turn }),
    ...(metadata !== undefined && { metadata }),
  };
}

/** The JSON Merge Patch (RFC 7396) that makes one object of another. */
export function patchOf(from: unknown, to: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const known = isObject(from) ? from : {};
  for (const key of Object.keys(known)) if (to[key] === undefined || to[key] === null) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    if (value === undefined || value === null || isEqual(known[key], value)) continue;
    patch[key] = isPlain(value) && isPlain(known[key]) ? patchOf(known[key], value) : value;
  }
  return patch;
}

/** Most values are told apart by a glance. */
function isEqual(known: unknown, value: unknown): boolean {
  return known === value || (typeof value === "object" && typeof known === "object" && isDeepStrictEqual(known, value));
}

function isSame(session: ConversationSession, key: string, value: unknown): boolean {
  const known = (session as unknown as Record<string, unknown>)[key];
  if (value === known) return true;
  if (known instanceof Date) return new Date(value as Date).getTime() === known.getTime();
  return isEqual(known, value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return isObject(value) && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);
}
