/** Row 2-N4: that all coupons add up, shown to who knows a root alone. */
import fc from 'fast-check';
import type { Address } from '../../_kernel/address.ts';
import {
  componentRoot,
  joined,
  leadsTo,
  leafHash,
  pathOf,
  pathPart,
  proofOf,
  putBalance,
  type Summed,
  type SupplyRow,
  sumsTo,
  supplyRow,
} from '../supply.ts';
import { collectiveId } from '../types.ts';
import { account } from './world.ts';

const origin = collectiveId(7n);

/** Rows pass through their stored form, so that a codec can't hide. */
class Tree {
  readonly rows = new Map<string, Uint8Array>();
  root: Summed | undefined;

  get(path: string): SupplyRow | undefined {
    const stored = this.rows.get(path);
    return stored && supplyRow.decode(stored);
  }

  set(path: string, row: SupplyRow): void {
    this.rows.set(pathPart.decode(pathPart.encode(path)), supplyRow.encode(row));
  }

  delete(path: string): void {
    this.rows.delete(path);
  }

  put(wallet: Address, sum: bigint): void {
    this.root = putBalance(this, origin, wallet, sum);
  }

  static of(balances: Iterable<readonly [Address, bigint]>): Tree {
    const tree = new Tree();
    for (const [wallet, sum] of balances) tree.put(wallet, sum);
    return tree;
  }
}

const leafOf = (wallet: Address, sum: bigint) => ({
  wallet: pathOf(wallet),
  hash: leafHash(origin, wallet),
  sum,
});

/** Wallets that share many digits, so that rows stand deep. */
const wallets = [0, 1, 2, 15, 16, 17, 255, 256, 4096, 65_536, 1 << 20, 1 << 30].map(account);

function someTree(): { readonly tree: Tree; readonly root: Summed } {
  const tree = Tree.of(wallets.map((wallet, index) => [wallet, BigInt(index + 1) * 1000n]));
  if (tree.root === undefined) throw new Error('no root');
  return { tree, root: tree.root };
}

describe('the Merkle-sum tree of balances', () => {
  test('2-N4 follows from the balances alone, whatever happened before', () => {
    const change = fc.tuple(fc.constantFrom(...wallets), fc.bigInt(0n, 3n));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const tree = new Tree();
        const balances = new Map<Address, bigint>();
        for (const [wallet, sum] of changes) {
          if (sum === 0n && !balances.has(wallet)) continue;
          tree.put(wallet, sum);
          if (sum === 0n) balances.delete(wallet);
          else balances.set(wallet, sum);
        }
        const again = Tree.of([...balances].reverse());
        expect(tree.root).toEqual(again.root);
        expect([...tree.rows].sort()).toEqual([...again.rows].sort());
        const total = [...balances.values()].reduce((sum, ms) => sum + ms, 0n);
        expect(tree.root?.sum ?? 0n).toBe(total);
      }),
      { numRuns: 200 },
    );
  });

  test('2-N4 a wallet shows that it is counted, with the root alone', () => {
    const { tree, root } = someTree();
    for (const [index, wallet] of wallets.entries()) {
      const steps = proofOf(tree, wallet);
      if (steps === undefined) throw new Error(`no proof of ${wallet}`);
      const leaf = leafOf(wallet, BigInt(index + 1) * 1000n);
      expect(leadsTo(root, leaf, steps)).toBe(true);
      expect(leadsTo(root, { ...leaf, sum: leaf.sum + 1n }, steps)).toBe(false);
      expect(leadsTo({ ...root, sum: root.sum + 1n }, leaf, steps)).toBe(false);
      expect(leadsTo(root, leafOf(account(99), leaf.sum), steps)).toBe(false);
      expect(leadsTo(root, leaf, steps.slice(1))).toBe(steps.length === 0);
    }
    expect(proofOf(tree, account(99))).toBeUndefined();
  });

  test('2-N4 an altered sum, a negative one and one that goes round are refused', () => {
    const { tree, root } = someTree();
    const [wallet = account(0)] = wallets;
    const steps = proofOf(tree, wallet) ?? [];
    const leaf = leafOf(wallet, 1000n);
    const altered = (sum: bigint) =>
      steps.map((step, index) => (index === 0 ? { ...step, sum } : step));
    const first = steps[0]?.sum ?? 0n;
    expect(leadsTo(root, leaf, altered(first))).toBe(true);
    for (const sum of [first + 1n, -first, first + (1n << 64n), (1n << 64n) - 1n]) {
      expect(leadsTo(root, leaf, altered(sum))).toBe(false);
    }
    expect(leadsTo(root, { ...leaf, sum: -1000n }, steps)).toBe(false);
  });

  test('2-N4 all leaves make the root; one left out, altered, negative or added does not', () => {
    const { root } = someTree();
    const leaves = wallets.map((wallet, index) => leafOf(wallet, BigInt(index + 1) * 1000n));
    expect(sumsTo(root, leaves)).toBe(true);
    expect(sumsTo(root, leaves.toReversed())).toBe(true);
    for (let left = 0; left < leaves.length; left += 1) {
      expect(sumsTo(root, leaves.toSpliced(left, 1))).toBe(false);
    }
    const [first, second, ...rest] = leaves;
    if (first === undefined || second === undefined) throw new Error('too few leaves');
    const moved = (by: bigint) => [
      { ...first, sum: first.sum + by },
      { ...second, sum: second.sum - by },
      ...rest,
    ];
    expect(sumsTo(root, moved(1n))).toBe(false);
    expect(sumsTo(root, moved(-1000n))).toBe(false);
    expect(sumsTo(root, moved(-5000n))).toBe(false);
    expect(sumsTo(root, [...leaves, leafOf(account(99), 0n)])).toBe(false);
    expect(sumsTo({ hash: root.hash, sum: root.sum + 1n }, leaves)).toBe(false);
  });

  test('2-N4 the root of a component joins those of its origins in pairs', () => {
    const { root } = someTree();
    const [a, b, c] = [root, { ...root, sum: 5n }, { ...root, sum: 7n }];
    expect(componentRoot([])).toEqual({ hash: new Uint8Array(32), sum: 0n });
    expect(componentRoot([a])).toEqual(a);
    expect(componentRoot([a, b])).toEqual(joined(a, b));
    expect(componentRoot([a, b, c])).toEqual(joined(joined(a, b), c));
  });
});
