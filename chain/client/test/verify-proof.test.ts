/** Store proofs: every way to bend one is refused, the two known forgeries among them. */
import { createHash } from 'node:crypto';
import { CommitmentProof, HashOp } from 'cosmjs-types/cosmos/ics23/v1/proofs';
import { Store } from '../../store/store.ts';
import { bytes, changesOf } from '../../store/test/model.ts';
import { type ProofOps, proofFault, type StoreClaim, verifyStoreProof } from '../verify-proof.ts';

const sha = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
};

async function storeOf(state: Parameters<typeof changesOf>[0]): Promise<Store> {
  const store = await Store.open({ path: ':memory:' });
  await store.commit(0n, await store.prepare(changesOf(state)), []);
  return store;
}

async function claimOf(store: Store, module: string, key: Uint8Array): Promise<StoreClaim> {
  const version = await store.at(0n);
  const { value, ops } = await version.prove(module, key);
  return { appHash: version.appHash, store: module, key, value, ops };
}

const manyKeys = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, `value ${i}`]));

/** The claim with one op decoded, altered and encoded again. */
function bend(claim: StoreClaim, op: number, change: (proof: CommitmentProof) => void): StoreClaim {
  const ops = claim.ops.map((one, index) => {
    if (index !== op) return one;
    const proof = CommitmentProof.decode(one.data);
    change(proof);
    return { ...one, data: CommitmentProof.encode(proof).finish() };
  });
  return { ...claim, ops };
}

describe('a proof of a value', () => {
  let claim: StoreClaim;
  beforeAll(async () => {
    claim = await claimOf(await storeOf({ a: manyKeys, b: { x: 'y' } }), 'a', bytes('k7'));
  });

  test('holds', () => {
    expect(claim.value).toEqual(bytes('value 7'));
    expect(claim.ops).toHaveLength(2);
    expect(proofFault(claim)).toBeUndefined();
    expect(() => verifyStoreProof(claim)).not.toThrow();
  });

  const refusals: [string, (claim: StoreClaim) => StoreClaim, string][] = [
    ['another value', (c) => ({ ...c, value: bytes('value 8') }), 'of another value'],
    ['another key', (c) => ({ ...c, key: bytes('k8') }), 'the op is for another key'],
    ['another module', (c) => ({ ...c, store: 'b' }), 'the op is for another module'],
    ['another app hash', (c) => ({ ...c, appHash: sha(c.appHash) }), 'another app hash'],
    ['a short app hash', (c) => ({ ...c, appHash: bytes('') }), 'an app hash has 32 bytes'],
    ['absence', (c) => ({ ...c, value: undefined }), 'expected a proof of absence'],
    ['an empty value', (c) => ({ ...c, value: bytes('') }), 'the value is empty'],
    ['no ops', (c) => ({ ...c, ops: [] }), 'expected two proof ops'],
    ['one op', (c) => ({ ...c, ops: c.ops.slice(0, 1) }), 'a value needs two proof ops'],
    ['three ops', (c) => ({ ...c, ops: [...c.ops, ...c.ops] }), 'got 4'],
    [
      'another op type',
      (c) => ({ ...c, ops: c.ops.map((op) => ({ ...op, type: 'ics23:iavl' })) as ProofOps }),
      'the op type is "ics23:iavl"',
    ],
    [
      'garbage',
      (c) => ({ ...c, ops: c.ops.map((op) => ({ ...op, data: bytes('\xff') })) as ProofOps }),
      'is no ICS23 CommitmentProof',
    ],
    [
      'a leaf op without prehash',
      (c) => bend(c, 0, (p) => Object.assign(p.exist?.leaf ?? {}, { prehashKey: HashOp.NO_HASH })),
      'the leaf op is not that of the spec',
    ],
    [
      'a leaf op with another prefix',
      (c) => bend(c, 1, (p) => Object.assign(p.exist?.leaf ?? {}, { prefix: bytes('x') })),
      'the leaf op is not that of the spec',
    ],
    ['a step left out', (c) => bend(c, 0, (p) => p.exist?.path.pop()), 'not that of the key'],
    [
      'a step with another hash function',
      (c) => bend(c, 0, (p) => Object.assign(p.exist?.path[0] ?? {}, { hash: HashOp.SHA512 })),
      'does not hash with SHA256',
    ],
    [
      'a step with a sibling and a half',
      (c) =>
        bend(c, 0, (p) => Object.assign(p.exist?.path[0] ?? {}, { suffix: new Uint8Array(48) })),
      'exactly one sibling',
    ],
    [
      'an altered sibling',
      (c) =>
        bend(c, 0, (p) => {
          const step = p.exist?.path[1];
          const sibling = step?.prefix.length ? step.prefix : step?.suffix;
          sibling?.set([1 + (sibling[0] ?? 0)]);
        }),
      'of another value',
    ],
    [
      'too many steps',
      (c) =>
        bend(c, 0, (p) => {
          const step = p.exist?.path[0];
          if (step) p.exist?.path.unshift(...Array.from({ length: 256 }, () => step));
        }),
      'deeper than 256',
    ],
  ];
  test.each(refusals)('is refused for %s', (_, change, reason) => {
    expect(proofFault(change(claim))).toContain(reason);
    expect(() => verifyStoreProof(change(claim))).toThrow('the proof does not hold: ');
  });
});

