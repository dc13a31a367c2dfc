/**
 * A snapshot becoming the state of a store, chunk by chunk: nothing counts before the last one has
 * come and the roots are those of the manifest. A process that ends on the way leaves an empty
 * store.
 */

import { timeMs } from '../../modules/_kernel/units.ts';
import { tables as chainTables } from '../../modules/chain/keys.ts';
import { blockRecord } from '../events/block-record.ts';
import type { BulkLoad } from '../store/bulk-load.ts';
import type { Change, Changes } from '../store/overlay.ts';
import type { Store } from '../store/store.ts';
import { type Manifest, SnapshotProblem, sha256 } from './manifest.ts';
import { type Entry, readRecords } from './records.ts';

/** Records that are hashed and written at once: bounds the memory, whatever a chunk holds. */
const batch = 32_768;

/** What became of a chunk. */
export type Applied =
  | 'applied'
  /** It is not the chunk that the manifest names: fetch it again, from somebody else. */
  | 'damaged'
  /** It is not the one that is due. */
  | 'out of order';

export class Restoration {
  readonly manifest: Manifest;
  readonly #load: BulkLoad;
  #next = 0;
  #last: Pick<Entry, 'module' | 'key'> = { module: 0, key: new Uint8Array(0) };

  private constructor(manifest: Manifest, load: BulkLoad) {
    this.manifest = manifest;
    this.#load = load;
  }

  /** Empties the store and begins. Another one begun on the same store ends this one. */
  static async begin(store: Store, manifest: Manifest): Promise<Restoration> {
    return new Restoration(manifest, await store.refill(BigInt(manifest.height)));
  }

  /** Number of the chunk that is due; the count of chunks where all have come. */
  get next(): number {
    return this.#next;
  }

  /**
   * Takes the next chunk. One that was applied before is taken as applied.
   *
   * @throws SnapshotProblem where the chunk is the manifest's own and still can't be: who made the
   *   manifest has lied.
   */
  async apply(index: number, chunk: Uint8Array): Promise<Applied> {
    const part = this.manifest.chunks[index];
    if (part === undefined || index > this.#next) return 'out of order';
    if (chunk.length !== part.bytes) return 'damaged';
    if (sha256(chunk).toString('hex') !== part.sha256) return 'damaged';
    if (index < this.#next) return 'applied';
    let entries: Entry[] = [];
    for (const entry of readRecords(chunk)) {
      this.#follows(entry);
      entries.push(entry);
      if (entries.length < batch) continue;
      await this.#load.add(this.#changes(entries));
      entries = [];
    }
    await this.#load.add(this.#changes(entries));
    // The last key shares the chunk's memory, which is not to be held.
    this.#last = { ...this.#last, key: Uint8Array.from(this.#last.key) };
    this.#next += 1;
    return 'applied';
  }

  /**
   * Makes what came the state of the store.
   *
   * @throws SnapshotProblem where it is not what the manifest promised; the store stays empty.
   */
  async finish(): Promise<void> {
    const { manifest } = this;
    if (this.#next !== manifest.chunks.length) {
      throw new SnapshotProblem(`chunk ${this.#next} of ${manifest.chunks.length} is missing`);
    }
    const { appHash, modules } = this.#load.result();
    for (const { name, root, entries } of manifest.modules) {
      const found = modules.get(name);
      if (found === undefined || hex(found.root) !== root || found.size !== entries) {
        throw new SnapshotProblem(`module ${name} has not the root and size of the manifest`);
      }
    }
    if (hex(appHash) !== manifest.appHash) {
      throw new SnapshotProblem(`the state has app hash ${hex(appHash)}, not ${manifest.appHash}`);
    }
    const facts = this.#load.get('chain', Uint8Array.of(chainTables.facts.prefix));
    const { chainId, appVersion } = facts ? chainTables.facts.value.decode(facts) : noFacts;
    if (chainId !== manifest.chainId || Number(appVersion) !== manifest.appVersion) {
      throw new SnapshotProblem(
        `the state is of chain "${chainId}", version ${appVersion}, ` +
          `the manifest says "${manifest.chainId}", ${manifest.appVersion}`,
      );
    }
    // The event log begins after the snapshot.
    await this.#load.finish(blockRecord(timeMs(BigInt(manifest.timeMs)), new Uint8Array(0)));
  }

  #follows({ module, key }: Entry): void {
    const last = this.#last;
    if (module >= this.manifest.modules.length) {
      throw new SnapshotProblem(`a record is of module ${module}, which the manifest has not`);
    }
    const order = module - last.module || Buffer.compare(key, last.key);
    if (order <= 0) throw new SnapshotProblem('a record stands before one that it must follow');
    this.#last = { module, key };
  }

  #changes(entries: readonly Entry[]): Changes {
    const byModule = new Map<number, Change[]>();
    for (const { module, key, value } of entries) {
      const changes = byModule.get(module);
      if (changes === undefined) byModule.set(module, [[key, value]]);
      else changes.push([key, value]);
    }
    return [...byModule].map(([index, writes]) => {
      return { module: this.manifest.modules[index]?.name ?? '', writes };
    });
  }
}

const noFacts = { chainId: '', appVersion: 0n };

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
