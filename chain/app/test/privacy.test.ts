/**
 * Row 2-P14: nothing joins what a wallet burned to the goods that it got. A thousand purchases at
 * one store, played as transactions; then every key, value, event and log line is searched, and an
 * observer tries to match by time and amount.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { DurabilityUnit, Label } from '../../../proto/generated/artel/production/v1/state.ts';
import { Consumption, Kind } from '../../../proto/generated/artel/trust/v1/state.ts';
import { wholeState } from '../whole-state.ts';
import { LabourNode } from './labour-node.ts';
import { hex, keyOf } from './test-node.ts';

const dayMs = 86_400_000n;
const workMs = 1_200_000n;
const workers = [1, 2, 3, 4];
const owner = keyOf(0).address;
/** Loaves at 1,600 ms and cakes at 2,400 ms: all work of all. */
const loaves = 1500n;
const cakes = 1000n;
const days = 10;
const purchasesADay = 100;

interface Purchase {
  readonly wallet: string;
  readonly nonce: Uint8Array;
  readonly amountMs: bigint;
  readonly day: number;
  readonly tx: Uint8Array;
  readonly hash: Uint8Array;
  readonly events: string;
}

interface HandOver {
  readonly type: bigint;
  readonly chargeMs: bigint;
  readonly day: number;
  readonly tx: Uint8Array;
  readonly hash: Uint8Array;
  readonly events: string;
}

const lines: string[] = [];
let node: LabourNode;
const purchases: Purchase[] = [];
const handOvers: HandOver[] = [];

/** Goods of all on the shelf, and what each worker made as coupons. */
async function opened(): Promise<void> {
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  node = await LabourNode.begun({ logger });
  const consumption = Consumption.C2I;
  const founding = { founder: owner, name: 'Store', kind: Kind.STEADY, consumption };
  await node.act(0, 'MsgFoundCollective', founding);
  for (const name of ['loaf', 'cake']) {
    const type = {
      collective: 1n,
      name,
      unit: 'piece',
      durabilityUnit: DurabilityUnit.UNSPECIFIED,
    };
    await node.act(0, 'MsgDefineType', { signer: owner, ...type });
  }
  const startMs = node.nowMs;
  const terms = { collective: 1n, producer: 1n, type: 1n, quantity: 1n, label: Label.EXCLUSIVE };
  await node.act(0, 'MsgOrder', { signer: owner, ...terms, deliveryTimeMs: node.nowMs + dayMs });
  await node.act(0, 'MsgEstimate', { signer: owner, order: 1n, valueMs: 4n * workMs });
  await node.act(0, 'MsgStartProduction', { signer: owner, estimate: 1n });
  const fromMs = node.nowMs;
  await node.until(fromMs + workMs);
  for (const worker of workers) {
    const worked = { production: 1n, wallet: keyOf(worker).address, fromMs, toMs: fromMs + workMs };
    await node.act(0, 'MsgRegisterWorkload', { signer: owner, ...worked });
  }
  const line = [
    { type: 1n, quantity: loaves, valueMs: loaves * 1600n },
    { type: 2n, quantity: cakes, valueMs: cakes * 2400n },
  ];
  await node.act(0, 'MsgOutput', { signer: owner, production: 1n, lines: line });
  await node.act(0, 'MsgShelve', { signer: owner, lot: 1n, quantity: loaves });
  await node.act(0, 'MsgShelve', { signer: owner, lot: 2n, quantity: cakes });
  await node.pastGrace(startMs);
  await node.reviseAll();
  for (const [index, worker] of workers.entries()) {
    const signer = keyOf(worker).address;
    const claim = { signer, workload: BigInt(index + 1), revision: 1n };
    await node.act(worker, 'MsgClaim', claim);
  }
}

/** Numerical Recipes' generator: the same purchases on every machine. */
let seed = 7;
function below(limit: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed % limit;
}

/** Burns in blocks of 25, the goods of the day handed over in two messages at its end. */
async function tradeOn(day: number): Promise<void> {
  const taken = { loaves: 0n, cakes: 0n };
  for (let made = 0; made < purchasesADay; made += 25) {
    const batch = Array.from({ length: 25 }, (_, index) => {
      const worker = workers[(made + index) % workers.length] ?? 1;
      const [loaf, cake] = [BigInt(1 + below(2)), BigInt(below(2))];
      taken.loaves += loaf;
      taken.cakes += cake;
      const nonce = sha256(Buffer.from(`receipt ${day} ${made + index}`));
      const amountMs = loaf * 1600n + cake * 2400n;
      const wallet = keyOf(worker).address;
      const burn = { signer: wallet, wallet, store: 1n, amountMs, nonce };
      const tx = node.tx(worker, 'MsgAppropriate', burn);
      return { wallet, nonce, amountMs, day, hash: sha256(tx), tx };
    });
    const { txResults } = await node.node.block({ txs: batch.map(({ tx }) => tx) });
    for (const [index, purchase] of batch.entries()) {
      const result = txResults[index];
      if (result?.code !== 0) throw new Error(result?.log);
      purchases.push({ ...purchase, events: textOf(result.events) });
    }
  }
  await node.until(node.nowMs + dayMs);
  for (const [type, quantity] of [
    [1n, taken.loaves],
    [2n, taken.cakes],
  ] as const) {
    const message = { signer: owner, collective: 1n, type, quantity };
    const tx = node.tx(0, 'MsgHandOver', message);
    const result = await node.deliver(tx);
    if (result.code !== 0) throw new Error(result.log);
    const events = textOf(result.events);
    const chargeMs = type === 1n ? quantity * 1600n : quantity * 2400n;
    expect(events).toContain(`charge_ms=${chargeMs}`);
    handOvers.push({ type, chargeMs, day, tx, hash: sha256(tx), events });
  }
}

