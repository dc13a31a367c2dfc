/** Trees of old heights kept in memory, bounded by their bytes: the one used longest ago goes. */
import type { KeptTree } from './kept-tree.ts';

export class TreeCache {
  readonly #limit: number;
  readonly #trees = new Map<string, Promise<KeptTree>>();
  readonly #sizes = new Map<string, number>();

  /** At most about `bytes` bytes, but always the one used last. */
  constructor(bytes: number) {
    this.#limit = bytes;
  }

  /** The tree of a module at a height; `load` is called where it is not here yet. */
  async of(module: string, height: number, load: () => Promise<KeptTree>): Promise<KeptTree> {
    const id = `${height}/${module}`;
    const cached = this.#trees.get(id);
    const tree = cached ?? load();
    this.#trees.delete(id);
    this.#trees.set(id, tree);
    if (cached === undefined) {
      try {
        this.#sizes.set(id, (await tree).tree.bytes);
      } catch (error) {
        this.#trees.delete(id);
        throw error;
      }
      this.#shrink(id);
    }
    return tree;
  }

  #shrink(last: string): void {
    let sum = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const id of [...this.#trees.keys()]) {
      const size = this.#sizes.get(id);
      if (sum <= this.#limit || size === undefined || id === last) continue;
      this.#trees.delete(id);
      this.#sizes.delete(id);
      sum -= size;
    }
  }

  clear(): void {
    this.#trees.clear();
    this.#sizes.clear();
  }
}
