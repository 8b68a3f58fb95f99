/**
 * The client of a tree of components.
 *
 * It makes no client and closes none: whoever made it does.
 */
import { createContext, createElement, type JSX, type ReactNode, useContext } from "react";
import type { Client } from "../client.js";

const ClientContext = createContext<Client | null>(null);

/** Gives the components below it a client. */
export function ColloqProvider({ client, children }: { client: Client; children?: ReactNode }): JSX.Element {
  return createElement(ClientContext.Provider, { value: client }, children);
}

/** The client that the provider above gives. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("there is no ColloqProvider above this component");
  return client;
}
