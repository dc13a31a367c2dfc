import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MisbehaviorType } from 'cosmjs-types/tendermint/abci/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import { blockId, commitHash } from '../../client/hashing.ts';
import { verifyHeader } from '../../client/header.ts';
import { readDump } from '../dump.ts';
import type { Engine } from '../engine.ts';
import { devSigner } from '../signer.ts';
import { timestampToMs } from '../time.ts';
import { type StoreChain, startStoreChain, testGenesis, tx } from './chains.ts';
import type { KeyValueStore } from './kvstore.ts';

const chains: StoreChain[] = [];
async function start(options?: Parameters<typeof startStoreChain>[0]): Promise<StoreChain> {
  const chain = await startStoreChain({ production: { kind: 'manual' }, ...options });
  chains.push(chain);
  return chain;
}
afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close();
});

/** Every header, commit and link of the chain, by the light client's own checks. */
async function verifyChain(chain: StoreChain): Promise<void> {
  for (const record of chain.engine.blocks) {
    const { height, lastBlockId, lastCommitHash } = record.block.header;
    const params = { height: String(height), per_page: '100' };
    const commit = await chain.call('commit', { height: String(height) });
    const verified = verifyHeader(commit, await chain.call('validators', params), {
      chainId: 'artel-dev-1',
    });
    expect(verified.hash).toEqual(record.blockId.hash);
    expect(blockId(record.block)).toEqual(record.blockId);
    const previous = chain.engine.blocks.at(height - 1n);
    if (previous !== undefined) expect(lastBlockId).toEqual(previous.blockId);
    if (record.block.lastCommit === undefined) throw new Error('a block has a last commit');
    expect(commitHash(record.block.lastCommit)).toEqual(lastCommitHash);
  }
}

async function send(engine: Engine, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    const { code } = await engine.submit(tx(text));
    expect(code).toBe(0);
  }
}

