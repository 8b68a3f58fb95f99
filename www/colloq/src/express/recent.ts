/**
 * What was used lately, by a name, and no more than so many.
 */

/** See the file's documentation. */
export class Recent<T> {
  readonly #max: number;
  readonly #items = new Map<string, T>();

  constructor(max: number) {
    this.#max = max;
  }

  get(name: string): T | undefined {
    const item = this.#items.get(name);
    if (item === undefined) return undefined;
    this.#items.delete(name);
    this.#items.set(name, item);
    return item;
  }

  set(name: string, item: T): void {
    this.#items.delete(name);
    this.#items.set(name, item);
    if (this.#items.size > this.#max) this.#items.delete(this.#items.keys().next().value!);
  }

  delete(name: string): void {
    this.#items.delete(name);
  }

  clear(): void {
    this.#items.clear();
  }
}