function textOf(events: ResponseFinalizeBlock['events']): string {
  return events
    .map(({ type, attributes }) =>
      [type, ...attributes.map(({ key, value }) => `${key}=${value}`)].join(' '),
    )
    .join('\n');
}

beforeAll(async () => {
  await opened();
  for (let day = 0; day < days; day += 1) await tradeOn(day);
}, 120_000);
afterAll(() => node.close());

const hashes = (of: readonly { readonly hash: Uint8Array }[]) => of.map(({ hash }) => hex(hash));

/** What could name a purchase: its wallet (text and bytes), receipt, hash. */
function namesOfPurchases(): readonly string[] {
  const wallets = workers.map((worker) => keyOf(worker).address);
  return [...wallets, ...purchases.map(({ nonce }) => hex(nonce)), ...hashes(purchases)];
}

describe('2-P14 in a thousand purchases', () => {
  test('no event of a hand-over names a wallet, a receipt or a purchase, and none the reverse', () => {
    expect(purchases.length).toBe(1000);
    const names = namesOfPurchases();
    for (const { events } of handOvers) {
      expect(names.filter((name) => events.toLowerCase().includes(name.toLowerCase()))).toEqual([]);
    }
    const goods = /HandedOver|product_type=|quantity=|lots?=|shelv/i;
    expect(purchases.filter(({ events }) => goods.test(events))).toEqual([]);
    const over = hashes(handOvers);
    for (const { events } of purchases) {
      expect(over.some((hash) => events.toLowerCase().includes(hash))).toBe(false);
    }
  });

  test('no key and no value of any module holds both sides', async () => {
    const { store } = node.node.app;
    const modules = ['production', 'coupons', 'trust', 'accounts', 'bank', 'chain'];
    const state = await wholeState(await store.at(store.head?.height ?? 0n), modules);
    const rowsOf = (module: string): readonly string[] =>
      Array.from(
        state.range(module, { gte: new Uint8Array(), lt: new Uint8Array(129).fill(255) }),
        ([key, value]) => `${hex(key)} ${hex(value)}`,
      );
    const receipts = purchases.map(({ nonce }) => hex(nonce));
    const production = rowsOf('production');
    expect(production.length).toBeGreaterThan(20);
    expect(receipts.filter((name) => production.some((row) => row.includes(name)))).toEqual([]);
    // Wallets stand in production with their work alone: tables 13 (0d) and 14 (0e).
    const text = workers.map((worker) => Buffer.from(keyOf(worker).address).toString('hex'));
    const named = production.filter((row) => text.some((wallet) => row.includes(wallet)));
    expect(named.length).toBe(workers.length);
    expect(named.every((row) => row.startsWith('0d'))).toBe(true);
    // And no module keeps the hash of a transaction of either side.
    const all = modules.flatMap(rowsOf);
    for (const hash of [...hashes(handOvers), ...hashes(purchases)]) {
      expect(all.some((row) => row.includes(hash))).toBe(false);
    }
  }, 60_000);

  test('no log line names a purchase and a hand-over, not even of a block that is refused', async () => {
    const txs = [purchases.at(-1)?.tx, handOvers.at(-1)?.tx].flatMap((tx) => tx ?? []);
    expect(await node.node.accepts({ txs })).toBe(false);
    expect(lines.length).toBeGreaterThan(0);
    const names = namesOfPurchases();
    const telling = lines.filter((line) => {
      const low = line.toLowerCase();
      return names.some((name) => low.includes(name.toLowerCase()));
    });
    expect(telling.filter((line) => /HandedOver|MsgHandOver|handed/i.test(line))).toEqual([]);
  });

  test('an observer who matches by time and amount identifies no single hand-over', () => {
    for (const { chargeMs, day } of handOvers) {
      const inTime = purchases.filter((purchase) => purchase.day === day);
      expect(inTime.filter(({ amountMs }) => amountMs === chargeMs)).toEqual([]);
      expect(inTime.length).toBeGreaterThanOrEqual(purchasesADay);
    }
    // Each hand-over may belong to any purchase of its day, each purchase to both of them.
    for (const { amountMs, day } of purchases) {
      const like = purchases.filter((other) => other.amountMs === amountMs && other.day === day);
      expect(like.length).toBeGreaterThan(1);
    }
  });

  test('and the inventory reconciles: what was burned is what was handed over', async () => {
    const burned = purchases.reduce((sum, { amountMs }) => sum + amountMs, 0n);
    const charged = handOvers.reduce((sum, { chargeMs }) => sum + chargeMs, 0n);
    expect(burned).toBe(charged);
    const before = await node.query('/artel.production.v1.Query/Store', { collective: 1n });
    expect(before).toMatchObject({ burnedMs: burned, chargedMs: charged });
    const shelves = before.shelves as readonly { productType: bigint; units: bigint }[];
    for (const { productType: type, units: counted } of shelves) {
      await node.act(0, 'MsgInventory', { signer: owner, collective: 1n, type, counted });
    }
    expect(await node.query('/artel.production.v1.Query/Store', { collective: 1n })).toMatchObject({
      burnedMs: 0n,
      chargedMs: 0n,
    });
    expect(await node.audit()).toEqual([]);
  });
});
