/** Offers and chunks as honest and as lying peers send them, against a real store on disk. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ResponseApplySnapshotChunk_Result as Apply,
  ResponseOfferSnapshot_Result as Offer,
  type Snapshot,
} from 'cosmjs-types/tendermint/abci/types';
import { RightOfWay } from '../../abci/right-of-way.ts';
import { Store } from '../../store/store.ts';
import { openSnapshot, readChunk } from '../folder.ts';
import { type Manifest, readManifest, sha256, writeManifest } from '../manifest.ts';
import { ChunkWriter, readRecords } from '../records.ts';
import { Snapshots } from '../snapshots.ts';
import { writeSnapshot } from '../write.ts';
import { factsKey, largeState, listening, storeWith } from './fixtures.ts';

let root: string;
let made: string;
let manifest: Manifest;
let chunks: Buffer[];
let offered: Snapshot;
let appHash: Uint8Array;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'artel-snapshot-'));
  const source = await storeWith(join(root, 'source'), 7n, largeState());
  made = join(root, 'made', '7-1');
  manifest = await writeSnapshot(await source.at(7n), 99n, made);
  appHash = source.head?.appHash ?? new Uint8Array();
  await source.close();
  const stored = await openSnapshot(made);
  chunks = await Promise.all(manifest.chunks.map((_, index) => readChunk(stored, index)));
  offered = offerOf(manifest);
});
afterAll(() => rm(root, { recursive: true }));

/** The offer of a manifest, also of one that lies. */
function offerOf(lying: Manifest, change: Partial<Snapshot> = {}): Snapshot {
  const metadata = writeManifest(lying);
  const { height, format, chunks: parts } = lying;
  return {
    height: BigInt(height),
    format,
    chunks: parts.length,
    hash: sha256(metadata),
    metadata,
    ...change,
  };
}

/** A new node that takes snapshots, and what it logs. */
async function joining(own: { appVersion?: bigint; modules?: ReadonlySet<string> } = {}) {
  const path = await mkdtemp(join(root, 'node-'));
  const storePath = join(path, 'store');
  const store = await Store.open({ path: storePath });
  const { logger, lines } = listening();
  const snapshots = await Snapshots.open({
    folder: join(path, 'snapshots'),
    interval: 0,
    keepRecent: 2,
    store,
    storePath,
    appVersion: 1n,
    modules: new Set(['bank', 'chain']),
    blocks: new RightOfWay().signal,
    logger,
    ...own,
  });
  const reasons = (): unknown[] => lines.flatMap(({ reason }) => reason ?? []);
  const apply = (index: number, chunk: Uint8Array | undefined, sender = 'peer') =>
    snapshots.apply({ index, chunk: chunk ?? new Uint8Array(), sender });
  const result = async (...args: Parameters<typeof apply>) => (await apply(...args)).answer.result;
  return { path, storePath, store, snapshots, apply, result, reasons };
}

test('chunks of four are restored in order, and the store is the one they came from', async () => {
  expect(manifest.chunks).toHaveLength(4);
  expect(manifest.chunks.every(({ bytes }) => bytes <= 8_388_608)).toBe(true);
  const node = await joining();
  expect(await node.snapshots.offer({ snapshot: offered, appHash })).toBe(Offer.ACCEPT);
  for (const [index, chunk] of chunks.entries()) {
    expect(node.store.head).toBeUndefined();
    const { answer, restored } = await node.apply(index, chunk);
    expect([answer.result, restored]).toEqual([Apply.ACCEPT, index === 3]);
  }
  expect(node.store.head).toEqual(expect.objectContaining({ height: 7n, appHash }));
  expect(node.store.get('bank', Uint8Array.of(1, 23))).toHaveLength(1_200_001);
  // Nothing is under way any more.
  expect(await node.result(0, chunks[0])).toBe(Apply.ABORT);
  await node.store.close();
});

