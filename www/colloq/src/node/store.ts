/**
 * Where sessions outlive the process, and what a store sees of the manager that it serves.
 *
 * A store never decides anything: it keeps what was decided, and hands back what others kept.
 */
import type { ColloqError } from "../error.js";
import type { Command } from "../types.js";
import type { Directory } from "./module.js";
import type { Store } from "./types.js";

/** What a manager has at hand for its store. */
export interface Held {
  readonly directory: Directory;
  now(): number;
  /** Every session in memory. */
  ids(): Iterable<string>;
  /** When somebody was last active in a session. */
  activeAt(id: string): number;
  /** A session is in the directory that was not: it is shown from now on. */
  adopted(id: string, activeAt: number): void;
  /** A session changed in the directory: whoever looks is told, and an end that others brought about comes out. */
  refreshed(id: string, activeAt: number): void;
  /** A session is elsewhere alone, or no more at all. */
  forgot(id: string): void;
  /** What was shown was not taken in the end. */
  rejected(id: string, command: Command | undefined, error: ColloqError): void;
  /** The store cannot do what it is for, now; it goes on trying. */
  failed(error: Error): void;
}

/** A store at work. */
export interface Keeper extends Store {
  /** Begins to serve a manager. A file is read here. */
  open(held: Held): void;
  /** A command was decided in a session. */
  changed(id: string, number: number, command: Command | undefined): void;
  /** Somebody is active in a session, and nothing else; said now and then. */
  touched(id: string): void;
  /** A session was deleted. */
  erased(id: string): void;
  /** A session may be past its time, as far as is known here. */
  due(id: string): void;
  /** Brings a session up to what the store has; whether there is one. */
  load(id: string): Promise<boolean>;
}
