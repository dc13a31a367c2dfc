/** State of one module in memory, for scenarios and properties. */
import type { Bounds, Entry, Reader, Writer } from './state.ts';

export class MemoryState implements Reader, Writer {
  readonly #entries = new Map<string, Entry>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(raw(key))?.[1];
  }

  *range(bounds: Bounds): Iterable<Entry> {
    const [low, high] = [raw(bounds.gte), raw(bounds.lt)];
    const names = [...this.#entries.keys()].filter((name) => name >= low && name < high).sort();
    if (bounds.reverse === true) names.reverse();
    for (const name of names.slice(0, bounds.limit)) {
      const entry = this.#entries.get(name);
      if (entry !== undefined) yield entry;
    }
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#entries.set(raw(key), [key, value]);
  }

  delete(key: Uint8Array): void {
    this.#entries.delete(raw(key));
  }

  /** All entries in key order, as text: two states are equal when these are. */
  dump(): string {
    const names = [...this.#entries.keys()].sort();
    return names
      .map((name) => {
        const [key, value] = this.#entries.get(name) ?? [];
        return `${hex(key)}=${hex(value)}`;
      })
      .join('\n');
  }
}

/** One character a byte: keys of a map, in the order of the bytes. */
function raw(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

function hex(bytes: Uint8Array = new Uint8Array()): string {
  let text = '';
  for (const byte of bytes) text += hexByte[byte];
  return text;
}

const hexByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
