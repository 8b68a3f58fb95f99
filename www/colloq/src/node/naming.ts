/**
 * Ids for what a command creates without one.
 */
import { newId } from "../id.js";
import type { Command } from "../types.js";

/** The command with an id for every message that it creates; `ids` takes all of them, in their order. */
export function named(command: Command, now: number, ids: string[]): Command {
  switch (command.kind) {
    case "appendMessage":
      return { ...command, message: withId(command.message, now, ids) };
    case "editMessage":
      return { ...command, replacement: withId(command.replacement, now, ids) };
    case "batch":
      return { ...command, commands: command.commands.map((one) => named(one as Command, now, ids)) as typeof command.commands };
    default:
      return command;
  }
}

function withId<M extends { id?: string | null }>(message: M, now: number, ids: string[]): M {
  const id = message.id ?? newId(now);
  ids.push(id);
  return message.id === id ? message : { ...message, id };
}
