/**
 * The ordered key-value database under the store: LevelDB on disk, or memory. Both pass one
 * contract suite. A batch is all or nothing; on LevelDB it is on the disk when its promise
 * resolves.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { StoreCorrupt, StoreLocked, StoreWriteFailed } from './errors.ts';
import { bytesOf, KeyIndex, textOf } from './key-index.ts';

/** Puts and deletions that are written together. */
export interface Batch {
  put(key: Uint8Array, value: Uint8Array): void;
  del(key: Uint8Array): void;
}

/** Adds to a batch, at once. */
export type Fill = (batch: Batch) => void;

export interface Backend {
  getSync(key: Uint8Array): Uint8Array | undefined;
  /** Entries as of the call. */
  range(bounds: Bounds): Promise<Entry[]>;
  /** Durable: on the disk when it resolves; else a crash may lose it, with all that came later. */
  batch(fill: Fill, how?: { readonly durable: boolean }): Promise<void>;
  /** Removes everything but one key; not atomic. */
  clearExcept(key: Uint8Array): Promise<void>;
  /** Gives the space of what was deleted and replaced back to the disk, beside all other work. */
  compact(): Promise<void>;
  /** Bytes on the disk. */
  size(): Promise<number>;
  close(): Promise<void>;
}

export class MemoryBackend implements Backend {
  readonly #values = new Map<string, Uint8Array>();
  #order = new KeyIndex();

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(textOf(key));
  }

  async range(bounds: Bounds): Promise<Entry[]> {
    const { gte, lt, reverse = false, limit = Number.POSITIVE_INFINITY } = bounds;
    return this.#order
      .slice(textOf(gte), textOf(lt), reverse, limit)
      .map((key) => [bytesOf(key), this.#values.get(key) as Uint8Array]);
  }

  async batch(fill: Fill): Promise<void> {
    const writes: [key: string, value: Uint8Array | undefined][] = [];
    fill({
      put: (key, value) => writes.push([textOf(key), new Uint8Array(value)]),
      del: (key) => writes.push([textOf(key), undefined]),
    });
    for (const [key, value] of writes) {
      if (value === undefined) {
        if (this.#values.delete(key)) this.#order.remove(key);
        continue;
      }
      if (!this.#values.has(key)) this.#order.add(key);
      this.#values.set(key, value);
    }
  }

  async clearExcept(key: Uint8Array): Promise<void> {
    const text = textOf(key);
    const kept = this.#values.get(text);
    this.#values.clear();
    this.#order = new KeyIndex();
    if (kept !== undefined) await this.batch((batch) => batch.put(key, kept));
  }

  async compact(): Promise<void> {}

  async size(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}
}

type Level = ClassicLevel<Uint8Array, Uint8Array>;

/** Paths that a store of this thread writes: LevelDB itself keeps only other processes away. */
const written = new Set<string>();

export class LevelBackend implements Backend {
  readonly #level: Level;
  readonly #path: string;
  readonly #writes: boolean;

  private constructor(level: Level, path: string, writes: boolean) {
    this.#level = level;
    this.#path = path;
    this.#writes = writes;
  }

  /** Opens or creates; `StoreLocked` when another process has it, or another store here. */
  static async open(path: string): Promise<LevelBackend> {
    const whole = resolve(path);
    if (written.has(whole)) throw new StoreLocked(path);
    written.add(whole);
    try {
      return new LevelBackend(await openLevel(whole), whole, true);
    } catch (error) {
      written.delete(whole);
      throw error;
    }
  }

  /** Opens what a store of this process has open; `StoreLocked` when another process has it. */
  static async openToRead(path: string): Promise<LevelBackend> {
    const whole = resolve(path);
    return new LevelBackend(await openLevel(whole), whole, false);
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#level.getSync(key);
  }

  async range(bounds: Bounds): Promise<Entry[]> {
    const { gte, lt, reverse = false, limit = -1 } = bounds;
    const iterator = this.#level.iterator({ gte, lt, reverse, limit });
    return iterator.all();
  }

  async batch(fill: Fill, how = { durable: true }): Promise<void> {
    // PERF: a chained batch costs two thirds of an array of operations.
    const batch = this.#level.batch();
    try {
      fill(batch);
      await batch.write({ sync: how.durable });
    } catch (error) {
      await batch.close();
      const { code } = error as { code?: string };
      throw code === 'LEVEL_IO_ERROR' ? new StoreWriteFailed(this.#path, error) : error;
    }
  }

  async clearExcept(key: Uint8Array): Promise<void> {
    await this.#level.clear({ lt: key });
    await this.#level.clear({ gt: key });
  }

  async compact(): Promise<void> {
    await this.#level.compactRange(Uint8Array.of(0), Uint8Array.of(0xff));
  }

  async size(): Promise<number> {
    const names = await readdir(this.#path);
    // A table may be compacted away between the two.
    const sizes = names.map((name) => stat(join(this.#path, name)).catch(() => ({ size: 0 })));
    return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
  }

  async close(): Promise<void> {
    await this.#level.close();
    if (this.#writes) written.delete(this.#path);
  }
}

async function openLevel(path: string): Promise<Level> {
  const level: Level = new ClassicLevel(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: 8 << 20,
    writeBufferSize: 4 << 20,
    maxFileSize: 4 << 20,
    compression: false,
    // Tables are mapped into memory: at most 600 MB of a large database are at a time.
    maxOpenFiles: 160,
    // Worker threads of this process may open it, too: `StoreReader`.
    multithreading: true,
  });
  try {
    await level.open();
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    if (cause?.code === 'LEVEL_LOCKED') throw new StoreLocked(path);
    if (cause?.code === 'LEVEL_CORRUPTION') {
      throw new StoreCorrupt(`${path}: ${cause.message ?? 'LevelDB reports corruption'}`);
    }
    throw new Error(`the store at ${path} can't be opened: ${cause?.message ?? error}`, {
      cause: error,
    });
  }
  return level;
}
