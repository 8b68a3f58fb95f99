/**
 * Where the conversations of an application are: in this process, or with a host.
 *
 * Whoever asks was told apart before; a backend only sees to it that the rules decide for them.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Client } from "../client.js";
import type { Actor } from "../local/request.js";
import type { ServerClient } from "../server/client.js";

/** A session as it goes out: its JSON, and the version that it is of. */
export interface Reading {
  status: number;
  version: number;
  body: string | Buffer;
}

/** The connection of a page. */
export interface PageSocket {
  send(frame: string): void;
  close(code: number): void;
}

/** The other end of a page's connection. */
export interface PageLink {
  handle(frame: string): void;
  /** The page is gone. */
  leave(): void;
  /** Whoever it is for was looked at again, and is the same. */
  renew(): void;
}

/** See the file's documentation. */
export interface Backend {
  /** Tells it from others. */
  readonly url: string;
  /** Its HTTP interface as somebody. */
  server(actor: Actor): ServerClient;
  /** The newest session of a user that goes on; undefined where there is none. */
  current(actor: Actor): Promise<string | undefined> | string | undefined;
  /** What was taken for the newest session that goes on is not. */
  forget(actor: Actor): void;
  /** Reads a session; a status from 400 on comes with a problem document. */
  read(actor: Actor, id: string, messages: number | undefined, known: number | undefined): Promise<Reading> | Reading;
  /** Answers a request to a route under `/v1`; false where it leads nowhere. */
  answer(actor: Actor, req: IncomingMessage, res: ServerResponse, path: string, query: URLSearchParams): Promise<boolean>;
  /** Connects a page. */
  link(actor: Actor, socket: PageSocket): PageLink;
  /** A client as somebody: for agents that answer. */
  client(actor: Actor): Client;
  /** Gives the sessions of a guest to a user. */
  adopt(guest: Actor, user: Actor): Promise<void>;
  close(): Promise<void>;
}

/** Whoever vouches for others: the application itself. */
export const OPERATOR: Actor = { role: "operator", id: "application" };
