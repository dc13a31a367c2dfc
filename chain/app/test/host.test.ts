/** The host: genesis, blocks, proposals, restarts, replay. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecTxResult, ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { moduleAddress } from '../../../modules/_kernel/address.ts';
import { signedTx } from '../../dev/sender.ts';
import { silentTelemetry } from '../../telemetry/telemetry.ts';
import { compose, modulesByName } from '../app.ts';
import { openOffline } from '../offline.ts';
import { genesisState, hex, keyOf, TestNode, transfer } from './test-node.ts';

const to = keyOf(4).address;

/** The fee that a result tells of. */
function feeIn(result: ExecTxResult | undefined): string | undefined {
  const attributes = result?.events.find(({ type }) => type === 'tx')?.attributes;
  return attributes?.find(({ key }) => key === 'fee')?.value;
}

/** Blocks of transfers that touch every way a transaction can end. */
function busyBlocks(node: TestNode, count: number): (readonly Uint8Array[])[] {
  return Array.from({ length: count }, (_, n) => [
    node.send(0, keyOf((n % 3) + 1).address, `${1000 + n}`),
    node.send(1, moduleAddress('newcomer'), '7'),
    // Refused after admission: more than there is.
    node.send(2, to, '999999999999999'),
  ]);
}

const optional = [...modulesByName.keys()].filter((name) => name !== 'chain');

describe('genesis', () => {
  const subsets = [
    ...optional.map((name) => [name]),
    ...optional.map((name) => optional.filter((other) => other !== name)),
    [],
    optional,
  ];
  test.each(subsets.map((without) => [without.join(', ') || 'nothing', without] as const))(
    'X-1 a chain without %s starts and makes blocks',
    async (_, without) => {
      const node = await TestNode.begun({}, without);
      await node.block();
      await node.block({ seconds: 100n });
      expect((await node.app.application.info()).lastBlockHeight).toBe(2n);
      const roots = [...(await (await node.app.store.at(2n)).moduleRoots()).keys()];
      expect(roots).toEqual(
        [...modulesByName.keys()].filter((module) => !without.includes(module)).sort(),
      );
      await node.app.close();
    },
  );

  test('a wrong genesis is refused with the path of what is wrong, and can be tried again', async () => {
    const node = await TestNode.open();
    const state = genesisState();
    await expect(node.beginWith({ ...state, bnak: {} })).rejects.toThrow(
      'app_state: has an unknown field bnak',
    );
    const bank = state.bank as { balances: { address: string; amountUhub: string }[] };
    const [first, ...rest] = bank.balances;
    const broken = [{ ...first, amountUhub: '-5' }, ...rest];
    await expect(node.beginWith({ ...state, bank: { balances: broken } })).rejects.toThrow(
      'app_state.bank.balances[0].amountUhub',
    );
    const pool = { ...bank, balances: bank.balances.slice(0, -1) };
    await expect(node.beginWith({ ...state, bank: pool })).rejects.toThrow('app_state: validators');
    expect((await node.beginWith(state)).appHash).toHaveLength(32);
    await node.app.close();
  });

  test('export and import give every module the same root, at any height', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'artel-export-'));
    const node = await TestNode.begun({ path: folder });
    for (const txs of busyBlocks(node, 5)) await node.block({ txs });
    await node.app.close();
    const offline = await openOffline(folder, pino({ level: 'silent' }));
    const exported = await offline.exportGenesis();
    let appState = '';
    for await (const piece of exported.appState) appState += piece;
    expect(await offline.audit()).toEqual([]);
    const recorded = await (await offline.store.at(exported.height)).moduleRoots();
    await offline.close();

    const again = await TestNode.open();
    await again.beginWith(JSON.parse(appState));
    const imported = await (await again.app.store.at(0n)).moduleRoots();
    // The chain's own facts tell the two chains apart: another genesis, another log.
    for (const module of optional) {
      expect([module, hex(imported.get(module) ?? new Uint8Array())]).toEqual([
        module,
        hex(recorded.get(module) ?? new Uint8Array(1)),
      ]);
    }
    await again.app.close();
    await rm(folder, { recursive: true });
  });
});

