/**
 * A process that dies, and a disk that lost the end of a file: height H - 1 or H whole, or an
 * error.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFile,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { proofFault } from '../../client/verify-proof.ts';
import { Store, StoreCorrupt, StoreFormat } from '../store.ts';
import { bytes, changesOf, type ModelState, modelAppHash, text } from './model.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artel-crash-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Ten blocks that touch old and new keys; the state after each. */
async function fill(path: string): Promise<ModelState[]> {
  const store = await Store.open({ path });
  const states: ModelState[] = [];
  const state: Record<string, string> = {};
  for (let height = 0; height < 10; height++) {
    for (let i = 0; i < 20; i++) state[`k${(i * 7 * (height + 1)) % 90}`] = `${height}`;
    const prepared = await store.prepare(changesOf({ m: state }));
    await store.commit(BigInt(height), prepared, [
      { space: 'log', key: bytes('x'), value: bytes(`${height}`) },
    ]);
    states.push({ m: { ...state } });
  }
  await store.close();
  return states;
}

async function logFile(path: string): Promise<string> {
  const logs = (await readdir(path)).filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(logs.map((name) => stat(join(path, name))));
  const largest = sizes.reduce(
    (best, { size }, i) => (size > (sizes[best]?.size ?? 0) ? i : best),
    0,
  );
  return join(path, logs[largest] as string);
}

/** The whole store is that of one height: head, values, range, aux rows, a proof. */
async function checkWhole(store: Store, states: readonly ModelState[]): Promise<number> {
  if (store.head === undefined) return -1;
  const at = Number(store.head.height);
  const state = states[at] as ModelState;
  expect(store.head.appHash).toEqual(modelAppHash(state));
  const all = await store.rangeAtHead('m', { gte: bytes(''), lt: bytes('\xff') });
  expect(Object.fromEntries(all.map((entry) => entry.map(text)))).toEqual(state.m);
  expect(text(store.getAux('log', BigInt(at), bytes('x')))).toBe(`${at}`);
  expect(store.getAux('log', BigInt(at + 1), bytes('x'))).toBeUndefined();
  const version = await store.at(BigInt(at));
  const { value, ops } = await version.prove('m', bytes('k7'));
  const claim = { appHash: version.appHash, store: 'm', key: bytes('k7'), value, ops };
  expect(proofFault(claim)).toBeUndefined();
  return at;
}

test('a log cut at any place gives an earlier height, whole, and the store goes on', async () => {
  const path = join(folder, 'db');
  const states = await fill(path);
  const { size } = await stat(await logFile(path));
  const reached = new Set<number>();
  for (let cut = 0; cut <= 30; cut++) {
    const copy = join(folder, `cut-${cut}`);
    await cp(path, copy, { recursive: true });
    await truncate(await logFile(copy), Math.floor((size * cut) / 30));
    const store = await Store.open({ path: copy });
    const at = await checkWhole(store, states);
    reached.add(at);
    const next = changesOf({ m: { after: 'the crash' } });
    const prepared = await store.prepare(next);
    await store.commit(BigInt(at + 1), prepared, []);
    const expected = { m: { ...states[at]?.m, after: 'the crash' } };
    expect(prepared.appHash).toEqual(modelAppHash(expected));
    await store.close();
    await rm(copy, { recursive: true });
  }
  expect(reached.size).toBeGreaterThan(8);
  expect(reached).toContain(9);
});

test('a log with a bad byte gives an earlier height, whole, or says that the store is damaged', async () => {
  const path = join(folder, 'db');
  const states = await fill(path);
  const { size } = await stat(await logFile(path));
  for (let place = 0; place < 24; place++) {
    const copy = join(folder, `bad-${place}`);
    await cp(path, copy, { recursive: true });
    const log = await logFile(copy);
    const content = await readFile(log);
    const at = Math.floor((size * place) / 24) + 3;
    content[at] = (content[at] as number) ^ 0x40;
    await writeFile(log, content);
    const store = await Store.open({ path: copy }).catch((error: unknown) => error);
    if (store instanceof Store) {
      await checkWhole(store, states);
      await store.close();
    } else {
      expect(store).toBeInstanceOf(StoreCorrupt);
      expect((store as Error).message).toMatch(/^the store is damaged: .*; restore the folder/);
    }
    await rm(copy, { recursive: true });
  }
});

