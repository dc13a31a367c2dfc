/**
 * The store with a million keys beside the peer: writes, reads, proofs, memory, disk, and how long
 * a process takes from its start to its first proof.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Store } from '../store.ts';
import {
  diskBytes,
  inFolder,
  load,
  lookAtMemory,
  MODULE,
  memoryMiB,
  peaks,
  peerFigures,
  print,
  prove,
  readValues,
  sizeOf,
  Workload,
  writeBlocks,
} from './workload.ts';

const size = sizeOf(1_000_000);
const name = `${size.keys.toLocaleString('en')} keys`;

/** Bytes that the peer's program keeps for a key of its generator: the key, and a slice of it. */
const PEER_KEY_BYTES = 56;

/** Milliseconds until another process has opened the store and proved a key. */
async function firstAnswer(path: string, key: Uint8Array): Promise<number> {
  const start = performance.now();
  const hex = Buffer.from(key).toString('hex');
  const child = spawn(process.execPath, ['--no-warnings', import.meta.filename, path, hex], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [first] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const spent = performance.now() - start;
  if (String(first) !== 'proved\n') throw new Error(`no first answer but: ${first}`);
  return spent;
}

async function answer(path: string, hex: string): Promise<void> {
  const store = await Store.open({ path });
  const version = await store.at(store.head?.height ?? 0n);
  const { value } = await version.prove(MODULE, Buffer.from(hex, 'hex'));
  process.stdout.write(value === undefined ? 'absent\n' : 'proved\n');
  await store.close();
}

async function main(folder: string): Promise<void> {
  const path = join(folder, 'db');
  const work = new Workload(size.keys + size.blocks * size.writes);
  let store = await Store.open({ path });
  const loading = await load(store, work, size.keys);
  const loaded = store.head?.height ?? 0n;
  const blocks = await writeBlocks(store, work, size);
  const hash = Buffer.from(store.head?.appHash ?? []).toString('hex');
  const reads = readValues(store, work, size);
  const proofs = await prove(store, store.head?.height ?? 0n, work, size);
  // The peer's peak is taken here, too.
  const peakMiB = memoryMiB('VmHWM');
  lookAtMemory();
  const disk = await diskBytes(path);
  const oldProofs = await prove(store, loaded, work, size);
  await store.close();
  const opening = performance.now();
  store = await Store.open({ path });
  const opened = performance.now() - opening;
  const cold = readValues(store, work, size);
  await store.close();
  const first = await firstAnswer(path, work.pick(size.keys));

  const peer = await peerFigures(size, {
    writes_per_s: 3_950,
    reads_per_s: 40_500,
    proofs_per_s: 5_950,
    proof_bytes_mean: 1_011,
    disk_bytes: 485e6,
    rss_peak_mib: 1_240,
  });
  const spent = blocks.reduce((sum, each) => sum + each, 0);
  const rate = ((size.blocks * size.writes) / spent) * 1000;
  const goal = { atLeast: 8, peer: peer('writes_per_s') };
  print({ case: `durable writes, ${name}`, value: rate, unit: '1/s', goal }, hash);
  print({ case: `loading, ${name}`, value: (size.keys / loading) * 1000, unit: '1/s' });
  const reading = { atLeast: 3, peer: peer('reads_per_s') };
  print({ case: `reads, ${name}`, value: reads, unit: '1/s', goal: reading });
  print({ case: `reads after opening, ${name}`, value: cold, unit: '1/s' });
  const proving = { atLeast: 4, peer: peer('proofs_per_s') };
  const { perSecond, bytes } = proofs;
  print({ case: `proofs at the head, ${name}`, value: perSecond, unit: '1/s', goal: proving });
  print({ case: `proofs at an old height, ${name}`, value: oldProofs.perSecond, unit: '1/s' });
  const length = { atMost: 1.1, peer: peer('proof_bytes_mean') };
  print({ case: `both ops of a proof, ${name}`, value: bytes, unit: 'B', goal: length });
  const theirs = peer('disk_bytes');
  const space = { atMost: 0.6, peer: { ...theirs, value: theirs.value / 1e6 } };
  print({ case: `disk, ${name}`, value: disk / 1e6, unit: 'MB', goal: space });
  const peak = peer('rss_peak_mib');
  const generator = (work.count * PEER_KEY_BYTES) / 2 ** 20;
  const memory = { atMost: 0.5, peer: { ...peak, value: peak.value - generator } };
  const ours = peakMiB - work.bytes / 2 ** 20;
  print({ case: `peak memory, ${name}`, value: ours, unit: 'MiB', goal: memory });
  print({ case: `peak of memory of its own, ${name}`, value: peaks.own, unit: 'MiB' });
  print({ case: `peak of mapped files, ${name}`, value: peaks.mapped, unit: 'MiB' });
  print({ case: `opening, ${name}`, value: opened / 1000, unit: 's', goal: { atMost: 1 } });
  const started = { atMost: 1.5 };
  print({ case: `start to first proof, ${name}`, value: first / 1000, unit: 's', goal: started });
}

const [path, hex] = process.argv.slice(2).filter((argument) => argument !== '--tiny');
if (path !== undefined && hex !== undefined) await answer(path, hex);
else await inFolder(main);