describe('blocks', () => {
  test('a block without events changes no key: the app hash stands still', async () => {
    const node = await TestNode.begun();
    const before = node.appHash;
    for (let n = 0; n < 25; n += 1) await node.block({ seconds: 3600n });
    expect(node.appHash).toBe(before);
    await node.app.close();
  });

  test('FinalizeBlock answers the same bytes a second time, also after a reset connection', async () => {
    const node = await TestNode.begun();
    const [txs = []] = busyBlocks(node, 1);
    const first = ResponseFinalizeBlock.encode(await node.finalize({ txs })).finish();
    const second = ResponseFinalizeBlock.encode(await node.finalize({ txs })).finish();
    node.app.application.connectionsReset();
    const third = ResponseFinalizeBlock.encode(await node.finalize({ txs })).finish();
    expect(hex(second)).toBe(hex(first));
    expect(hex(third)).toBe(hex(first));
    await node.commit();
    await node.app.close();
  });

  test('caches and kept proposals change time only: results and hashes are the same bytes', async () => {
    const nodes = [
      await TestNode.begun(),
      await TestNode.begun({ reuseProposals: false }),
      await TestNode.begun({ rememberedSignatures: 0 }),
    ];
    const [first] = nodes as [TestNode, ...TestNode[]];
    for (const txs of busyBlocks(first, 4)) {
      const answers: string[] = [];
      for (const [index, node] of nodes.entries()) {
        if (index < 2) for (const tx of txs) await node.check(tx);
        expect(await node.accepts({ txs: txs })).toBe(true);
        answers.push(hex(ResponseFinalizeBlock.encode(await node.finalize({ txs })).finish()));
        await node.commit();
      }
      expect(new Set(answers).size).toBe(1);
    }
    for (const node of nodes) await node.app.close();
  });

  test('a block that is proposed, judged and decided is executed once; a changed one anew', async () => {
    let executed = 0;
    const blockExecuted = (): void => {
      executed += 1;
    };
    const node = await TestNode.begun({ telemetry: { ...silentTelemetry, blockExecuted } });
    const txs = await node.propose([node.send(0, to, '1'), node.send(1, to, '2')]);
    expect(await node.accepts({ txs })).toBe(true);
    await node.finalize({ txs });
    expect(executed).toBe(1);
    expect(await node.accepts({ txs, seconds: 2n })).toBe(true);
    expect(await node.accepts({ txs: txs.slice(0, 1) })).toBe(true);
    const absent = [{ validator: { address: new Uint8Array(20), power: 1n }, blockIdFlag: 1 }];
    expect(await node.accepts({ txs, votes: absent })).toBe(true);
    expect(executed).toBe(4);
    await node.block({ txs });
    expect(executed).toBe(4);
    await node.app.close();
  });

  test('a command that is refused pays its fee and advances its sequence, nothing else', async () => {
    const node = await TestNode.begun();
    const { txResults } = await node.block({ txs: [node.send(0, to, '999999999999999')] });
    expect(txResults[0]).toMatchObject({ code: 5, codespace: 'sdk' });
    const paid = await node.block({ txs: [node.send(0, to, '1')] });
    expect(paid.txResults[0]).toMatchObject({ code: 0 });
    await node.app.close();
  });

  test('messages of a transaction happen together or not at all', async () => {
    const node = await TestNode.begun();
    const { messages } = transfer(0, to, '1');
    const { messages: tooMuch } = transfer(0, to, '999999999999999');
    const tx = node.send(0, to, '1', { messages: [...messages, ...tooMuch] });
    const { txResults } = await node.block({ txs: [tx] });
    expect(txResults[0]?.log).toMatch(/^message 1: .*insufficient funds/);
    const types = txResults[0]?.events.map(({ type }) => type) ?? [];
    // The fee was paid, the first message's transfer did not happen.
    expect(feeIn(txResults[0])).toBe('500uhub');
    expect(types.filter((type) => type === 'transfer')).toHaveLength(0);
    expect(types.filter((type) => type === 'message')).toHaveLength(2);
    await node.app.close();
  });

  test('out of gas is a refusal that pays', async () => {
    const node = await TestNode.begun();
    // The first transaction of an account also stores its key.
    await node.block({ txs: [node.send(0, to, '1')] });
    const { txResults: whole } = await node.block({ txs: [node.send(0, to, '1')] });
    const gasLimit = (whole[0]?.gasUsed ?? 0n) - 100n;
    const { txResults } = await node.block({ txs: [node.send(0, to, '1', { gasLimit })] });
    expect(txResults[0]).toMatchObject({ code: 11, codespace: 'sdk', gasWanted: gasLimit });
    expect(feeIn(txResults[0])).toBe('500uhub');
    await node.app.close();
  });
});

