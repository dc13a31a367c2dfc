/**
 * Row 2-N2: a component splits with a pool that both sides share, an aged machine, an open
 * production, a partly spent wallet, P and D; each side is settled to the millisecond, one has no
 * hours in the segment after, and a join brings together what a history without the cut has.
 */
import { DurabilityUnit, Label } from '../../../proto/generated/artel/production/v1/state.ts';
import { Consumption, Kind } from '../../../proto/generated/artel/trust/v1/state.ts';
import { hourMs, LabourNode } from './labour-node.ts';
import { keyOf } from './test-node.ts';

const [one, two, worker] = [0, 1, 3].map((index) => keyOf(index).address);
let node: LabourNode;

/** A message of the first collective. */
const act = (name: string, value: object) => node.act(0, name, { signer: one, ...value });
const ledger = (collective: bigint) => node.query('/artel.coupons.v1.Query/Ledger', { collective });
const pool = async (component: bigint) => {
  const { prices } = await node.query('/artel.production.v1.Query/Prices', { component });
  return (prices as readonly { valueMs: bigint; units: bigint }[]).map(({ valueMs, units }) => [
    valueMs,
    units,
  ]);
};

let orders = 0n;
/** A production of the first collective with so much work in it. */
async function begin(type: bigint, workMs: bigint, estimateMs = workMs): Promise<bigint> {
  orders += 1n;
  const terms = { collective: 1n, producer: 1n, type, quantity: 1n, label: Label.EXCLUSIVE };
  await act('MsgOrder', { ...terms, deliveryTimeMs: node.nowMs + 9n * hourMs });
  await act('MsgEstimate', { order: orders, valueMs: estimateMs });
  await act('MsgStartProduction', { estimate: orders });
  const fromMs = node.nowMs;
  await node.until(fromMs + workMs);
  const worked = { wallet: worker, fromMs, toMs: fromMs + workMs };
  await act('MsgRegisterWorkload', { production: orders, ...worked });
  return orders;
}

beforeAll(async () => {
  node = await LabourNode.begun();
  for (const index of [0, 1]) {
    const founder = keyOf(index).address;
    const said = {
      founder,
      name: `store ${index}`,
      kind: Kind.STEADY,
      consumption: Consumption.C2I,
    };
    await node.act(index, 'MsgFoundCollective', said);
  }
  await act('MsgSignTrust', { from: 1n, to: 2n });
  await node.act(1, 'MsgSignTrust', { signer: two, from: 2n, to: 1n });
  const { UNSPECIFIED, USES } = DurabilityUnit;
  for (const [name, durabilityUnit] of [
    ['loaf', UNSPECIFIED],
    ['oven', USES],
  ] as const) {
    await act('MsgDefineType', { collective: 1n, name, unit: 'piece', durabilityUnit });
  }
  const startMs = node.nowMs;

  // 8 loaves of 75,000 ms: 3 on the shelf of each, with one more that the second finds; 2 left.
  const baking = await begin(1n, 600_000n);
  const loaves = [{ type: 1n, quantity: 8n, valueMs: 600_000n }];
  await act('MsgOutput', { production: baking, lines: loaves });
  const making = await begin(2n, 300_000n);
  const element = { valueMs: 300_000n, durability: 10n };
  const oven = [{ type: 2n, quantity: 1n, valueMs: 300_000n, elements: [element] }];
  await act('MsgOutput', { production: making, lines: oven });
  await act('MsgShelve', { lot: 1n, quantity: 3n });
  await act('MsgTransfer', { lot: 1n, quantity: 3n, to: 2n });
  const asSecond = (name: string, value: object) => node.act(1, name, { signer: two, ...value });
  await asSecond('MsgAcceptTransfer', { transfer: 1n });
  await asSecond('MsgShelve', { lot: 4n, quantity: 3n });
  await asSecond('MsgInventory', { collective: 2n, type: 1n, counted: 4n });

  // The wallet claims 900,000 ms and burns 100,000: P of the first is not closed.
  await node.pastGrace(startMs);
  await node.reviseAll();
  for (const workload of [1n, 2n]) {
    await node.act(3, 'MsgClaim', { signer: worker, workload, revision: 1n });
  }
  const nonce = new Uint8Array(32).fill(1);
  const burn = { wallet: worker, store: 1n, amountMs: 100_000n, nonce };
  await node.act(3, 'MsgAppropriate', { signer: worker, ...burn });

  // A loss in a segment without hours is owed on: D.
  const quietMs = node.nowMs;
  const { lot } = await node.query('/artel.production.v1.Query/Lot', { lot: 1n });
  const { ownership } = lot as { readonly ownership: bigint };
  await act('MsgWriteOff', { lot: 1n, quantity: 1n, reason: 'rain', ownershipRef: ownership });
  await node.pastGrace(quietMs);
  await node.reviseAll();

  // An open production with 120,000 ms of work and three of ten uses of the oven.
  const open = await begin(1n, 120_000n, 210_000n);
  await act('MsgAllocateMeans', { production: open, lot: 2n });
  await act('MsgDeallocateMeans', { allocation: 1n, used: 3n });
}, 60_000);
afterAll(() => node.close());

