/**
 * How far back a holder looks: windows on what is live, pages before it, and what leaves the live session meanwhile.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Page, SessionView } from "colloq";
import { History } from "#internal/history";

const message = (at: number) => ({ id: `m${at}`, content: `${at}` }) as Message;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => message(from + at));
const ids = (view: SessionView | undefined) => view?.messages.map(({ id }) => Number(id.slice(1)));

/** A host that has all messages from `first` on, of which the live session holds those from `live` to `end`. */
class Source {
  first = 0;
  asked: string[] = [];
  #view: SessionView | undefined;

  get view(): SessionView | undefined {
    return this.#view;
  }

  show(messages: readonly Message[], hasEarlier: boolean): void {
    this.#view = { id: "s", messages, hasEarlier } as unknown as SessionView;
  }

  async fetchPage(before: string, limit: number): Promise<Page<Message>> {
    this.asked.push(`${before} ${limit}`);
    const end = Number(before.slice(1));
    const start = Math.max(this.first, end - limit);
    return { items: range(start, end).reverse(), nextCursor: start > this.first ? `m${start}` : null };
  }
}

test("without a tail the view is the live one, the same object", async () => {
  const source = new Source();
  const history = new History(source);
  assert.equal(history.view, undefined);
  assert.equal(await history.load(), false);
  source.show(range(0, 3), false);
  assert.equal(history.view, source.view);
  assert.equal(await history.load(), false);
  assert.deepEqual(source.asked, []);
});

test("a tail shows the last ones, grows at the end, and gives more of what is here", async () => {
  const source = new Source();
  source.show(range(0, 10), false);
  const history = new History(source, 3);
  assert.deepEqual(ids(history.view), [7, 8, 9]);
  assert.equal(history.view?.hasEarlier, true);
  source.show(range(0, 12), false);
  assert.deepEqual(ids(history.view), [7, 8, 9, 10, 11]);
  let told = 0;
  history.subscribe(() => (told += 1));
  assert.equal(await history.load(5), true);
  assert.deepEqual(ids(history.view), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.equal(await history.load(5), true);
  assert.equal(history.view, source.view);
  assert.equal(await history.load(5), false);
  assert.equal(told, 2);
  assert.deepEqual(source.asked, []);
});

test("a window that its first message leaves stays as long as it was", () => {
  const source = new Source();
  source.show(range(0, 6), false);
  const history = new History(source, 2);
  assert.deepEqual(ids(history.view), [4, 5]);
  source.show([...range(0, 4), message(5)], false);
  assert.deepEqual(ids(history.view), [3, 5]);
  source.show([], false);
  assert.deepEqual(ids(history.view), []);
});

test("pages of the host come in front, and stay there when the live session changes", async () => {
  const source = new Source();
  source.first = 2;
  source.show(range(10, 14), true);
  const history = new History(source);
  assert.equal(await history.load(4), true);
  assert.deepEqual(ids(history.view), [6, 7, 8, 9, 10, 11, 12, 13]);
  assert.equal(history.view?.messages[0]!.pending, false);
  const before = history.view;
  assert.equal(history.view, before);
  source.show(range(10, 15), true);
  assert.deepEqual(ids(history.view), [6, 7, 8, 9, 10, 11, 12, 13, 14]);
  assert.equal(history.view?.messages[0], before?.messages[0]);
  const [one, same] = [history.load(500), history.load(500)];
  assert.equal(await one, true);
  assert.equal(await same, true);
  assert.deepEqual(source.asked, ["m10 4", "m6 200"]);
  assert.equal(ids(history.view)?.[0], 2);
  assert.equal(history.view?.hasEarlier, false);
  assert.equal(await history.load(), false);
});

test("what leaves at the front stays in the sight of who looks at earlier ones, if the host has it still", async () => {
  const source = new Source();
  source.show(range(10, 14), true);
  const history = new History(source);
  await history.load(2);
  assert.deepEqual(ids(history.view), [8, 9, 10, 11, 12, 13]);
  source.show(range(12, 16), true);
  assert.deepEqual(ids(history.view), [8, 9, 10, 11, 12, 13, 14, 15]);
  await Promise.resolve();
  assert.deepEqual(ids(history.view), [8, 9, 10, 11, 12, 13, 14, 15]);
  // The next one was not trimmed but removed, which the host says.
  source.fetchPage = async () => ({ items: [], nextCursor: null });
  source.show(range(13, 16), true);
  assert.deepEqual(ids(history.view), [8, 9, 10, 11, 12, 13, 14, 15]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(ids(history.view), [8, 9, 10, 11, 13, 14, 15]);
});