describe('proposals', () => {
  test('what admission refuses is left out of a proposal, and a block that holds it is rejected', async () => {
    const node = await TestNode.begun();
    const good = node.send(0, to, '1');
    const stale = signedTx(keyOf(1), { ...transfer(1, to, '1'), sequence: 5n });
    const poor = node.send(2, to, '1', { feeUhub: '9000000000000000' });
    const refusedLater = node.send(3, to, '999999999999999');
    const garbage = new Uint8Array([1, 2, 3]);
    const all = [stale, good, garbage, poor, refusedLater, good];
    expect(await node.propose(all)).toEqual([good, refusedLater]);
    expect(await node.accepts({ txs: [good, refusedLater] })).toBe(true);
    for (const bad of [stale, garbage, poor])
      expect(await node.accepts({ txs: [good, bad] })).toBe(false);
    expect(await node.accepts({ txs: [good, good] })).toBe(false);
    await node.app.close();
  });

  test('gas limits that sum above the block maximum: cut when proposing, rejected when proposed', async () => {
    const node = await TestNode.begun();
    const gasLimit = 20_000_000n;
    const txs = [0, 1, 2].map((from) => node.send(from, to, '1', { gasLimit }));
    expect(await node.propose(txs)).toEqual(txs.slice(0, 2));
    expect(await node.accepts({ txs: txs })).toBe(false);
    await node.app.close();
  });
});

describe('restart and replay', () => {
  test('a node that is opened again goes on with the same app hash, and the next block agrees', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'artel-restart-'));
    const lasting = await TestNode.begun();
    let node = await TestNode.begun({ path: folder });
    for (const txs of busyBlocks(lasting, 6)) {
      await lasting.block({ txs });
      // Killed after FinalizeBlock: nothing of it may be there.
      await node.finalize({ txs });
      await node.app.close();
      node = await TestNode.open({ path: folder });
      await node.block({ txs });
      expect(node.appHash).toBe(lasting.appHash);
    }
    await node.app.close();
    await lasting.app.close();
    await rm(folder, { recursive: true });
  });

  test('the event log folded on an empty store gives the same app hash at every height', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'artel-replay-'));
    const node = await TestNode.begun({ path: folder });
    for (const txs of busyBlocks(node, 12)) await node.block({ txs });
    await node.app.close();
    const offline = await openOffline(folder, pino({ level: 'silent' }));
    const result = await offline.replayEvents();
    expect(result).toMatchObject({ from: 0n, to: 12n });
    expect(result.divergence).toBeUndefined();
    expect(result.facts).toBeGreaterThan(12 * 5);
    await offline.close();
    await rm(folder, { recursive: true });
  });

  test('before genesis, CheckTx and Query refuse', async () => {
    const node = await TestNode.open();
    expect(await node.check(new Uint8Array([1]))).toMatchObject({ code: 18, codespace: 'sdk' });
    expect((await node.query('/artel.chain.v1.Query/Roots')).log).toMatch('has not begun');
    expect(await node.query('/p2p/filter/addr/1.2.3.4')).toMatchObject({ code: 0 });
    await node.app.close();
  });

  test('every module of the composition has its name once, and its reactors name what exists', () => {
    const { modules, reactors } = compose(pino({ level: 'silent' })).composition;
    expect(new Set(modules.map(({ name }) => name)).size).toBe(modules.length);
    const known = new Map(modules.map((module) => [module.name, module]));
    for (const { on, event, to: target } of reactors) {
      expect(Object.keys(known.get(on)?.events ?? {})).toContain(event);
      expect(known.has(target)).toBe(true);
    }
  });
});