test('a chunk with a flipped byte, or a shorter one, is fetched again and its sender rejected', async () => {
  const node = await joining();
  await node.snapshots.offer({ snapshot: offered, appHash });
  const flipped = Buffer.from(chunks[0] ?? []);
  flipped[5000] = (flipped[5000] ?? 0) ^ 1;
  const oversize = Buffer.concat([chunks[0] ?? Buffer.of(), Buffer.of(0)]);
  for (const bad of [flipped, chunks[0]?.subarray(1), oversize, chunks[1], new Uint8Array()]) {
    expect((await node.apply(0, bad, 'liar')).answer).toEqual({
      result: Apply.RETRY,
      refetchChunks: [0],
      rejectSenders: ['liar'],
    });
  }
  expect(new Set(node.reasons())).toEqual(new Set(['its bytes are not those of the manifest']));
  for (const [index, chunk] of chunks.entries()) await node.apply(index, chunk);
  expect(node.store.head?.appHash).toEqual(appHash);
  await node.store.close();
});

test('a missing chunk starts the snapshot again; one that came before is taken as applied', async () => {
  const node = await joining();
  await node.snapshots.offer({ snapshot: offered, appHash });
  expect(await node.result(0, chunks[0])).toBe(Apply.ACCEPT);
  expect(await node.result(0, chunks[0])).toBe(Apply.ACCEPT);
  expect(await node.result(2, chunks[2])).toBe(Apply.RETRY_SNAPSHOT);
  expect(await node.result(9, chunks[2])).toBe(Apply.RETRY_SNAPSHOT);
  expect(node.reasons()).toEqual(['chunk 1 is due', 'chunk 1 is due']);
  await node.store.close();
});

test('a second offer half way starts anew', async () => {
  const node = await joining();
  await node.snapshots.offer({ snapshot: offered, appHash });
  await node.apply(0, chunks[0]);
  await node.apply(1, chunks[1]);
  expect(await node.snapshots.offer({ snapshot: offered, appHash })).toBe(Offer.ACCEPT);
  expect(node.store.get('bank', Uint8Array.of(1, 0))).toBeUndefined();
  expect(await node.result(2, chunks[2])).toBe(Apply.RETRY_SNAPSHOT);
  await node.snapshots.offer({ snapshot: offered, appHash });
  for (const [index, chunk] of chunks.entries()) await node.apply(index, chunk);
  expect(node.store.head?.height).toBe(7n);
  await node.store.close();
});

test('a node that ends half way begins with an empty store', async () => {
  const node = await joining();
  await node.snapshots.offer({ snapshot: offered, appHash });
  await node.apply(0, chunks[0]);
  await node.store.close();
  const again = await Store.open({ path: node.storePath });
  expect([again.head, again.get('bank', Uint8Array.of(1, 0))]).toEqual([undefined, undefined]);
  await again.close();
});

const other = 'ab'.repeat(32);
const first = <T>(list: readonly T[], change: Partial<T>): T[] =>
  list.map((one, index) => (index === 0 ? { ...one, ...change } : one));

