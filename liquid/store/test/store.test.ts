import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LevelStore } from '../level.ts';
import { MemoryStore } from '../memory.ts';
import type { Store } from '../store.ts';
import { storeContract } from './contract.ts';

describe('the store in memory', () => {
  storeContract(async () => new MemoryStore());
});

describe('the store on disk', () => {
  const folders = new Map<Store, string>();
  const open = async (): Promise<Store> => {
    const folder = await mkdtemp(join(tmpdir(), 'liquid-store-'));
    const store = await LevelStore.open(folder);
    folders.set(store, folder);
    return store;
  };
  afterEach(async () => {
    for (const folder of folders.values()) await rm(folder, { recursive: true });
    folders.clear();
  });

  storeContract(open, (store) => LevelStore.open(folders.get(store) ?? ''));

  test('a folder that is open already is refused with a sentence', async () => {
    const store = await open();
    const folder = folders.get(store) ?? '';
    await expect(LevelStore.open(folder)).rejects.toThrow(/another process has it open/);
    await store.close();
  });
});
