/**
 * The peers: documents that merge. Each message is a change of its own, with the bytes that would be sent to others, as a client of theirs
 * would make it; opening is reading what was saved into something that can be shown.
 */
import * as Automerge from "@automerge/automerge";
import { LoroDoc, LoroMap } from "loro-crdt";
import * as Y from "yjs";

/** Milliseconds of two steps, checked by how many messages are there. */
function timed(said, append, open) {
  let at = performance.now();
  const saved = append();
  const appended = performance.now() - at;
  at = performance.now();
  const shown = open(saved);
  const opened = performance.now() - at;
  if (shown.length !== said.length || shown[said.length - 1].content !== said[said.length - 1].content) throw new Error("messages are missing");
  return { append: appended, open: opened };
}

const whole = ({ type, content }, nth) => ({ id: `message-${nth}`, type, content, timestamp: 1_767_225_600_000 + nth });

export const yjs = {
  name: "Yjs",
  async measure(said) {
    return timed(
      said,
      () => {
        const doc = new Y.Doc();
        let sent = 0;
        doc.on("update", (update) => (sent += update.length));
        const list = doc.getArray("messages");
        said.forEach((message, nth) => doc.transact(() => list.push([new Y.Map(Object.entries(whole(message, nth)))])));
        if (sent === 0 || list.length !== said.length) throw new Error("nothing was sent");
        list.toJSON();
        return Y.encodeStateAsUpdate(doc);
      },
      (saved) => {
        const doc = new Y.Doc();
        Y.applyUpdate(doc, saved);
        return doc.getArray("messages").toJSON();
      },
    );
  },
};

export const loro = {
  name: "Loro",
  async measure(said) {
    return timed(
      said,
      () => {
        const doc = new LoroDoc();
        let sent = 0;
        doc.subscribeLocalUpdates((update) => (sent += update.length));
        const list = doc.getList("messages");
        said.forEach((message, nth) => {
          const map = list.insertContainer(nth, new LoroMap());
          for (const [key, value] of Object.entries(whole(message, nth))) map.set(key, value);
          doc.commit();
        });
        if (sent === 0) throw new Error("nothing was sent");
        list.toJSON();
        return doc.export({ mode: "snapshot" });
      },
      (saved) => {
        const doc = new LoroDoc();
        doc.import(saved);
        return doc.getList("messages").toJSON();
      },
    );
  },
};

export const automerge = {
  name: "Automerge",
  async measure(said) {
    return timed(
      said,
      () => {
        let doc = Automerge.from({ messages: [] });
        let sent = 0;
        said.forEach((message, nth) => {
          doc = Automerge.change(doc, (draft) => draft.messages.push(whole(message, nth)));
          sent += Automerge.getLastLocalChange(doc).length;
        });
        if (sent === 0) throw new Error("nothing was sent");
        return Automerge.save(doc);
      },
      (saved) => Automerge.toJS(Automerge.load(saved)).messages,
    );
  },
};