test.each<[string, () => [Snapshot, Uint8Array?, Parameters<typeof joining>[0]?], Offer, RegExp]>([
  ['of another format', () => [{ ...offered, format: 2 }], Offer.REJECT_FORMAT, /its format is 2/],
  [
    'with another app hash than the header',
    () => [offered, new Uint8Array(32)],
    Offer.REJECT_SENDER,
    /the offer lies: its app hash is [0-9a-f]{64}, the header's 0{64}/,
  ],
  [
    'from another height',
    () => [{ ...offered, height: 8n }],
    Offer.REJECT_SENDER,
    /lies: its manifest is of height 7/,
  ],
  [
    'with another count of chunks',
    () => [{ ...offered, chunks: 3 }],
    Offer.REJECT_SENDER,
    /lies: its manifest has 4 chunks/,
  ],
  [
    'whose hash is not that of the manifest',
    () => [{ ...offered, hash: new Uint8Array(32) }],
    Offer.REJECT_SENDER,
    /lies: its hash is not that of the manifest/,
  ],
  [
    'with bytes that are no manifest',
    () => [{ ...offered, metadata: Buffer.from('{"format":1}') }],
    Offer.REJECT_SENDER,
    /is not canonical JSON/,
  ],
  [
    'with a space in its manifest',
    () => [{ ...offered, metadata: Buffer.from(` ${Buffer.from(offered.metadata).toString()}`) }],
    Offer.REJECT_SENDER,
    /is not canonical JSON/,
  ],
  [
    'with a false module root',
    () => [offerOf({ ...manifest, modules: first(manifest.modules, { root: other }) })],
    Offer.REJECT_SENDER,
    /lies: its module roots do not give its app hash/,
  ],
  [
    'with modules out of order',
    () => [offerOf({ ...manifest, modules: manifest.modules.toReversed() })],
    Offer.REJECT_SENDER,
    /lies: module bank stands after chain/,
  ],
  [
    'with an oversize chunk',
    () => [offerOf({ ...manifest, chunks: first(manifest.chunks, { bytes: 10_000_001 }) })],
    Offer.REJECT_SENDER,
    /lies: chunk 0 has 10000001 bytes, 1 to 10000000 are possible/,
  ],
  [
    'of a newer version of the rules',
    () => [offerOf({ ...manifest, appVersion: 2 })],
    Offer.REJECT,
    /it needs the program of app version 2, this one has 1/,
  ],
  [
    'of an older version of the rules',
    () => [offered, appHash, { appVersion: 2n }],
    Offer.REJECT,
    /it needs the program of app version 1, this one has 2/,
  ],
  [
    'with a module that this program has not',
    () => [offered, appHash, { modules: new Set(['chain']) }],
    Offer.REJECT,
    /this program has no module bank/,
  ],
])('an offer %s is refused in one line', async (_, offer, result, words) => {
  const [snapshot, trusted, own] = offer();
  const node = await joining(own);
  expect(await node.snapshots.offer({ snapshot, appHash: trusted ?? appHash })).toBe(result);
  expect(node.reasons()).toEqual([expect.stringMatching(words)]);
  expect(node.reasons()[0]).not.toContain('\n');
  await node.store.close();
});

/** A manifest whose chunks are these: every hash is right, and what they hold is not. */
function lyingAbout(bytes: readonly Uint8Array[], modules = manifest.modules): Snapshot {
  const parts = bytes.map((chunk) => {
    return { bytes: chunk.length, sha256: sha256(chunk).toString('hex') };
  });
  return offerOf({ ...manifest, modules, chunks: parts });
}

function chunkOf(entries: readonly (readonly [number, Uint8Array, Uint8Array])[]): Uint8Array {
  const writer = new ChunkWriter();
  for (const [module, key, value] of entries) writer.add({ module, key, value });
  return writer.end() ?? new Uint8Array();
}

const one = Uint8Array.of(1);
test.each<[string, () => Uint8Array, RegExp]>([
  ['ends inside a record', () => chunks[0]?.subarray(0, 40) ?? one, /ends inside a record/],
  [
    'goes back',
    () =>
      chunkOf([
        [0, Uint8Array.of(9), one],
        [0, Uint8Array.of(3), one],
      ]),
    /stands before one that it must follow/,
  ],
  [
    'says a key twice',
    () =>
      chunkOf([
        [0, one, one],
        [0, one, one],
      ]),
    /must follow/,
  ],
  ['holds a strange module', () => chunkOf([[7, one, one]]), /of module 7, which the manifest/],
  ['holds an empty value', () => chunkOf([[0, one, new Uint8Array()]]), /empty key or value/],
  [
    'holds another state',
    () =>
      chunkOf([
        [0, one, one],
        [1, factsKey, one],
      ]),
    /module bank has not the root and size of the manifest/,
  ],
])(
  'a manifest that lies with a chunk that %s is rejected with its sender',
  async (_, chunk, why) => {
    const node = await joining();
    const bytes = chunk();
    const offer = { snapshot: lyingAbout([bytes]), appHash };
    expect(await node.snapshots.offer(offer)).toBe(Offer.ACCEPT);
    expect((await node.apply(0, bytes, 'liar')).answer).toEqual({
      result: Apply.REJECT_SNAPSHOT,
      refetchChunks: [],
      rejectSenders: ['liar'],
    });
    expect(node.reasons()).toEqual([expect.stringMatching(why)]);
    expect([node.store.head, node.store.get('bank', one)]).toEqual([undefined, undefined]);
    // Another peer's is taken all the same.
    await node.snapshots.offer({ snapshot: offered, appHash });
    for (const [index, honest] of chunks.entries()) await node.apply(index, honest);
    expect(node.store.head?.appHash).toEqual(appHash);
    await node.store.close();
  },
);

