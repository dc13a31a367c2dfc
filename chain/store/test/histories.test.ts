/** Random histories of the store against a naive model, which hashes by a second implementation. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { proofFault } from '../../client/verify-proof.ts';
import { proofSpec } from '../prove.ts';
import type { Pruning } from '../pruning.ts';
import { HeightNotAvailable, Store } from '../store.ts';
import { bytes, changesOf, type ModelState, modelAppHash, text } from './model.ts';

type Block = Record<string, Record<string, string | undefined>>;
type Step =
  | { readonly kind: 'block'; readonly block: Block }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'rollback'; readonly by: number };

const key = fc.oneof(
  { weight: 4, arbitrary: fc.nat(60).map((n) => `k${n}`) },
  { weight: 1, arbitrary: fc.constantFrom('\0', '\0\0', '\0\xff', 'a\0', 'a', 'a\0b', '\xff') },
);
const writes = fc.dictionary(key, fc.option(fc.nat(9).map(String), { nil: undefined }), {
  maxKeys: 40,
});
const block = fc.dictionary(fc.constantFrom('a', 'bank', 'c-d'), writes, { maxKeys: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: block.map((block): Step => ({ kind: 'block', block })) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'reopen' }) },
  { weight: 1, arbitrary: fc.nat(5).map((by): Step => ({ kind: 'rollback', by })) },
);

/** Every version that a full archive would have. */
class Model {
  versions: ModelState[] = [];

  apply(block: Block): void {
    const next: ModelState = structuredClone(this.versions.at(-1) ?? {});
    for (const [module, values] of Object.entries(block)) {
      const state = next[module] ?? {};
      next[module] = state;
      for (const [key, value] of Object.entries(values)) {
        if (value === undefined) delete state[key];
        else state[key] = value;
      }
    }
    this.versions.push(next);
  }
}

async function checkVersion(store: Store, at: number, state: ModelState): Promise<void> {
  const version = await store.at(BigInt(at));
  expect(version.appHash).toEqual(modelAppHash(state));
  for (const module of ['a', 'bank', 'c-d']) {
    const values = state[module] ?? {};
    const sorted = Object.keys(values).sort();
    const all = await version.range(module, { gte: bytes(''), lt: bytes('\xff\xff') });
    expect(all.map(([key]) => text(key))).toEqual(sorted);
    for (const [key, value] of all) {
      expect(text(value)).toBe(values[text(key) as string]);
    }
    const some = { gte: bytes('a'), lt: bytes('k4'), limit: 3 };
    const within = sorted.filter((key) => key >= 'a' && key < 'k4');
    const up = await version.range(module, some);
    expect(up.map(([key]) => text(key))).toEqual(within.slice(0, 3));
    const down = await version.range(module, { ...some, reverse: true });
    expect(down.map(([key]) => text(key))).toEqual(within.reverse().slice(0, 3));
    if (Object.keys(state).every((module) => Object.keys(state[module] ?? {}).length === 0))
      continue;
    for (const key of new Set([...sorted.slice(0, 20), 'k3', 'k30', '\0', 'absent', 'a\0'])) {
      expect(text(await version.get(module, bytes(key)))).toBe(values[key]);
      const { value, ops } = await version.prove(module, bytes(key));
      expect(text(value)).toBe(values[key]);
      const claim = { appHash: version.appHash, store: module, key: bytes(key), value, ops };
      expect(proofFault(claim)).toBeUndefined();
    }
  }
}

async function play(
  path: string,
  pruning: Pruning,
  steps: readonly Step[],
  reopens: boolean,
): Promise<void> {
  const model = new Model();
  const open = (): Promise<Store> =>
    Store.open({ path, pruning, caches: { rowBytes: 1, bucketBytes: 1 } });
  let store = await open();
  let oldest = 0;
  try {
    for (const step of steps) {
      const head = model.versions.length - 1;
      if (step.kind === 'block') {
        model.apply(step.block);
        const prepared = await store.prepare(changesOf(step.block));
        await store.commit(BigInt(head + 1), prepared, []);
        expect(prepared.appHash).toEqual(modelAppHash(model.versions.at(-1) as ModelState));
        oldest = Math.max(oldest, head + 2 - pruning.keepRecent);
      } else if (step.kind === 'reopen' && reopens) {
        await store.close();
        store = await open();
      } else if (step.kind === 'rollback' && head >= 0) {
        const to = Math.max(oldest, head - step.by);
        await store.rollback(BigInt(to));
        model.versions.length = to + 1;
      }
    }
    await store.pruned();
    for (const [at, state] of model.versions.entries()) {
      const older = pruning.keepEvery > 0 && at % pruning.keepEvery === 0;
      if (at >= oldest || older) await checkVersion(store, at, state);
      else await expect(store.at(BigInt(at))).rejects.toThrow(HeightNotAvailable);
    }
  } finally {
    await store.close();
  }
}

const pruning = fc.constantFrom<Pruning>(
  { keepRecent: 6, keepEvery: 0 },
  { keepRecent: 2, keepEvery: 3 },
  { keepRecent: 3, keepEvery: 7 },
  { keepRecent: Number.POSITIVE_INFINITY, keepEvery: 0 },
);

/** `ARTEL_HISTORIES=10000` plays as many as count; a test run plays enough to find what broke. */
const RUNS = Number(process.env.ARTEL_HISTORIES ?? 60);

