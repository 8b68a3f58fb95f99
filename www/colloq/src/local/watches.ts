/**
 * Those who watch more than one session: agents the inbox, people the list of their sessions.
 *
 * They are told what an append changed, once it is in the logs.
 */
import type { Append, Unanswered } from "./effects.js";
import type { Logs } from "./logs.js";

/** After a frame of a list the next one waits so long for more to tell. */
const GATHER_MS = 200;

type Send = (frame: string) => void;

interface List {
  user: string;
  send: Send;
  /** What changed since the last frame: a summary, or null for what is gone. */
  news: Map<string, string | null>;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** All watchers. */
export class Watches {
  readonly #logs: Logs;
  readonly #lists = new Map<number, List>();
  readonly #inboxes = new Map<number, Send>();

  constructor(logs: Logs) {
    this.#logs = logs;
  }

  /** A link watches a user's list: first what there is, then what changes. */
  watchList(link: number, user: string, limit: number, send: Send): void {
    this.leaveList(link);
    const summaries = this.#logs.list(user).slice(0, limit).map(({ summary }) => summary);
    send(`{"kind":"sessions","upsert":[${summaries.join(",")}],"remove":[]}`);
    this.#lists.set(link, { user, send, news: new Map(), timer: undefined });
  }

  /** A link watches what waits for an answer. */
  watchInbox(link: number, send: Send): void {
    const items = this.#logs.waiting().map(({ session, user, unanswered }) => item(session, user, unanswered));
    send(JSON.stringify({ kind: "inbox", upsert: items, remove: [] }));
    this.#inboxes.set(link, send);
  }

  leaveList(link: number): void {
    clearTimeout(this.#lists.get(link)?.timer);
    this.#lists.delete(link);
  }

  leave(link: number): void {
    this.leaveList(link);
    this.#inboxes.delete(link);
  }

  /** An append is in the logs. */
  tell({ session, user, summary, unanswered, turned, former }: Append): void {
    if (turned) this.#tellInbox(session, user, unanswered);
    if (former !== undefined) this.#tellLists(former, session, null);
    this.#tellLists(user, session, summary);
  }

  /** A session is no more. */
  tellErased(session: string, user: string): void {
    this.#tellInbox(session, user, undefined);
    this.#tellLists(user, session, null);
  }

  #tellInbox(session: string, user: string, unanswered: Unanswered | undefined): void {
    if (this.#inboxes.size === 0) return;
    const [upsert, remove] = unanswered ? [[item(session, user, unanswered)], []] : [[], [session]];
    const frame = JSON.stringify({ kind: "inbox", upsert, remove });
    for (const send of this.#inboxes.values()) send(frame);
  }

  #tellLists(user: string, session: string, summary: string | null): void {
    for (const list of this.#lists.values()) {
      if (list.user !== user) continue;
      list.news.set(session, summary);
      if (list.timer === undefined) this.#flush(list);
    }
  }

  #flush(list: List): void {
    list.timer = undefined;
    if (list.news.size === 0) return;
    const news = [...list.news];
    list.news.clear();
    const upsert = news.flatMap(([, summary]) => summary ?? []);
    const remove = news.flatMap(([session, summary]) => (summary === null ? [session] : []));
    list.send(`{"kind":"sessions","upsert":[${upsert.join(",")}],"remove":${JSON.stringify(remove)}}`);
    list.timer = setTimeout(() => this.#flush(list), GATHER_MS);
    list.timer.unref();
  }
}

function item(session: string, userId: string, { message, atMs }: Unanswered): object {
  return { session, message, userId, at: new Date(atMs).toISOString() };
}
