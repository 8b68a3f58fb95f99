/**
 * `cargo xtask bench express`: rows N1. Prints one JSON document; progress goes to standard error.
 */
import { versionsOf } from "./client/versions.mjs";
import { expressRows } from "./express/rows.mjs";

console.log(JSON.stringify({ versions: versionsOf("express", "express-session", "connect-redis", "redis"), rows: await expressRows() }));
