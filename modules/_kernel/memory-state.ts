/** State of one module in memory, for scenarios and properties. */
import type { Bounds, Entry, Reader, Writer } from './state.ts';

export class MemoryState implements Reader, Writer {
  readonly #entries = new Map<string, Entry>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(hex(key))?.[1];
  }

  *range(bounds: Bounds): Iterable<Entry> {
    const [low, high] = [hex(bounds.gte), hex(bounds.lt)];
    const names = [...this.#entries.keys()].filter((name) => name >= low && name < high).sort();
    if (bounds.reverse === true) names.reverse();
    for (const name of names.slice(0, bounds.limit)) {
      const entry = this.#entries.get(name);
      if (entry !== undefined) yield entry;
    }
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#entries.set(hex(key), [key, value]);
  }

  delete(key: Uint8Array): void {
    this.#entries.delete(hex(key));
  }

  /** All entries in key order, as text: two states are equal when these are. */
  dump(): string {
    const names = [...this.#entries.keys()].sort();
    return names.map((name) => `${name}=${hex(this.#entries.get(name)?.[1])}`).join('\n');
  }
}

function hex(bytes: Uint8Array = new Uint8Array()): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