test('random histories in memory are what the model says, at every height kept', async () => {
  const history = fc.array(step, { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(pruning, history, (pruning, steps) => play(':memory:', pruning, steps, false)),
    { numRuns: RUNS },
  );
}, 3_600_000);

test('random histories on LevelDB are what the model says, through reopening', async () => {
  const history = fc.array(step, { maxLength: 25 });
  const run = async (pruning: Pruning, steps: readonly Step[]): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'artel-histories-'));
    try {
      await play(join(folder, 'db'), pruning, steps, true);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  await fc.assert(fc.asyncProperty(pruning, history, run), { numRuns: Math.ceil(RUNS / 4) });
}, 3_600_000);

/** A tree large enough for pages of its own, changed for longer than a page period. */
test('a large tree proves, reopens and rolls back at heights recent and old', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'artel-histories-'));
  const path = join(folder, 'db');
  const state: Record<string, string> = {};
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const open = (): Promise<Store> =>
    Store.open({ path, pruning: { keepRecent: 40, keepEvery: 100 } });
  let store = await open();
  const hashes: Uint8Array[] = [];
  const states = new Map<number, Record<string, string>>();
  const [last, back] = [560, 540];
  for (let height = 0; height <= last; height++) {
    const block: Record<string, string | undefined> = {};
    // Depth 10 first, then 12: pages of their own, in a tree that had one.
    const count = height === 0 ? 3000 : height === 300 ? 12_000 : 25;
    for (let i = 0; i < count; i++) block[`key ${random(20_000)}`] = `${random(1000)}`;
    block[`key ${random(20_000)}`] = undefined;
    for (const [key, value] of Object.entries(block)) {
      if (value === undefined) delete state[key];
      else state[key] = value;
    }
    const prepared = await store.prepare(changesOf({ big: block }));
    await store.commit(BigInt(height), prepared, []);
    hashes.push(prepared.appHash);
    if (height % 20 === 0) states.set(height, { ...state });
  }
  expect(hashes.at(-1)).toEqual(modelAppHash({ big: state }));
  for (const round of ['written', 'reopened', 'rolled back']) {
    if (round !== 'written') {
      await store.close();
      store = await open();
    }
    if (round === 'rolled back') {
      await store.rollback(BigInt(back));
      expect(store.head?.appHash).toEqual(hashes[back]);
      await expect(store.rollback(400n)).rejects.toThrow('the heights from 521 on');
    }
    await store.pruned();
    for (const at of [0, 100, 200, 300, 400, 500, 540, 560]) {
      if (at > back && round === 'rolled back') continue;
      const version = await store.at(BigInt(at));
      expect(version.appHash).toEqual(hashes[at]);
      for (let i = 0; i < 30; i++) {
        const key = bytes(`key ${random(20_000)}`);
        const { value, ops } = await version.prove('big', key);
        expect(text(value)).toBe(states.get(at)?.[text(key) as string]);
        const claim = { appHash: version.appHash, store: 'big', key, value, ops };
        expect(proofFault(claim)).toBeUndefined();
      }
    }
    await expect(store.at(480n)).rejects.toThrow(
      /this node keeps heights 521 to 5[46]0, and of those before 0 to 500 by 100$/,
    );
  }
  await store.close();
  await rm(folder, { recursive: true });
}, 600_000);

test('the Go library ics23 accepts proofs at heights kept when those around are pruned', async () => {
  const program = process.env.ICS23VERIFY;
  if (program === undefined) {
    process.stdout.write(
      'ICS23VERIFY names no program: proofs are checked by our verifier alone\n',
    );
    return;
  }
  const pruning = { keepRecent: 2, keepEvery: 3 };
  const store = await Store.open({ path: ':memory:', pruning });
  const documents: unknown[] = [];
  const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
  for (let height = 0; height < 14; height++) {
    const block: Record<string, string | undefined> = {};
    for (let i = 0; i < 60; i++) block[`k${i * (height + 1)}`] = `${height}`;
    block[`k${height}`] = undefined;
    const prepared = await store.prepare(changesOf({ a: block, [`m${height}`]: { x: '1' } }));
    await store.commit(BigInt(height), prepared, []);
  }
  const document = (
    root: Uint8Array,
    op: { key: Uint8Array; data: Uint8Array },
    value?: Uint8Array,
  ) =>
    documents.push({
      spec: proofSpec,
      root: hex(root),
      key: hex(op.key),
      proof: hex(op.data),
      ...(value && { value: hex(value) }),
    });
  await store.pruned();
  for (const height of [0, 3, 6, 9, 12, 13]) {
    const version = await store.at(BigInt(height));
    const root = (await version.moduleRoots()).get('a') as Uint8Array;
    for (let i = 0; i < 100; i++) {
      const { value, ops } = await version.prove('a', bytes(`k${i}`));
      const [inModule, inTop] = ops;
      if (inModule === undefined || inTop === undefined) throw new Error('two ops expected');
      document(root, inModule, value);
      document(version.appHash, inTop, root);
    }
    const { ops } = await version.prove('nowhere', bytes('x'));
    if (ops[0] !== undefined) document(version.appHash, ops[0]);
  }
  const { stdout, status } = spawnSync(program, { input: JSON.stringify(documents) });
  expect(status).toBe(0);
  expect(stdout.toString()).toBe('{"ok":true}\n'.repeat(documents.length));
  await store.close();
});
