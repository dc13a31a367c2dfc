/** The store with 100,000 keys beside the peer: durable blocks with history, reads, proofs. */
import { join } from 'node:path';
import { median } from '../../../tools/quantiles.ts';
import { Store } from '../store.ts';
import {
  diskBytes,
  inFolder,
  load,
  memoryMiB,
  peerFigures,
  print,
  prove,
  readValues,
  sizeOf,
  Workload,
  writeBlocks,
} from './workload.ts';

const size = sizeOf(100_000);
const name = `${size.keys.toLocaleString('en')} keys`;

await inFolder(async (folder) => {
  const path = join(folder, 'db');
  const work = new Workload(size.keys + size.blocks * size.writes);
  const store = await Store.open({ path });
  const loading = await load(store, work, size.keys);
  const loaded = store.head?.height ?? 0n;
  const blocks = await writeBlocks(store, work, size);
  const hash = Buffer.from(store.head?.appHash ?? []).toString('hex');
  const reads = readValues(store, work, size);
  const proofs = await prove(store, store.head?.height ?? 0n, work, size);
  const oldProofs = await prove(store, loaded, work, size);
  const peakMiB = memoryMiB('VmHWM');
  const disk = await diskBytes(path);
  await store.close();

  const peer = await peerFigures(size, {
    load_keys_per_s: 23_000,
    writes_per_s: 22_500,
    reads_per_s: 280_000,
    proofs_per_s: 34_000,
  });
  const spent = blocks.reduce((sum, each) => sum + each, 0);
  const rate = ((size.blocks * size.writes) / spent) * 1000;
  const goal = { atLeast: 3, peer: peer('writes_per_s') };
  print({ case: `durable writes, ${name}`, value: rate, unit: '1/s', goal }, hash);
  print({ case: `loading, ${name}`, value: (size.keys / loading) * 1000, unit: '1/s' });
  for (const [what, value] of [
    ['median', median(blocks)],
    ['slowest', Math.max(...blocks)],
  ] as const) {
    print({ case: `a block of ${size.writes} writes, ${what}, ${name}`, value, unit: 'ms' });
  }
  print({ case: `reads, ${name}`, value: reads, unit: '1/s' });
  print({ case: `proofs at the head, ${name}`, value: proofs.perSecond, unit: '1/s' });
  print({ case: `proofs at an old height, ${name}`, value: oldProofs.perSecond, unit: '1/s' });
  print({ case: `disk, ${name}`, value: disk / 1e6, unit: 'MB' });
  print({ case: `peak memory, ${name}`, value: peakMiB, unit: 'MiB' });
});
