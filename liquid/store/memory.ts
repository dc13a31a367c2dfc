/** A store that forgets: for tests, one-off sessions and pages. */

import { present } from '../../modules/_kernel/assert.ts';
import { compare, fromHex, hex } from '../core/bytes.ts';
import type { Bounds, Change, Entry, Store } from './store.ts';

export class MemoryStore implements Store {
  readonly #values = new Map<string, Uint8Array>();

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return keys.map((key) => this.#values.get(hex(key))?.slice());
  }

  async *range({ gte, lt }: Bounds): AsyncGenerator<Entry> {
    const [from, to] = [hex(gte), hex(lt)];
    const keys = [...this.#values.keys()].filter((key) => key >= from && key < to);
    for (const key of keys.sort()) {
      const value = this.#values.get(key);
      if (value !== undefined) yield [present(fromHex(key), 'a key'), value.slice()];
    }
  }

  async write(changes: readonly Change[]): Promise<void> {
    for (const [key, value] of changes) {
      if (value === undefined) this.#values.delete(hex(key));
      else this.#values.set(hex(key), value.slice());
    }
  }

  async close(): Promise<void> {}

  /** Everything, ascending: what tests compare. */
  entries(): Entry[] {
    return Array.from(
      this.#values,
      ([key, value]): Entry => [present(fromHex(key), 'a key'), value],
    ).sort(([a], [b]) => compare(a, b));
  }
}