describe('a proof of absence', () => {
  test('holds for a key, and for a module', async () => {
    const store = await storeOf({ a: manyKeys, b: { x: 'y' }, c: { x: 'y' } });
    for (let i = 0; i < 200; i++) {
      const claim = await claimOf(store, 'a', bytes(`absent ${i}`));
      expect(claim.value).toBeUndefined();
      expect(proofFault(claim)).toBeUndefined();
      const module = await claimOf(store, `m${i}`, bytes('x'));
      expect(module.ops).toHaveLength(1);
      expect(proofFault(module)).toBeUndefined();
      expect(proofFault({ ...module, value: bytes('x') })).toContain('needs two proof ops');
      expect(proofFault({ ...module, appHash: sha(module.appHash) })).toContain('another app hash');
    }
  });

  test('is refused with a neighbour left out, moved away, swapped or far', async () => {
    const store = await storeOf({ a: manyKeys });
    let both = 0;
    for (let i = 0; i < 50; i++) {
      const claim = await claimOf(store, 'a', bytes(`absent ${i}`));
      const proof = CommitmentProof.decode((claim.ops[0] as ProofOps[number]).data).nonexist;
      if (proof?.left === undefined || proof.right === undefined) continue;
      both++;
      const present = await claimOf(store, 'a', proof.left.key);
      for (const side of ['left', 'right'] as const) {
        const without = bend(claim, 0, (p) => delete p.nonexist?.[side]);
        expect(proofFault(without)).toContain('something else may stand');
      }
      const swapped = bend(claim, 0, (p) => {
        Object.assign(p.nonexist ?? {}, { left: proof.right, right: proof.left });
      });
      expect(proofFault(swapped)).toContain('does not stand left of it');
      const onItself = bend(claim, 0, (p) => Object.assign(p.nonexist ?? {}, { key: present.key }));
      const renamed = onItself.ops.map((op, n) => (n === 0 ? { ...op, key: present.key } : op));
      expect(proofFault({ ...claim, key: present.key, ops: renamed })).toContain(
        'does not stand left of it',
      );
      const none = bend(claim, 0, (p) => {
        delete p.nonexist?.left;
        delete p.nonexist?.right;
      });
      expect(proofFault(none)).toContain('neither neighbour is there');
    }
    expect(both).toBeGreaterThan(20);
  });

  test('is refused when a leaf stands between the neighbours', async () => {
    const store = await storeOf({ a: manyKeys });
    const order = Object.keys(manyKeys).sort((x, y) =>
      Buffer.compare(sha(bytes(x)), sha(bytes(y))),
    );
    for (let i = 0; i + 2 < order.length; i++) {
      const [left, middle, right] = order.slice(i, i + 3).map((key) => bytes(key)) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const claims = await Promise.all([left, right].map((key) => claimOf(store, 'a', key)));
      const [l, r] = claims.map(
        ({ ops }) => CommitmentProof.decode((ops[0] as ProofOps[number]).data).exist,
      );
      if (l === undefined || r === undefined) throw new Error('no existence proofs');
      const nonexist = { key: middle, left: l, right: r };
      const data = CommitmentProof.encode(CommitmentProof.fromPartial({ nonexist })).finish();
      const base = claims[0] as StoreClaim;
      const op = { type: 'ics23:artel-smt', key: middle, data };
      const forged = { ...base, key: middle, value: undefined, ops: [op, ...base.ops.slice(1)] };
      expect(proofFault(forged)).toContain('something else may stand');
    }
  });
});

describe('a leaf hidden inside another leaf', () => {
  const prefix = bytes('artel/smt/leaf/1');
  const wanted = { key: bytes('forged'), value: bytes('1000000 coins') };
  const preimage = Buffer.concat([prefix, sha(wanted.key), sha(wanted.value)]);

  async function forge(
    carrier: string,
    carried: string,
    inner: { prefix: Uint8Array; suffix: Uint8Array },
  ): Promise<StoreClaim> {
    const store = await storeOf({ a: { another: 'leaf', [carrier]: carried }, b: { x: 'y' } });
    const claim = await claimOf(store, 'a', bytes(carrier));
    const forged = bend(claim, 0, (proof) => {
      if (proof.exist === undefined) return;
      proof.exist.key = wanted.key;
      proof.exist.value = wanted.value;
      proof.exist.path.unshift({ hash: HashOp.SHA256, ...inner });
    });
    const ops = forged.ops.map((op, index) => (index === 0 ? { ...op, key: wanted.key } : op));
    // Without the check the forgery would lead to the very root.
    const { exist } = CommitmentProof.decode((ops[0] as ProofOps[number]).data);
    const reached = exist?.path.reduce(
      (hash, step) => sha(step.prefix, hash, step.suffix),
      sha(preimage),
    );
    expect(reached).toEqual((await (await store.at(0n)).moduleRoots()).get('a'));
    return { ...forged, ...wanted, ops };
  }

  const latin1 = (value: Uint8Array): string => Buffer.from(value).toString('latin1');

  test('in its key is refused', async () => {
    const inner = { prefix, suffix: sha(bytes('carried')) };
    const claim = await forge(latin1(preimage), 'carried', inner);
    expect(proofFault(claim)).toBe('key: an inner prefix starts with the leaf prefix');
  });

  test('in its value is refused', async () => {
    const inner = {
      prefix: Buffer.concat([prefix, sha(bytes('carrier'))]),
      suffix: new Uint8Array(0),
    };
    const claim = await forge('carrier', latin1(preimage), inner);
    expect(proofFault(claim)).toBe('key: an inner prefix starts with the leaf prefix');
  });
});
