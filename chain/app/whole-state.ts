/**
 * The state of one height held whole in memory: for export and audit, which read all of it anyway.
 */
import type { Bounds, Entry } from '../../modules/_kernel/state.ts';
import { textOf } from '../store/key-index.ts';
import type { StateReader } from '../store/overlay.ts';
import type { Version } from '../store/store.ts';

interface ModuleState {
  readonly byKey: ReadonlyMap<string, Uint8Array>;
  /** In key order. */
  readonly entries: readonly Entry[];
}

/** Reads everything of the named modules at a version. */
export async function wholeState(
  version: Version,
  modules: readonly string[],
): Promise<StateReader> {
  const states = new Map<string, ModuleState>();
  const everything = { gte: new Uint8Array(), lt: new Uint8Array(129).fill(255) };
  for (const module of modules) {
    const entries = await version.range(module, everything);
    const byKey = new Map(entries.map(([key, value]) => [textOf(key), value]));
    states.set(module, { byKey, entries });
  }
  return {
    get: (module, key) => states.get(module)?.byKey.get(textOf(key)),
    range: (module, bounds) => within(states.get(module)?.entries ?? [], bounds),
  };
}

function* within(entries: readonly Entry[], { gte, lt, reverse, limit }: Bounds): Iterable<Entry> {
  const from = firstAtOrAbove(entries, gte);
  const to = firstAtOrAbove(entries, lt);
  const count = Math.min(limit ?? Number.POSITIVE_INFINITY, to - from);
  for (let given = 0; given < count; given += 1) {
    const entry = entries[reverse === true ? to - 1 - given : from + given];
    if (entry !== undefined) yield entry;
  }
}

function firstAtOrAbove(entries: readonly Entry[], key: Uint8Array): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && Buffer.compare(entry[0], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
