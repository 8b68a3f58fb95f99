/**
 * One instance of the module's file by its raw exports, as a host runs it.
 *
 * The file's imports belong to its other face; here each throws when it is called, which none is.
 */
import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { moduleFile } from "../node/module.js";
import { Reader } from "./bytes.js";
import { type Effects, readEffects } from "./effects.js";
import { ABI_VERSION } from "./request.js";

const BUFFER_BYTES = 4096;

/** The file, compiled. */
export interface ModuleFile {
  readonly module: WebAssembly.Module;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

let shipped: ModuleFile | undefined;

/** The file of this package. */
export function shippedFile(): ModuleFile {
  shipped ??= compile(readFileSync(moduleFile()));
  return shipped;
}

function compile(bytes: Uint8Array<ArrayBuffer>): ModuleFile {
  return { module: new WebAssembly.Module(bytes), bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** What a module says of itself. */
export interface Manifest {
  schema: number;
  limits: string;
  /** The table of errors. */
  codes: Map<string, { status: number; retryable: boolean; title: string }>;
}

interface Exports {
  memory: WebAssembly.Memory;
  colloq_abi_version(): number;
  colloq_alloc(bytes: number): number;
  colloq_free(at: number, bytes: number): void;
  colloq_open(at: number, bytes: number): bigint;
  colloq_call(at: number, bytes: number): bigint;
}

/** One instance: a memory with sessions in it. */
export class Instance {
  readonly #exports: Exports;
  #at = 0;
  #room = 0;
  readonly manifest: Manifest;

  constructor(file: ModuleFile, open: Buffer) {
    const imports: Record<string, Record<string, () => never>> = {};
    for (const { module, name } of WebAssembly.Module.imports(file.module)) {
      (imports[module] ??= {})[name] = () => {
        throw new Error(`a host's module called ${name}`);
      };
    }
    this.#exports = new WebAssembly.Instance(file.module, imports).exports as unknown as Exports;
    if (this.#exports.colloq_abi_version() !== ABI_VERSION) throw new Error("the module speaks another version of the envelope");
    const place = this.#exports.colloq_open(this.#write(open), open.length);
    if (place === 0n) throw new Error("the module refused its settings");
    this.manifest = readManifest(this.#answer(place));
  }

  /** Asks for something. */
  call(request: Buffer): Effects {
    return readEffects(this.#answer(this.#exports.colloq_call(this.#write(request), request.length)));
  }

  #write(request: Buffer): number {
    if (this.#room < request.length) {
      if (this.#at !== 0) this.#exports.colloq_free(this.#at, this.#room);
      this.#room = Math.max(BUFFER_BYTES, 2 ** Math.ceil(Math.log2(request.length)));
      this.#at = this.#exports.colloq_alloc(this.#room);
      if (this.#at === 0) throw new Error("the module has no memory for a request");
    }
    new Uint8Array(this.#exports.memory.buffer, this.#at, request.length).set(request);
    return this.#at;
  }

  /** `address << 32 | length`; it holds until the next call. */
  #answer(place: bigint): Buffer {
    return Buffer.from(this.#exports.memory.buffer, Number((place >> 32n) & 0xffff_ffffn), Number(place & 0xffff_ffffn));
  }
}

function readManifest(bytes: Buffer): Manifest {
  const reader = new Reader(bytes);
  const [schema, limits] = [reader.u32(), reader.text()];
  const codes = reader.list(() => [reader.text(), { status: reader.u16(), retryable: reader.bool(), title: reader.text() }] as const);
  return { schema, limits, codes: new Map(codes) };
}
