/**
 * A second, independent implementation of the app hash, straight from docs/adr/0002, for the tests.
 */
import { createHash } from 'node:crypto';
import type { Changes } from '../overlay.ts';

export type ModelState = Record<string, Record<string, string | undefined>>;

export const bytes = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'latin1'));

export const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('latin1');

const sha = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The root over pairs of bit path and leaf hash, by plain recursion. */
function root(leaves: { path: string; hash: Buffer }[]): Buffer {
  if (leaves.length === 0) return Buffer.alloc(32);
  if (leaves.length === 1) return (leaves[0] as { hash: Buffer }).hash;
  const rest = (bit: string): { path: string; hash: Buffer }[] =>
    leaves
      .filter(({ path }) => path[0] === bit)
      .map(({ path, hash }) => ({ path: path.slice(1), hash }));
  return sha(root(rest('0')), root(rest('1')));
}

export function modelRoot(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  const leaves = entries.map(([key, value]) => ({
    path: [...sha(key)].map((byte) => byte.toString(2).padStart(8, '0')).join(''),
    hash: sha('artel/smt/leaf/1', sha(key), sha(value)),
  }));
  return Uint8Array.from(root(leaves));
}

/** The app hash of a whole state. */
export function modelAppHash(state: ModelState): Uint8Array {
  const roots: [Uint8Array, Uint8Array][] = [];
  for (const [module, values] of Object.entries(state)) {
    const entries = Object.entries(values)
      .filter((entry): entry is [string, string] => entry[1] !== undefined)
      .map(([key, value]) => [bytes(key), bytes(value)] as const);
    if (entries.length > 0) roots.push([bytes(module), modelRoot(entries)]);
  }
  return modelRoot(roots);
}

/** Changes in the canonical order from plain objects; `undefined` deletes. */
export function changesOf(state: ModelState): Changes {
  const order = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);
  return Object.entries(state)
    .sort(order)
    .map(([module, values]) => ({
      module,
      writes: Object.entries(values)
        .sort(order)
        .map(([key, value]) => [bytes(key), value === undefined ? undefined : bytes(value)]),
    }));
}
