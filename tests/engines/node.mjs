/**
 * Runs the shipped wasm file through its raw exports: the first frame on standard input opens the shard, every other one calls it.
 * A frame is its length (four bytes, little-endian) and its bytes. No import may ever be called on this path: each throws its name.
 */
import { readFileSync, readSync, writeSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));

/** Every import of the file; all are functions. */
function forbidden() {
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function") throw new Error(`the import ${name} is a ${kind}`);
    imports[from] ??= {};
    imports[from][name] = () => {
      throw new Error(`the import ${name} was called`);
    };
  }
  return imports;
}

const { exports } = new WebAssembly.Instance(module, forbidden());

/** Reads so many bytes; nothing at the end of the input. */
function read(length) {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const count = readSync(0, bytes, at, length - at, null);
    if (count === 0) return undefined;
    at += count;
  }
  return bytes;
}

function write(bytes) {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

/** Hands a request to an export and copies its answer out. */
function run(door, request) {
  const at = exports.colloq_alloc(request.length) >>> 0;
  new Uint8Array(exports.memory.buffer, at, request.length).set(request);
  const place = BigInt.asUintN(64, door(at, request.length));
  if (place === 0n) throw new Error("the module did not answer");
  const answer = Buffer.from(new Uint8Array(exports.memory.buffer, Number(place >> 32n), Number(place & 0xffffffffn)));
  exports.colloq_free(at, request.length);
  return answer;
}

let door = exports.colloq_open;
for (let length = read(4); length !== undefined; length = read(4)) {
  const request = read(length.readUInt32LE(0));
  if (request === undefined) throw new Error("the input ended within a frame");
  const answer = run(door, request);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(answer.length);
  write(Buffer.concat([head, answer]));
  door = exports.colloq_call;
}
