/**
 * Loaded before express-session's own suite (`express-session-suite`, the last version of the package that ships it): the suite tests the
 * express-session that is installed, and that has `ColloqStore` in the place of its `MemoryStore`.
 */
const path = require("node:path");
const { ColloqStore } = require("colloq/express");

let made = 0;
class Store extends ColloqStore {
  constructor() {
    super(process.env.COLLOQ_URL ? { url: process.env.COLLOQ_URL, prefix: `suite-${process.pid}-${made}` } : {});
    made += 1;
  }
}

const replace = (file, exports) => (require.cache[file] = { id: file, filename: file, loaded: true, exports, children: [], paths: [] });
const folderOf = (name) => path.dirname(require.resolve(`${name}/package.json`));
// `ColloqStore` has loaded express-session for its base class: it is loaded anew.
delete require.cache[require.resolve("express-session")];
replace(path.join(folderOf("express-session"), "session", "memory.js"), Store);
replace(path.join(folderOf("express-session-suite"), "index.js"), require("express-session"));
process.on("exit", () => console.log(`stores made: ${made}`));
