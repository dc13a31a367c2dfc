/**
 * One person's companion on disk: registry, keys and settings in one folder, which one process at a
 * time has open.
 */
import { hash, randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { type Day, dayOfUnixSeconds } from '../core/days.ts';
import type { Policy } from '../registry/policy.ts';
import { Registry } from '../registry/registry.ts';
import { LevelStore } from '../store/level.ts';
import type { Store } from '../store/store.ts';
import { records } from './bring-in.ts';
import { KeyTable } from './key-table.ts';
import { PairTable } from './pair-table.ts';
import { loadPolicy, loadShown, type Shown, savePolicy, saveShown } from './settings.ts';

export interface FolderOptions {
  /** UTC seconds; by default the platform's clock. */
  readonly now?: () => number;
}

export class Folder {
  readonly registry: Registry;
  readonly keys: KeyTable;
  readonly pairs: PairTable;
  readonly now: () => number;
  readonly #store: Store;

  private constructor(store: Store, registry: Registry, now: () => number) {
    this.#store = store;
    this.registry = registry;
    this.keys = new KeyTable(store, now);
    this.pairs = new PairTable(store);
    this.now = now;
  }

  /** Makes the folder where there is none, for its owner alone. Throws a StoreUnavailable. */
  static async open(path: string, { now = unixNow }: FolderOptions = {}): Promise<Folder> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
    const store = await LevelStore.open(path);
    try {
      const policy = await loadPolicy(store);
      const registry = await Registry.open(store, {
        policy,
        random: randomU32,
        sha256: platformSha256,
      });
      return new Folder(store, registry, now);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Everything that is kept, ascending by id. */
  records(): ReturnType<typeof records> {
    return records(this.#store);
  }

  get today(): Day {
    return dayOfUnixSeconds(this.now());
  }

  /** From now on, here and after a restart. */
  async setPolicy(policy: Policy): Promise<void> {
    await savePolicy(this.#store, policy);
    this.registry.policy = policy;
  }

  /** The key whose QR was shown last, as long as that QR is good. */
  async shown(): Promise<Shown | undefined> {
    const shown = await loadShown(this.#store);
    return shown !== undefined && shown.expiry >= this.now() ? shown : undefined;
  }

  async setShown(shown: Shown): Promise<void> {
    await saveShown(this.#store, shown);
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}

/** Of the platform's secure source. */
export function secureRandom(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

function randomU32(): number {
  return randomBytes(4).readUInt32BE(0);
}

/** PERF: a digest as text is a third of the cost of one as bytes, of short messages, too. */
export function platformSha256(message: Uint8Array, into: Uint8Array): void {
  const digest = hash('sha256', message, 'binary');
  for (let i = 0; i < into.length; i += 1) into[i] = digest.charCodeAt(i);
}