describe('2-N2 the settlement of a split', () => {
  test('before it: goods 495,000 and a pool of 450,000, coupons 920,000, P 100,000, D 75,000', async () => {
    expect(await ledger(1n)).toMatchObject({
      ...{ debtMs: 75_000n, goodsMs: 945_000n, couponsMs: 920_000n, differenceMs: 100_000n },
    });
    expect(await pool(1n)).toEqual([[450_000n, 7n]]);
    expect(await node.audit()).toEqual([]);
  });

  test('the first gets its 3 of 7 rounded down, each side the debt that balances it', async () => {
    await act('MsgCancelTrust', { from: 1n, to: 2n });
    await node.until(node.nowMs + 11_000n);
    await node.node.block();
    const [first, second] = [await ledger(1n), await ledger(2n)];
    expect(first).toMatchObject({
      ...{ goodsMs: 687_857n, couponsMs: 920_000n, differenceMs: 100_000n, debtMs: 332_143n },
    });
    expect(second).toMatchObject({
      ...{ goodsMs: 257_143n, couponsMs: 0n, differenceMs: 0n, debtMs: -257_143n },
    });
    const components = [first.component as bigint, second.component as bigint];
    expect(await Promise.all(components.map(pool))).toEqual([[[192_857n, 3n]], [[257_143n, 4n]]]);
    expect(await node.audit()).toEqual([]);
  });

  test('the wallet keeps what it has, and can spend it on its own side only', async () => {
    const burn = { signer: worker, wallet: worker, amountMs: 1n };
    const nonce = new Uint8Array(32).fill(2);
    expect(await node.refused(3, 'MsgAppropriate', { ...burn, store: 2n, nonce })).toBe(
      'coupons/other_origin',
    );
    const balances = await node.query('/artel.coupons.v1.Query/Balances', { wallet: worker });
    expect(balances).toMatchObject({ totalMs: 800_000n });
  });

  test('the side with hours pays a tenth of them, the other carries on; a join restores', async () => {
    await node.pastGrace(node.nowMs);
    await node.reviseAll();
    // 332,143 owed, 12,000 of 120,000 hours at most.
    expect(await ledger(1n)).toMatchObject({ debtMs: 320_143n });
    expect(await ledger(2n)).toMatchObject({ debtMs: -257_143n });
    await act('MsgSignTrust', { from: 1n, to: 2n });
    await node.act(1, 'MsgSignTrust', { signer: two, from: 2n, to: 1n });
    // Without the cut 75,000 less 12,000 would be owed now.
    const joined = await ledger(2n);
    expect(joined).toMatchObject({ debtMs: 63_000n, differenceMs: 100_000n });
    expect(await pool(joined.component as bigint)).toEqual([[450_000n, 7n]]);
    expect(await node.audit()).toEqual([]);
  });
});