test('records read back as they were written, and chunks end before they grow too large', () => {
  const entries = [...chunks.flatMap((chunk) => [...readRecords(chunk)])];
  expect(entries).toHaveLength(25);
  expect(entries.map(({ module, key }) => [module, key.length])).toContainEqual([1, 1]);
  expect(() => new ChunkWriter().add({ module: 0, key: one, value: Buffer.alloc(1e7) })).toThrow(
    'a value of 10000000 bytes fits into no chunk',
  );
  expect(readManifest(writeManifest(manifest))).toEqual(manifest);
});

test('what is half written goes at the start; damaged snapshots are not offered, with one line', async () => {
  const folder = join(root, 'mixed');
  await mkdir(join(folder, '.unfinished-9-1'), { recursive: true });
  await mkdir(join(folder, '5-1'));
  await mkdir(join(folder, '6-1'));
  await writeFile(join(folder, '6-1', 'state'), 'short');
  await writeFile(
    join(folder, '6-1', 'manifest.json'),
    await readFile(join(made, 'manifest.json')),
  );
  const store = await Store.open({ path: ':memory:' });
  const { logger, lines } = listening();
  const snapshots = await Snapshots.open({
    folder,
    interval: 0,
    keepRecent: 2,
    store,
    storePath: ':memory:',
    appVersion: 1n,
    modules: new Set(),
    blocks: new RightOfWay().signal,
    logger,
  });
  expect(lines.map(({ msg, left, reason }) => [msg, left ?? reason])).toEqual([
    ['unfinished snapshots removed', ['.unfinished-9-1']],
    ['snapshot not offered', expect.stringMatching(/6-1 has 5 bytes of state, not \d+$/)],
    ['snapshot not offered', expect.stringMatching(/5-1 is no snapshot: a file is missing$/)],
  ]);
  expect(snapshots.list()).toEqual([]);
  await store.close();
});

test('a chunk whose bytes have changed on the disk is not served', async () => {
  const folder = join(root, 'rotten');
  await mkdir(join(folder, '7-1'), { recursive: true });
  const state = await readFile(join(made, 'state'));
  state[100] = (state[100] ?? 0) ^ 1;
  await writeFile(join(folder, '7-1', 'state'), state);
  await writeFile(
    join(folder, '7-1', 'manifest.json'),
    await readFile(join(made, 'manifest.json')),
  );
  const store = await Store.open({ path: ':memory:' });
  const { logger, lines } = listening();
  const settings = { folder, interval: 0, keepRecent: 1, store, storePath: ':memory:' };
  const snapshots = await Snapshots.open({
    ...settings,
    appVersion: 1n,
    modules: new Set(),
    blocks: new RightOfWay().signal,
    logger,
  });
  expect(await snapshots.load({ height: 7n, format: 1, chunk: 0 })).toHaveLength(0);
  const whole = await snapshots.load({ height: 7n, format: 1, chunk: 1 });
  expect(Buffer.compare(whole, chunks[1] ?? Buffer.of())).toBe(0);
  expect(await snapshots.load({ height: 7n, format: 1, chunk: 4 })).toHaveLength(0);
  expect(lines.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^chunk 0 of .* is damaged: its hash differs$/),
  ]);
  await store.close();
});
