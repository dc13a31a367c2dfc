/** The store on disk: LevelDB in a folder that one process at a time may open. */
import { ClassicLevel } from 'classic-level';
import type { Bounds, Change, Entry, Store } from './store.ts';

export class LevelStore implements Store {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>;

  private constructor(level: ClassicLevel<Uint8Array, Uint8Array>) {
    this.#level = level;
  }

  /** Throws a StoreUnavailable with a sentence for people where the folder can't be opened. */
  static async open(folder: string): Promise<LevelStore> {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, {
      keyEncoding: 'view',
      valueEncoding: 'view',
    });
    try {
      await level.open();
    } catch (error) {
      throw new StoreUnavailable(folder, error);
    }
    return new LevelStore(level);
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#level.getMany([...keys]);
  }

  /** PERF: reads a thousand entries at a time; one by one costs several times as much. */
  async *range(bounds: Bounds): AsyncGenerator<Entry> {
    const iterator = this.#level.iterator({ ...bounds, highWaterMarkBytes: 1 << 20 });
    try {
      for (;;) {
        const entries = await iterator.nextv(1000);
        if (entries.length === 0) return;
        yield* entries;
      }
    } finally {
      await iterator.close();
    }
  }

  async write(changes: readonly Change[]): Promise<void> {
    const operations = changes.map(([key, value]) =>
      value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
    );
    await this.#level.batch(operations, { sync: true });
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

export class StoreUnavailable extends Error {
  constructor(folder: string, cause: unknown) {
    const locked = (cause as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED';
    const why = locked
      ? 'another process has it open; end that one first'
      : 'it can’t be opened; check that the folder is writable';
    super(`the registry in ${folder} is not available: ${why}`, { cause });
    this.name = 'StoreUnavailable';
  }
}
