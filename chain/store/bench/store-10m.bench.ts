/** Ten million keys: writes as fast as the peer's at one million, in bounded memory. */
import { join } from 'node:path';
import { Store } from '../store.ts';
import {
  diskBytes,
  inFolder,
  load,
  memoryMiB,
  print,
  prove,
  readValues,
  sizeOf,
  Workload,
  writeBlocks,
} from './workload.ts';

const size = sizeOf(10_000_000);
const name = `${size.keys.toLocaleString('en')} keys`;

/** The peer's writes a second at 1,000,000 keys; it is not asked for more. */
const peer = { name: 'iavl at 1,000,000 keys', value: 3_950, measured: false };

await inFolder(async (folder) => {
  const path = join(folder, 'db');
  const work = new Workload(size.keys + size.blocks * size.writes);
  let store = await Store.open({ path });
  const loading = await load(store, work, size.keys);
  const blocks = await writeBlocks(store, work, size);
  const hash = Buffer.from(store.head?.appHash ?? []).toString('hex');
  const reads = readValues(store, work, size);
  const proofs = await prove(store, store.head?.height ?? 0n, work, size);
  const peakMiB = memoryMiB('VmHWM') - work.bytes / 2 ** 20;
  await store.close();
  const opening = performance.now();
  store = await Store.open({ path });
  const opened = performance.now() - opening;
  await store.close();
  const spent = blocks.reduce((sum, each) => sum + each, 0);
  const rate = ((size.blocks * size.writes) / spent) * 1000;
  const goal = { atLeast: 1, peer };
  print({ case: `durable writes, ${name}`, value: rate, unit: '1/s', goal }, hash);
  print({ case: `loading, ${name}`, value: (size.keys / loading) * 1000, unit: '1/s' });
  print({ case: `reads, ${name}`, value: reads, unit: '1/s' });
  print({ case: `proofs at the head, ${name}`, value: proofs.perSecond, unit: '1/s' });
  print({ case: `disk, ${name}`, value: (await diskBytes(path)) / 1e6, unit: 'MB' });
  print({ case: `opening, ${name}`, value: opened / 1000, unit: 's' });
  const memory = { atMost: 1.5 * 1024 };
  print({ case: `peak memory, ${name}`, value: peakMiB, unit: 'MiB', goal: memory });
});
