/**
 * Instances of a wasm file that has colloq's raw exports, in whatever JavaScript engine this file is loaded.
 *
 * It needs nothing but WebAssembly, so the same lines run in Node and in a page. No import may ever be called on this path: each throws
 * its name.
 */

/** Every import of a module; all are functions. */
function forbidden(module) {
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

/** Hands a request to an export and copies its answer out. */
function run(exports, door, request) {
  const at = exports.colloq_alloc(request.length) >>> 0;
  new Uint8Array(exports.memory.buffer, at, request.length).set(request);
  const place = BigInt.asUintN(64, door(at, request.length));
  if (place === 0n) throw new Error("the module did not answer");
  const answer = new Uint8Array(exports.memory.buffer, Number(place >> 32n), Number(place & 0xffffffffn)).slice();
  exports.colloq_free(at, request.length);
  return answer;
}

/** Instances by their numbers, and the compiled files that they are made of. */
export class Instances {
  #modules = new Map();
  #instances = new Map();

  /** Whether a file of this name was compiled. */
  knows(name) {
    return this.#modules.has(name);
  }

  /** Compiles a file once for all its instances. */
  async compile(name, bytes) {
    this.#modules.set(name, await WebAssembly.compile(bytes));
  }

  /** A fresh instance of a file. */
  async start(number, name) {
    const module = this.#modules.get(name);
    const { exports } = await WebAssembly.instantiate(module, forbidden(module));
    this.#instances.set(number, { exports, door: exports.colloq_open });
  }

  /** Answers a request: the first one of an instance opens its shard, every other one calls it. */
  call(number, request) {
    const instance = this.#instances.get(number);
    const answer = run(instance.exports, instance.door, request);
    instance.door = instance.exports.colloq_call;
    return answer;
  }

  /** Forgets an instance. */
  end(number) {
    this.#instances.delete(number);
  }
}
