import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, hex } from '../core/bytes.ts';
import { dayOf } from '../core/days.ts';
import { type Id, idOfBytes, idOfKey, seedIdOfKey } from '../core/id.ts';
import { parsePublicKey } from '../core/keys.ts';
import { type HashKind, windowRoot } from '../core/node.ts';
import { parseReceipt } from '../core/receipt.ts';
import { decodeFrame, decodeNodes, decodePositions, encodeFrame } from '../core/seed-frames.ts';
import { Trie } from '../core/trie.ts';
import { syncRunners } from './sync-vectors.ts';

const folder = join(import.meta.dirname, 'vectors');

function casesOf<Case>(name: string): readonly Case[] {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')).cases;
}

function bytes(text: string): Uint8Array {
  const parsed = fromHex(text);
  if (parsed === undefined) throw new Error(`not hexadecimal: ${text}`);
  return parsed;
}

function rootOf(ids: readonly Id[], hashKind: HashKind): string {
  const trie = new Trie(hashKind);
  for (const id of ids) trie.insert(id);
  return hex(trie.root());
}

const runners: Readonly<Record<string, () => void>> = {
  ids: () => {
    interface Case {
      readonly algorithm: number;
      readonly publicKey: string;
      readonly id: string;
      readonly seedId?: string;
    }
    for (const { algorithm, publicKey, id, seedId } of casesOf<Case>('ids')) {
      const scheme = algorithm === 1 ? 'ed25519' : 'secp256k1';
      const key = parsePublicKey(scheme, bytes(publicKey));
      if (!key.ok) throw new Error(key.message);
      expect(hex(idOfKey(key.value))).toBe(id);
      if (key.value.scheme === 'secp256k1') expect(hex(seedIdOfKey(key.value))).toBe(seedId);
    }
  },
  tries: () => {
    interface Case {
      readonly name: string;
      readonly ids: readonly string[];
      readonly root: string;
      readonly hash160Root: string;
    }
    for (const { name, ids, root, hash160Root } of casesOf<Case>('tries')) {
      const list = ids.map((id) => idOfBytes(bytes(id)));
      expect([name, rootOf(list, 'artel')]).toEqual([name, root]);
      expect([name, rootOf(list.toReversed(), 'artel')]).toEqual([name, root]);
      expect([name, rootOf(list, 'hash160')]).toEqual([name, hash160Root]);
    }
  },
  windows: () => {
    interface Case {
      readonly first: number;
      readonly count: number;
      readonly dayRoots: readonly string[];
      readonly root: string;
    }
    for (const { first, count, dayRoots, root } of casesOf<Case>('windows')) {
      expect(hex(windowRoot({ first: dayOf(first), count }, dayRoots.map(bytes)))).toBe(root);
    }
  },
  receipts: () => {
    interface Case {
      readonly receipt: string;
      readonly id?: string;
      readonly day?: number;
      readonly refusal?: string;
    }
    for (const { receipt, id, day, refusal } of casesOf<Case>('receipts')) {
      const parsed = parseReceipt(bytes(receipt));
      if (parsed.ok) expect([hex(parsed.value.id), parsed.value.day]).toEqual([id, day]);
      else expect(parsed.name).toBe(refusal);
    }
  },
  'seed-frames': () => {
    interface Case {
      readonly name?: string;
      readonly frame: string;
      readonly type?: number;
      readonly age?: number;
      readonly positions?: readonly string[];
      readonly nodes?: readonly unknown[];
      readonly refusal?: string;
    }
    for (const { name, frame, refusal, ...says } of casesOf<Case>('seed-frames')) {
      expect([name, readFrame(bytes(frame))]).toEqual([name, refusal ?? says]);
    }
  },
  // Run where the engine is: range/test/range.test.ts.
  range: () => expect(readdirSync(join(folder, '../../range/test'))).toContain('range.test.ts'),
  // Run where the handshake is: core/test/handshake.test.ts.
  handshake: () =>
    expect(readdirSync(join(folder, '../../core/test'))).toContain('handshake.test.ts'),
};

/** What a frame says in the form of the vectors, or the name of its refusal. */
function readFrame(frame: Uint8Array): unknown {
  const opened = decodeFrame(frame);
  if (!opened.ok) return opened.name;
  expect(encodeFrame(opened.value)).toEqual(frame);
  const { type, age, payload } = opened.value;
  if (type === 0) {
    const positions = decodePositions(payload);
    return positions.ok ? { type, age, positions: positions.value.map(String) } : positions.name;
  }
  const nodes = decodeNodes(payload);
  if (!nodes.ok) return nodes.name;
  const told = nodes.value.map(({ position, node, childPositions }) => ({
    position: String(position),
    type: node.type,
    key: hex(node.key),
    map: hex(node.map),
    children: childPositions.map((child, i) => ({
      position: String(child),
      hash: hex(node.childHashes.subarray(20 * i, 20 * i + 20)),
    })),
  }));
  return { type, age, nodes: told };
}

describe('vectors', () => {
  test('every file has a runner, and every runner a file', () => {
    const files = readdirSync(folder).map((name) => name.replace(/\.json$/, ''));
    const all = [...Object.keys(runners), ...Object.keys(syncRunners)];
    expect(files.toSorted()).toEqual(all.toSorted());
  });

  test.each(Object.keys(runners))('%s', (name) => runners[name]?.());

  test.each(Object.entries(syncRunners))('%s', (_, run) => run(casesOf));
});
