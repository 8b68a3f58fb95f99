/**
 * The two clients of the page: the visitor's, and the assistant's, which is made when it is first needed.
 *
 * Tokens stay in memory; only the visitor's id is kept between visits.
 */
import { type Client, createClient } from "colloq";

const USER_KEY = "colloq.user";
const HOST = new URL(".", location.href);

/** The visitor's id: a guest's, the same at every visit. */
export const userId = rememberedUser();

/** The visitor's client: what it has seen and not yet sent is kept in the browser. */
export const client: Client = createClient({ url: HOST.href, token: () => askToken(userId, "user"), persist: { key: userId } });

let assistant: Client | undefined;

/** The assistant's client. */
export function assistantClient(): Client {
  assistant ??= createClient({ url: HOST.href, token: () => askToken("assistant", "agent") });
  return assistant;
}

/** Asks a host in development mode for a token; a host with keys gives none to a page, and the visitor is signed out. */
async function askToken(user: string, role: "user" | "agent"): Promise<string | null> {
  const response = await fetch(new URL("v1/tokens", HOST), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ userId: user, role }),
  });
  if (response.status === 401 || response.status === 403) return null;
  if (!response.ok) throw new Error(`no token: HTTP ${response.status}`);
  return ((await response.json()) as { token: string }).token;
}

function rememberedUser(): string {
  const fresh = `guest-${Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  try {
    const known = localStorage.getItem(USER_KEY);
    if (known) return known;
    localStorage.setItem(USER_KEY, fresh);
  } catch {
    // Storage is switched off: a guest for this visit only.
  }
  return fresh;
}
