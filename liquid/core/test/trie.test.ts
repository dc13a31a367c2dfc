import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { compare, hex } from '../bytes.ts';
import { type Id, idOfBytes } from '../id.ts';
import { nodeProblem, nodeType } from '../node.ts';
import { type NodeRef, rootRef, Trie } from '../trie.ts';

/** The specification word by word, on a sorted list, with another hash implementation. */
function rootByDefinition(ids: readonly Id[]): string {
  const hash = (type: number, key: Uint8Array, indexes: number[], children: Buffer[]): Buffer => {
    const map = new Uint8Array(32);
    for (const index of indexes) map[index >> 3] = (map[index >> 3] ?? 0) | (1 << (index & 7));
    const parts = [Buffer.from('artel/liquid/trie/1'), Buffer.of(type, key.length), key, map];
    const digest = createHash('sha256')
      .update(Buffer.concat([...parts, ...children]))
      .digest();
    return digest.subarray(0, 20);
  };
  const below = (group: readonly Id[], from: number): Buffer => {
    const [first = group[0], last = group[0]] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) throw new Error('an empty group');
    let end = from;
    while (end < 19 && first[end] === last[end]) end += 1;
    const key = first.subarray(from, end);
    if (end === 19)
      return hash(
        3,
        key,
        group.map((id) => id[19] ?? 0),
        [],
      );
    return branch(group, key, end);
  };
  const branch = (group: readonly Id[], key: Uint8Array, end: number): Buffer => {
    const groups = Map.groupBy(group, (id) => id[end] ?? 0);
    const children = [...groups.values()].map((part) => below(part, end + 1));
    return hash(2, key, [...groups.keys()], children);
  };
  return branch(ids.toSorted(compare), new Uint8Array(), 0).toString('hex');
}

/** Ids that share long runs, so that every shape occurs. */
const ids = fc
  .array(
    fc.tuple(fc.nat(19), fc.integer({ min: 0, max: 3 }), fc.nat(255)).map(([at, byte, last]) => {
      const id = new Uint8Array(20);
      id[at] = byte;
      id[19] = last;
      return idOfBytes(id);
    }),
    { maxLength: 60 },
  )
  .map((list) => [...new Map(list.map((id) => [hex(id), id])).values()]);

function trieOf(list: readonly Id[]): Trie {
  const trie = new Trie();
  for (const id of list) trie.insert(id);
  return trie;
}

/** Checks every node against the bounds, and every path against the length of an id. */
function checkShape(trie: Trie, row: NodeRef = rootRef, said = 0): void {
  const node = trie.node(row);
  const problem = nodeProblem(node, said);
  if (problem !== undefined) throw new Error(problem.message);
  const before = said + node.key.length;
  if (node.type === nodeType.leaf) {
    if (before + 1 !== 20) throw new Error(`a path of ${before + 1} bytes`);
    return;
  }
  for (const child of trie.children(row)) checkShape(trie, child, before + 1);
}

/** Numbers that look random and are the same every time (xorshift). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function randomId(next: () => number): Id {
  return idOfBytes(Uint8Array.from({ length: 20 }, () => next() >>> 24));
}

describe('the trie of a day', () => {
  test('0-P3 inserts, look-ups and deletes of 100,000 ids are those of a Set', () => {
    const next = random(1);
    const trie = new Trie();
    const set = new Map<string, Id>();
    for (let i = 0; i < 100_000; i += 1) {
      const id = randomId(next);
      if (!trie.insert(id)) throw new Error('a new id was there already');
      set.set(hex(id), id);
    }
    expect(trie.size).toBe(set.size);
    expect(Array.from(trie.ids(), hex)).toEqual([...set.keys()].toSorted());
    checkShape(trie);
    let turn = 0;
    for (const [text, id] of set) {
      if ((turn++ & 1) === 0) continue;
      if (!trie.delete(id) || trie.delete(id)) throw new Error(`${text} was not deleted once`);
      set.delete(text);
    }
    for (const id of set.values()) if (!trie.has(id)) throw new Error('an id was lost');
    expect(trie.has(randomId(next))).toBe(false);
    expect(Array.from(trie.ids(), hex)).toEqual([...set.keys()].toSorted());
    checkShape(trie);
    expect(hex(trie.root())).toBe(rootByDefinition([...set.values()]));
  });

  test('0-P3 the root is that of the definition, whatever was inserted and deleted before', () => {
    fc.assert(
      fc.property(ids, ids, (kept, passing) => {
        const trie = trieOf(passing);
        trie.root();
        for (const id of kept) trie.insert(id);
        trie.root();
        const stays = new Set(kept.map(hex));
        for (const id of passing.toReversed()) if (!stays.has(hex(id))) trie.delete(id);
        checkShape(trie);
        expect(trie.size).toBe(kept.length);
        expect(hex(trie.root())).toBe(rootByDefinition(kept));
        expect(hex(trieOf(kept.toReversed()).root())).toBe(rootByDefinition(kept));
      }),
      { numRuns: 300 },
    );
  });

  test('an empty trie has a root of its own, and an emptied one the same', () => {
    const id = idOfBytes(new Uint8Array(20));
    const trie = trieOf([id]);
    expect(trie.insert(id)).toBe(false);
    expect(hex(trie.root())).toBe(rootByDefinition([id]));
    trie.delete(id);
    expect(hex(trie.root())).toBe(hex(new Trie().root()));
    expect(hex(trie.root())).toBe(rootByDefinition([]));
  });

  test('a leaf holds up to 256 ids that differ in the last byte only', () => {
    const all = Array.from({ length: 256 }, (_, last) => {
      const id = new Uint8Array(20).fill(9);
      id[19] = last;
      return idOfBytes(id);
    });
    const trie = trieOf(all);
    const [leaf] = trie.children(rootRef);
    expect(trie.isLeaf(leaf ?? rootRef)).toBe(true);
    expect(trie.node(leaf ?? rootRef).map).toEqual(new Uint8Array(32).fill(255));
    expect(trie.node(leaf ?? rootRef).key).toHaveLength(18);
  });

  test('a node is found by the bytes before its key, and only there', () => {
    fc.assert(
      fc.property(ids, (list) => {
        const trie = trieOf(list);
        const walk = (row: NodeRef, prefix: readonly number[]): void => {
          expect(trie.at(Uint8Array.from(prefix))).toBe(row);
          const { type, key } = trie.node(row);
          if (type === nodeType.leaf) return;
          if (key.length > 0) {
            expect(trie.at(Uint8Array.from([...prefix, key[0] ?? 0]))).toBeUndefined();
          }
          for (const child of trie.children(row)) {
            const [id] = trie.ids(child);
            walk(child, [...(id ?? []).slice(0, trie.fromOf(child))]);
          }
        };
        walk(rootRef, []);
      }),
      { numRuns: 50 },
    );
  });

  test('a snapshot stays as it was', () => {
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const trie = trieOf(before);
        const snapshot = trie.snapshot();
        for (const id of after) if (!trie.insert(id)) trie.delete(id);
        expect(hex(snapshot.root())).toBe(rootByDefinition(before));
        for (const id of after) snapshot.insert(id);
        expect(snapshot.size).toBe(new Set([...before, ...after].map(hex)).size);
      }),
      { numRuns: 50 },
    );
  });
});