describe('making blocks', () => {
  test('the application is driven in the order of CometBFT', async () => {
    const { engine, store } = await start();
    await send(engine, 'a=1', 'b=2');
    await engine.mine();
    expect(store.calls).toEqual([
      'initChain',
      'prepare 1',
      'process 1',
      'finalize 1',
      'commit 1',
      'check a=1',
      'check b=2',
      'prepare 2',
      'process 2',
      'finalize 2',
      'commit 2',
    ]);
  });

  test('the first block is of the genesis time and has an empty commit', async () => {
    const { engine } = await start();
    const first = engine.blocks.first?.block;
    expect(first?.header.time.seconds).toBe(BigInt(Date.parse('2026-01-01T00:00:00Z') / 1000));
    expect(first?.lastCommit?.signatures).toEqual([]);
    expect(engine.blocks.last).toBe(engine.blocks.first);
  });

  test('all headers and commits verify, over several validators', async () => {
    const chain = await start({ powers: [5, 3, 2, 1] });
    for (let index = 0; index < 6; index++) {
      await send(chain.engine, `key${index}=${index}`);
      await chain.engine.mine();
    }
    await verifyChain(chain);
    const proposers = new Set(
      [...chain.engine.blocks].map(({ block }) => hexOf(block.header.proposerAddress)),
    );
    expect(proposers.size).toBeGreaterThan(1);
  });

  test('block time is the clock, and rises by a millisecond where the clock stands', async () => {
    const { engine, clock } = await start();
    await engine.mine(3);
    const times = [...engine.blocks].map(({ block }) => timestampToMs(block.header.time));
    expect(times.slice(1)).toEqual([0n, 1n, 2n].map((more) => BigInt(clock.ms) + more));
    clock.ms += 5_000;
    await engine.mine();
    expect(engine.state.lastBlockTime).toEqual({ seconds: BigInt(clock.ms / 1000), nanos: 0 });
  });

  test('time is advanced for the next block, and never back', async () => {
    const { engine, clock } = await start();
    await engine.advanceTime(40n * 86_400_000n);
    expect(timestampToMs(engine.state.lastBlockTime)).toBe(BigInt(clock.ms) + 40n * 86_400_000n);
    await expect(engine.advanceTime(-1n)).rejects.toThrow('time can only be advanced');
  });

  test('on demand, a block follows a transaction, and one more brings its app hash into a header', async () => {
    const { engine, feed } = await start({ production: { kind: 'on-demand' } });
    await send(engine, 'a=1');
    await engine.waitForBlock(({ block }) => block.header.height === 4n, 5_000);
    expect(engine.blocks.at(3n)?.block.data.txs).toEqual([tx('a=1')]);
    expect(engine.blocks.at(4n)?.block.data.txs).toEqual([]);
    expect(engine.blocks.at(4n)?.block.header.appHash).toEqual(engine.state.appHash);
    expect(feed.searchTxs([]).length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(engine.state.lastHeight).toBe(4n);
  });

  test('in steps of time, empty blocks are made', async () => {
    const { engine } = await start({ production: { kind: 'interval', everyMs: 10 } });
    const found = await engine.waitForBlock(({ block }) => block.header.height === 5n, 5_000);
    expect(found?.block.data.txs).toEqual([]);
  });

  test('a large block has several parts', async () => {
    const chain = await start();
    await send(chain.engine, `big=${'x'.repeat(200_000)}`);
    await chain.engine.mine(2);
    expect(chain.engine.blocks.at(2n)?.blockId.partSetHeader.total).toBe(4);
    await verifyChain(chain);
  });

  test('an application that breaks inside a block halts the chain with the reason', async () => {
    const { engine } = await start();
    await send(engine, 'crash=1');
    await expect(engine.mine()).rejects.toThrow('halted at height 2: the application broke');
    await expect(engine.mine()).rejects.toThrow('halted at height 2: the application broke');
    expect(engine.state.lastHeight).toBe(1n);
  });
});

describe('the mempool', () => {
  test('a transaction is taken once, also after its block', async () => {
    const { engine } = await start();
    await send(engine, 'a=1');
    await expect(engine.submit(tx('a=1'))).rejects.toThrow('tx already exists in cache');
    await engine.mine();
    await expect(engine.submit(tx('a=1'))).rejects.toThrow('tx already exists in cache');
  });

  test('a refused or failed transaction may come again', async () => {
    const { engine } = await start();
    expect((await engine.submit(tx('nonsense'))).code).toBe(2);
    expect((await engine.submit(tx('nonsense'))).code).toBe(2);
    await send(engine, 'fail=1');
    await engine.mine();
    await send(engine, 'fail=1');
  });

  test('limits of number and bytes', async () => {
    const { engine } = await start({ mempool: { maxTxs: 2, maxTotalBytes: 100, maxTxBytes: 50 } });
    await expect(engine.submit(tx(`a=${'x'.repeat(60)}`))).rejects.toThrow(
      'Tx too large. Max size is 50, but got 62',
    );
    await send(engine, `a=${'x'.repeat(40)}`, `b=${'x'.repeat(40)}`);
    await expect(engine.submit(tx('c=1'))).rejects.toThrow(
      'mempool is full: number of txs 2 (max: 2), total txs bytes 84 (max: 100)',
    );
  });

  test('what waits is checked again after a block, and leaves when it is refused', async () => {
    const { engine, store } = await start({ genesis: gasGenesis(15n) });
    await send(engine, 'a=1', 'b=2', 'c=3');
    store.refusals.add('b=2');
    await engine.mine();
    expect(engine.blocks.last?.block.data.txs).toEqual([tx('a=1')]);
    expect(engine.mempool.list(10)).toEqual([tx('c=3')]);
    expect(store.calls.filter((call) => call.startsWith('recheck'))).toEqual([
      'recheck b=2',
      'recheck c=3',
    ]);
  });

  test('a transaction that wants more gas than a block has is not kept', async () => {
    const { engine } = await start({ genesis: gasGenesis(9n) });
    expect((await engine.submit(tx('a=1'))).code).toBe(0);
    expect(engine.mempool.size).toBe(0);
  });

  function gasGenesis(maxGas: bigint): ReturnType<typeof testGenesis> {
    const block = { max_bytes: '22020096', max_gas: String(maxGas) };
    return { ...testGenesis(), consensus_params: { block } };
  }
});

describe('validators', () => {
  test('an update takes effect two blocks later', async () => {
    const chain = await start();
    const { engine } = chain;
    const newcomer = devSigner(7);
    await send(engine, `validator=${hexOf(newcomer.publicKey)}!4`);
    await engine.mine(4);
    const sizes = [...engine.blocks].map(({ before }) => before.validators.validators.length);
    expect(sizes).toEqual([1, 1, 1, 2, 2]);
    await verifyChain(chain);
    await send(engine, `validator=${hexOf(newcomer.publicKey)}!0`);
    await engine.mine(4);
    expect(engine.state.validators.validators.length).toBe(1);
    await verifyChain(chain);
  });

  test('a change of parameters holds from the next block', async () => {
    const { engine } = await start();
    await send(engine, 'max_gas=1234');
    await engine.mine(2);
    expect(engine.blocks.at(2n)?.before.params.block.maxGas).toBe(-1n);
    expect(engine.blocks.at(3n)?.before.params.block.maxGas).toBe(1234n);
    expect(engine.blocks.at(2n)?.block.header.consensusHash).not.toEqual(
      engine.blocks.at(3n)?.block.header.consensusHash,
    );
  });

  test('who is absent is told to the application with the next block', async () => {
    const chain = await start({ powers: [4, 4, 4, 1] });
    const { engine, store } = chain;
    const last = devSigner(3).address;
    engine.setAbsent([last]);
    await engine.mine(2);
    const votes = store.finalized.at(-1)?.decidedLastCommit.votes ?? [];
    const absent = votes.filter((vote) => vote.blockIdFlag === BlockIDFlag.BLOCK_ID_FLAG_ABSENT);
    expect(absent.map(({ validator }) => validator.address)).toEqual([last]);
    await verifyChain(chain);
    engine.setAbsent([]);
    await engine.mine(2);
    expect(
      store.finalized.at(-1)?.decidedLastCommit.votes.every((vote) => vote.blockIdFlag === 2),
    ).toBe(true);
  });

  test('a duplicate vote reaches the application once, with height, power and time', async () => {
    const { engine, store } = await start({ powers: [4, 4] });
    await engine.mine(2);
    const { address } = devSigner(1);
    engine.injectDuplicateVote(2n, address);
    engine.injectDuplicateVote(2n, address);
    await engine.mine(2);
    const told = store.finalized.flatMap(({ misbehavior }) => misbehavior);
    expect(told).toEqual([
      {
        type: MisbehaviorType.DUPLICATE_VOTE,
        validator: { address, power: 4n },
        height: 2n,
        time: engine.blocks.at(2n)?.block.header.time,
        totalVotingPower: 8n,
      },
    ]);
    expect(() => engine.injectDuplicateVote(99n, address)).toThrow("don't have header #99");
    expect(() => engine.injectDuplicateVote(2n, devSigner(9).address)).toThrow(
      'was not a validator at height 2',
    );
  });

  test('an attack on light clients names each validator that signed', async () => {
    const chain = await start({ powers: [4, 3, 2] });
    await chain.engine.mine();
    const guilty = [devSigner(0).address, devSigner(2).address];
    chain.engine.injectLightClientAttack(2n, guilty);
    await chain.engine.mine();
    const told = chain.store.finalized.at(-1)?.misbehavior ?? [];
    expect(told.map(({ validator }) => validator.power)).toEqual([4n, 2n]);
    expect(told.every(({ type }) => type === MisbehaviorType.LIGHT_CLIENT_ATTACK)).toBe(true);
    await verifyChain(chain);
  });

  test('vote extensions are asked for where they are enabled', async () => {
    const { store } = await start({
      powers: [1, 1],
      genesis: {
        ...testGenesis([1, 1]),
        consensus_params: { abci: { vote_extensions_enable_height: '1' } },
      },
    });
    expect(store.calls.filter((call) => call === 'extend 1').length).toBe(2);
    expect(store.calls.indexOf('extend 1')).toBeLessThan(store.calls.indexOf('finalize 1'));
  });
});

describe.each([
  ['with an application that rolls back', true],
  ['with one that is run again', false],
])('going back, %s', (_, canRollBack) => {
  test('a snapshot is reverted to a hundred times, with one hash and no growth', async () => {
    const chain = await start({ canRollBack });
    const { engine } = chain;
    await send(engine, 'a=1');
    await engine.mine();
    const { appHash, lastBlockId } = engine.state;
    const id = await engine.snapshot();
    for (let round = 0; round < 100; round++) {
      await send(engine, `b=${round}`);
      await engine.advanceTime(1_000n);
      expect(engine.state.appHash).not.toEqual(appHash);
      await engine.revert(id);
      expect(engine.state.appHash).toEqual(appHash);
      expect(engine.state.lastBlockId).toEqual(lastBlockId);
      expect((await engine.app.info({} as never)).lastBlockHeight).toBe(2n);
    }
    expect(engine.offsetMs).toBe(0n);
    expect(chain.store.versionCount).toBe(2);
    expect([...engine.blocks].length).toBe(2);
    expect(chain.feed.searchTxs([]).map(({ tx: bytes }) => bytes)).toEqual([tx('a=1')]);
    expect(engine.mempool.size).toBe(0);
    await send(engine, 'b=after');
    await engine.mine(2);
    await verifyChain(chain);
  });

  test('later snapshots are gone after an earlier one, and unknown ones are refused', async () => {
    const { engine } = await start({ canRollBack });
    const first = await engine.snapshot();
    await engine.mine();
    const second = await engine.snapshot();
    await engine.revert(first);
    await expect(engine.revert(second)).rejects.toThrow(`there is no snapshot ${second}`);
    expect(engine.state.lastHeight).toBe(1n);
  });

  test('a halted chain goes on from a snapshot', async () => {
    const { engine } = await start({ canRollBack });
    await engine.mine();
    const id = await engine.snapshot();
    await send(engine, 'crash=1');
    await expect(engine.mine()).rejects.toThrow('halted');
    await engine.revert(id);
    await engine.mine();
    expect(engine.state.lastHeight).toBe(3n);
  });
});

describe('dump and load', () => {
  async function dumpOf(engine: Engine): Promise<string> {
    let text = '';
    await engine.dump(async (line) => {
      text += line;
    });
    return text;
  }

  test('a dump gives the same chain again, block by block', async () => {
    const one = await start({ powers: [3, 1] });
    await send(one.engine, 'a=1', 'b=2');
    await one.engine.advanceTime(1_000n);
    await send(one.engine, 'c=3', `validator=${hexOf(devSigner(5).publicKey)}!2`);
    await one.engine.mine(4);
    const text = await dumpOf(one.engine);
    const other = await start();
    await send(other.engine, 'other=1');
    await other.engine.mine();
    await other.engine.load(readDump(text));
    expect(other.engine.state).toEqual(one.engine.state);
    expect(other.engine.offsetMs).toBe(1_000n);
    expect(await dumpOf(other.engine)).toBe(text);
    expect(other.feed.searchTxs([]).length).toBe(4);
    await other.engine.mine();
    await verifyChain(other);
  });

  test('a dump that other rules made is refused', async () => {
    const { engine } = await start();
    await engine.mine();
    const text = (await dumpOf(engine)).replace(/"app_hash":"[0-9A-F]{4}/, '"app_hash":"0000');
    await expect(engine.load(readDump(text))).rejects.toThrow('it was made with other rules');
  });

  test.each([
    ['', /line 1 of the dump is no JSON object/],
    ['{"format":"x"}\n', /line 1 of the dump: format is x/],
    ['{"format":"artel-dev-dump/1","genesis":{},"offset_ms":"0"}\nnope\n', /line 2 of the dump/],
  ])('a damaged dump %j names its line', (text, message) => {
    expect(() => readDump(text)).toThrow(message);
  });
});

describe('on disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'artel-dev-'));
  });
  afterEach(async () => {
    for (const chain of chains.splice(0)) await chain.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a chain goes on after a restart with the same application', async () => {
    const stores: KeyValueStore[] = [];
    const blocksFolder = join(folder, 'blocks');
    const first = await start({ stores, blocksFolder });
    await send(first.engine, 'a=1');
    await first.engine.advanceTime(5_000n);
    const { state } = first.engine;
    await first.close();
    chains.pop();
    const second = await start({ stores, blocksFolder });
    expect(second.engine.state).toEqual(state);
    expect(second.engine.offsetMs).toBe(5_000n);
    await second.engine.mine();
    await verifyChain(second);
    expect((await second.call('tx_search', { query: "message.sender='a'" })).total_count).toBe('1');
  });

  test('blocks that the application lacks are run again', async () => {
    const blocksFolder = join(folder, 'blocks');
    const first = await start({ blocksFolder });
    await send(first.engine, 'a=1');
    await first.engine.mine(3);
    const { state } = first.engine;
    await first.store.rollback(2n);
    await first.close();
    chains.pop();
    const second = await start({ stores: [first.store], blocksFolder });
    expect(second.engine.state).toEqual(state);
    await second.close();
    chains.pop();
    const third = await start({ stores: [], blocksFolder });
    expect(third.engine.state).toEqual(state);
    expect(third.store.calls[0]).toBe('initChain');
  });

  test('an application of another chain is refused', async () => {
    const blocksFolder = join(folder, 'blocks');
    const first = await start({ blocksFolder });
    await first.engine.mine(3);
    await first.close();
    chains.pop();
    const { store } = first;
    await expect(
      startStoreChain({ stores: [store], blocksFolder: join(folder, 'other') }),
    ).rejects.toThrow('its folder belongs to another chain');
  });

  test('a revert also forgets the blocks on disk', async () => {
    const stores: KeyValueStore[] = [];
    const blocksFolder = join(folder, 'blocks');
    const first = await start({ stores, blocksFolder });
    const id = await first.engine.snapshot();
    await first.engine.mine(5);
    await first.engine.revert(id);
    await first.close();
    chains.pop();
    const second = await start({ stores, blocksFolder });
    expect(second.engine.state.lastHeight).toBe(1n);
  });
});

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