test('a process killed while it commits leaves the last height that it reported, or the next', async () => {
  const path = join(folder, 'db');
  const program = join(folder, 'commit.ts');
  const from = (name: string): string => JSON.stringify(join(import.meta.dirname, name));
  await writeFile(
    program,
    `import { Store } from ${from('../store.ts')};
     import { changesOf } from ${from('model.ts')};
     const store = await Store.open({ path: process.argv[2] ?? '' });
     const state: Record<string, string> = {};
     for (let height = Number(store.head?.height ?? -1n) + 1; ; height++) {
       for (let i = 0; i < 200; i++) state['k' + ((i * 7 * (height + 1)) % 900)] = '' + height;
       await store.commit(BigInt(height), await store.prepare(changesOf({ m: state })), []);
       process.stdout.write(height + '\\n');
     }`,
  );
  for (let kill = 0; kill < 3; kill++) {
    const child = spawn(process.execPath, ['--no-warnings', program, path], { stdio: 'pipe' });
    const reported = await new Promise<number>((resolve) => {
      let last = -1;
      let lines = '';
      child.stdout.on('data', (data: Buffer) => {
        lines += data.toString();
        last = Number(lines.trim().split('\n').at(-1));
        if (lines.split('\n').length > 5 + 3 * kill) child.kill('SIGKILL');
      });
      child.on('exit', () => resolve(last));
    });
    const store = await Store.open({ path });
    expect([reported, reported + 1]).toContain(Number(store.head?.height));
    const entries = await store.rangeAtHead('m', { gte: bytes(''), lt: bytes('\xff') });
    const state = Object.fromEntries(entries.map((entry) => entry.map(text))) as ModelState[string];
    expect(store.head?.appHash).toEqual(modelAppHash({ m: state }));
    await store.close();
  }
});

test('a disk that takes no more ends the commit with one line; a restart has lost nothing', async () => {
  const path = join(folder, 'db');
  const program = join(folder, 'fill.ts');
  const from = (name: string): string => JSON.stringify(join(import.meta.dirname, name));
  await writeFile(
    program,
    `import { Store } from ${from('../store.ts')};
     import { changesOf } from ${from('model.ts')};
     const store = await Store.open({ path: process.argv[2] ?? '' });
     for (let height = 0; ; height++) {
       const block = Object.fromEntries(Array.from({ length: 200 }, (_, i) =>
         ['k' + ((i * 7 * (height + 1)) % 900), '' + height]));
       try {
         await store.commit(BigInt(height), await store.prepare(changesOf({ m: block })), []);
       } catch (error) {
         process.stdout.write(JSON.stringify({ head: Number(store.head?.height), error: String(error),
           again: await store.prepare(changesOf({})).then((empty) =>
             store.commit(BigInt(height), empty, [])).catch((second) => second.name) }));
         process.exit(9);
       }
     }`,
  );
  // No file may grow beyond 1 MiB: what a full disk answers, with another word.
  const limited = spawnSync(
    'sh',
    ['-c', 'ulimit -f 2048; exec "$0" --no-warnings "$1" "$2"', process.execPath, program, path],
    { encoding: 'utf8' },
  );
  const { head, error, again } = JSON.parse(limited.stdout) as Record<string, unknown>;
  expect(limited.status).toBe(9);
  expect(error).toMatch(/^StoreWriteFailed: the store at .* can't be written \(IO error.*\): free/);
  expect(error).not.toContain('\n');
  expect(again).toBe('StoreWriteFailed');
  expect(head).toBeGreaterThan(3);
  const store = await Store.open({ path });
  expect(Number(store.head?.height)).toBe(head);
  const entries = await store.rangeAtHead('m', { gte: bytes(''), lt: bytes('\xff') });
  const state = Object.fromEntries(entries.map((entry) => entry.map(text))) as ModelState[string];
  expect(store.head?.appHash).toEqual(modelAppHash({ m: state }));
  const next = await store.prepare(changesOf({ m: { more: 'room' } }));
  await store.commit(BigInt(Number(head) + 1), next, []);
  await store.close();
});

test('a folder of another program and a store of another format are refused', async () => {
  const path = join(folder, 'db');
  const level = new ClassicLevel(path);
  await level.put('some', 'thing');
  await level.close();
  await expect(Store.open({ path })).rejects.toThrow(StoreFormat);
  await expect(Store.open({ path })).rejects.toThrow('has the format of another program');
  const other = join(folder, 'other');
  const old = new ClassicLevel(other);
  await old.put('f', 'artel-store/0');
  await old.close();
  await expect(Store.open({ path: other })).rejects.toThrow(
    'has the format artel-store/0, this program reads artel-store/2',
  );
});

test('a missing table file is named as damage', async () => {
  const path = join(folder, 'db');
  await fill(path);
  const level = new ClassicLevel(path);
  await level.open();
  await level.compactRange('\0', '\xff');
  await level.close();
  for (const name of await readdir(path)) {
    if (name.endsWith('.ldb')) await rm(join(path, name));
  }
  await expect(Store.open({ path })).rejects.toThrow(StoreCorrupt);
  await appendFile(join(path, 'CURRENT'), 'nonsense');
  await expect(Store.open({ path })).rejects.toThrow(/can't be opened|is damaged/);
});
