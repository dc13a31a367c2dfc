/** Trust, production and coupons as one chain: from an order to the coupons for the work. */
import { AuthInfo, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { RequestQuery } from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import type { Address } from '../../../modules/_kernel/address.ts';
import { encodeKey } from '../../../modules/_kernel/tables.ts';
import { timeMs } from '../../../modules/_kernel/units.ts';
import { tables as couponTables } from '../../../modules/coupons/keys.ts';
import { leadsTo, leafHash, type SupplyStep } from '../../../modules/coupons/supply.ts';
import {
  type CouponCommand,
  collectiveId,
  componentId,
  DebtCause,
} from '../../../modules/coupons/types.ts';
import type { MsgFinalRevision } from '../../../proto/generated/artel/coupons/v1/tx.ts';
import { DurabilityUnit, Label } from '../../../proto/generated/artel/production/v1/state.ts';
import { Consumption, Kind } from '../../../proto/generated/artel/trust/v1/state.ts';
import { revisionTx } from '../../client/reviser.ts';
import { verifyStoreProof } from '../../client/verify-proof.ts';
import { HeadReader } from '../../store/overlay.ts';
import { compose } from '../app.ts';
import { graceMs, hourMs, LabourNode } from './labour-node.ts';
import { keyOf } from './test-node.ts';

const worker = keyOf(3).address;

async function found(node: LabourNode, owner: number, consumption: Consumption = Consumption.C2C) {
  const kind = Kind.STEADY;
  const name = `collective of ${owner}`;
  await node.act(owner, 'MsgFoundCollective', {
    founder: keyOf(owner).address,
    name,
    kind,
    consumption,
  });
}

/** Account `owner` of collective `id` has `wallet` work for `workMs` on an order of its own. */
async function work(
  node: LabourNode,
  owner: number,
  id: bigint,
  wallet: string,
  workMs: bigint,
  n: bigint,
) {
  const signer = keyOf(owner).address;
  await node.act(owner, 'MsgOrder', {
    signer,
    collective: id,
    producer: id,
    type: 1n,
    quantity: 1n,
    deliveryTimeMs: node.nowMs + hourMs,
    label: Label.EXCLUSIVE,
  });
  await node.act(owner, 'MsgEstimate', { signer, order: n, valueMs: workMs });
  await node.act(owner, 'MsgStartProduction', { signer, estimate: n });
  const fromMs = node.nowMs;
  await node.until(fromMs + workMs);
  await node.act(owner, 'MsgRegisterWorkload', {
    signer,
    production: n,
    wallet,
    fromMs,
    toMs: fromMs + workMs,
  });
}

async function oneCollective(): Promise<LabourNode> {
  const node = await LabourNode.begun();
  await found(node, 0);
  await node.act(0, 'MsgDefineType', {
    signer: keyOf(0).address,
    collective: 1n,
    name: 'bread',
    unit: 'loaf',
    durabilityUnit: DurabilityUnit.UNSPECIFIED,
  });
  return node;
}

describe('the labour-time economy', () => {
  test('2-P9 2-P10 work becomes coupons by an unsigned revision and a claim', async () => {
    const node = await oneCollective();
    const startMs = node.nowMs;
    await work(node, 0, 1n, worker, 600_000n, 1n);
    expect(await node.due()).toEqual([]);
    await node.pastGrace(startMs);
    const [due] = await node.due();
    expect(due).toMatchObject({ member: 1n, a: 600_000n, c: 0n, w: 0n, net: 600_000n });
    expect(await node.reviseAll()).toBe(1);
    await node.act(3, 'MsgClaim', { signer: worker, workload: 1n, revision: 1n });
    const balances = await node.query('/artel.coupons.v1.Query/Balances', { wallet: worker });
    expect(balances).toEqual({
      balances: [{ origin: 1n, amountMs: 600_000n }],
      totalMs: 600_000n,
    });
    expect(await node.refused(3, 'MsgClaim', { signer: worker, workload: 1n, revision: 1n })).toBe(
      'coupons/already_claimed',
    );
    expect(await node.audit()).toEqual([]);
    await node.close();
  });
});

describe('components that change', () => {
  test('2-N2 due segments are final before a join and a split, and debts balance each side', async () => {
    const node = await oneCollective();
    await found(node, 1);
    const startMs = node.nowMs;
    await work(node, 0, 1n, worker, 600_000n, 1n);
    await node.until(((startMs - 1n) / hourMs + 1n) * hourMs + 5_000n);
    const from = { signer: keyOf(0).address, from: 1n, to: 2n };
    await node.act(0, 'MsgSignTrust', from);
    const answer = { signer: keyOf(1).address, from: 2n, to: 1n };
    expect(await node.refused(1, 'MsgSignTrust', answer)).toBe('coupons/in_grace');
    await node.pastGrace(startMs);
    await node.act(1, 'MsgSignTrust', answer);
    expect(await node.due()).toEqual([]);
    await node.act(3, 'MsgClaim', { signer: worker, workload: 1n, revision: 1n });
    expect(await node.query('/artel.coupons.v1.Query/Ledger', { collective: 2n })).toMatchObject({
      component: 1n,
      debtMs: 0n,
      goodsMs: 600_000n,
      couponsMs: 600_000n,
    });
    expect(await node.audit()).toEqual([]);

    // The notice ends in the grace of the next segment: the cut waits for its end.
    const nextEndMs = (node.nowMs / hourMs + 1n) * hourMs;
    await node.until(nextEndMs - 5_000n);
    await node.act(0, 'MsgCancelTrust', from);
    await node.until(nextEndMs + 30_000n);
    await node.node.block();
    const edge = { a: 1n, b: 2n };
    expect(await node.query('/artel.trust.v1.Query/SameComponent', edge)).toMatchObject({
      same: true,
    });
    await node.until(nextEndMs + graceMs);
    await node.node.block();
    expect(await node.query('/artel.trust.v1.Query/SameComponent', edge)).toMatchObject({
      same: false,
    });
    expect(await node.query('/artel.coupons.v1.Query/Ledger', { collective: 1n })).toMatchObject({
      debtMs: 0n,
      goodsMs: 600_000n,
      couponsMs: 600_000n,
    });
    expect(await node.audit()).toEqual([]);
    await node.close();
  });

  test('2-P13 coupons of an origin across a cut stay and can not be used', async () => {
    const node = await oneCollective();
    await found(node, 1, Consumption.C2I);
    const startMs = node.nowMs;
    await work(node, 0, 1n, worker, 600_000n, 1n);
    await node.pastGrace(startMs);
    await node.reviseAll();
    await node.act(3, 'MsgClaim', { signer: worker, workload: 1n, revision: 1n });
    const spend = {
      signer: worker,
      wallet: worker,
      store: 2n,
      amountMs: 1000n,
      nonce: new Uint8Array(32).fill(5),
    };
    expect(await node.refused(3, 'MsgAppropriate', spend)).toBe('coupons/other_origin');
    expect(await node.query('/artel.coupons.v1.Query/Balances', { wallet: worker })).toMatchObject({
      totalMs: 600_000n,
    });
    await node.close();
  });
});

describe('2-N1 the books of every component', () => {
  /** What a block does that begins with a command of coupons. */
  async function beginning(node: LabourNode, command: CouponCommand) {
    const { store } = node.node.app;
    const chain = compose(pino({ level: 'silent' })).open(store);
    if (chain === undefined) throw new Error('no chain');
    const context = chain.context(node.node.height + 1n, timeMs(node.nowMs));
    const work = { begin: [{ module: 'coupons', command }], end: [] };
    return chain.executor.execute(new HeadReader(store), { context, txs: [], work });
  }

  test('2-N1 a block that leaves a component out of balance is a defect, said in one line', async () => {
    const node = await oneCollective();
    const moved = {
      type: 'MoveDebt',
      component: componentId(1n),
      byMs: 5n,
      cause: DebtCause.CLOSED,
    } as const;
    await expect(beginning(node, moved)).rejects.toThrow(
      /^block \d+ is out of balance: component 1: G 0 - K 0 - P 0 \+ D 5 is 5, not 0$/,
    );
    await expect(beginning(node, { ...moved, byMs: 0n })).resolves.toMatchObject({
      inadmissible: [],
    });
    await node.close();
  });

  test('2-N1 a block that makes a segment final is judged over all members', async () => {
    const node = await oneCollective();
    const startMs = node.nowMs;
    await work(node, 0, 1n, worker, 600_000n, 1n);
    await node.pastGrace(startMs);
    const finalise = { type: 'FinaliseEnded', component: componentId(1n) } as const;
    const { changes } = await beginning(node, finalise);
    expect(changes.map(({ module }) => module)).toContain('coupons');
    await node.close();
  });
});

describe('2-N4 the supply of coupons', () => {
  test('2-N4 the root of a component is in the state: proved from the app hash, it counts each wallet', async () => {
    const node = await oneCollective();
    for (const [index, wallet] of [3, 4].entries()) {
      const startMs = node.nowMs;
      const n = BigInt(index + 1);
      await work(node, 0, 1n, keyOf(wallet).address, 600_000n * n, n);
      await node.pastGrace(startMs);
      await node.reviseAll();
      const claim = { signer: keyOf(wallet).address, workload: n, revision: n };
      await node.act(wallet, 'MsgClaim', claim);
    }
    await node.pastGrace(node.nowMs);
    await node.reviseAll();

    const key = encodeKey(couponTables.supplies, [1n]);
    const answer = await node.node.app.application.query(
      RequestQuery.fromPartial({ path: '/store/coupons/key', data: key, prove: true }),
    );
    const { store } = node.node.app;
    const appHash = store.head?.appHash ?? new Uint8Array();
    const { value } = answer;
    verifyStoreProof({ appHash, store: 'coupons', key, value, ops: answer.proofOps?.ops ?? [] });
    const { root, balanceMs } = couponTables.supplies.value.decode(value);
    expect(balanceMs).toBe(1_800_000n);
    const supply = { hash: root, sum: balanceMs };
    for (const [wallet, sum] of [
      [3, 600_000n],
      [4, 1_200_000n],
    ] as const) {
      const proof = await node.query('/artel.coupons.v1.Query/SupplyProof', {
        wallet: keyOf(wallet).address,
        origin: 1n,
      });
      const steps = proof.steps as readonly SupplyStep[];
      const hash = leafHash(collectiveId(1n), keyOf(wallet).address as Address);
      expect(leadsTo(supply, { hash, sum }, steps)).toBe(true);
      expect(leadsTo(supply, { hash, sum: sum + 1n }, steps)).toBe(false);
    }
    expect(await node.query('/artel.coupons.v1.Query/Supply', { collective: 1n })).toMatchObject({
      supply: { revision: 3n, balanceMs: 1_800_000n },
      origins: [{ collective: 1n, balanceMs: 1_800_000n, root }],
    });
    expect(await node.audit()).toEqual([]);
    await node.close();
  });
});

describe('2-P9 a final revision by anyone', () => {
  /** A node on which the revision of one hour of work is due, and that revision. */
  async function dueNode(): Promise<{ node: LabourNode; right: MsgFinalRevision }> {
    const node = await oneCollective();
    const startMs = node.nowMs;
    await work(node, 0, 1n, worker, 600_000n, 1n);
    await node.pastGrace(startMs);
    const [right] = await node.due();
    if (right === undefined) throw new Error('nothing is due');
    return { node, right };
  }

  test('2-P9 each figure that is wrong by 1 ms is refused, in the mempool and in a block', async () => {
    const { node, right } = await dueNode();
    const before = await node.root('coupons');
    for (const figure of ['a', 'c', 'w', 'debtBefore', 'net', 'debtAfter'] as const) {
      for (const by of [1n, -1n]) {
        const value = right[figure] + by;
        if (value < 0n && figure !== 'debtBefore' && figure !== 'debtAfter') continue;
        const tx = revisionTx({ ...right, [figure]: value });
        const checked = await node.node.check(tx);
        expect(checked).toMatchObject({ code: 7, codespace: 'coupons' });
        expect(checked.log).toContain(figure.replace(/[A-Z]/, (c) => `_${c.toLowerCase()}`));
        expect(await node.node.accepts({ txs: [tx] })).toBe(false);
        expect(await node.deliver(tx)).toMatchObject({ code: 7, codespace: 'coupons' });
      }
    }
    expect(await node.root('coupons')).toBe(before);
    expect(await node.node.check(revisionTx(right))).toMatchObject({ code: 0 });
    await node.close();
  });

  test('2-P9 a second one is refused in the mempool, in a proposal and in a block', async () => {
    const { node, right } = await dueNode();
    const tx = revisionTx(right);
    expect(await node.node.check(tx)).toMatchObject({ code: 0 });
    expect(await node.node.check(tx)).toMatchObject({ code: 18, codespace: 'sdk' });
    expect(await node.node.accepts({ txs: [tx, tx] })).toBe(false);
    expect(await node.node.propose([tx, tx])).toEqual([tx]);
    const { txResults } = await node.node.block({ txs: [tx, tx] });
    expect(txResults.map(({ code, codespace }) => [codespace, code])).toEqual([
      ['', 0],
      ['coupons', 4],
    ]);
    expect(await node.node.check(tx)).toMatchObject({ code: 4, codespace: 'coupons' });
    expect(await node.audit()).toEqual([]);
    await node.close();
  });

  test('2-P9 early and out-of-order ones are refused', async () => {
    const node = await oneCollective();
    await node.pastGrace(node.nowMs);
    const [right] = await node.due();
    if (right === undefined) throw new Error('nothing is due');
    const next = revisionTx({ ...right, segment: right.segment + 1n });
    expect(await node.node.check(next)).toMatchObject({ code: 5, codespace: 'coupons' });
    expect(await node.deliver(next)).toMatchObject({ code: 5 });
    await node.deliver(revisionTx(right));
    expect(await node.node.check(next)).toMatchObject({ code: 6, codespace: 'coupons' });
    expect(await node.deliver(next)).toMatchObject({ code: 6 });
    await node.close();
  });

  test('2-P9 any other encoding than the one is refused', async () => {
    const { node, right } = await dueNode();
    const tx = revisionTx(right);
    const raw = TxRaw.decode(tx);
    const body = TxBody.decode(raw.bodyBytes);
    const auth = AuthInfo.decode(raw.authInfoBytes);
    const [message] = body.messages;
    if (message === undefined) throw new Error('no message');
    const withBody = (changed: Partial<TxBody>): Uint8Array =>
      TxRaw.encode({ ...raw, bodyBytes: TxBody.encode({ ...body, ...changed }).finish() }).finish();
    const withFee = (fee: object): Uint8Array =>
      TxRaw.encode({
        ...raw,
        authInfoBytes: AuthInfo.encode(AuthInfo.fromPartial({ fee })).finish(),
      }).finish();
    const gasLimit = auth.fee?.gasLimit ?? 0n;
    const explicitZero = Uint8Array.of(...message.value, 0x20, 0x00);
    const wrong: readonly (readonly [string, Uint8Array])[] = [
      ['a memo', withBody({ memo: 'x' })],
      ['a timeout', withBody({ timeoutHeight: 1000n })],
      ['two messages', withBody({ messages: [message, message] })],
      ['another gas limit', withFee({ gasLimit: gasLimit + 1n })],
      ['a fee', withFee({ gasLimit, amount: [{ denom: 'uhub', amount: '1' }] })],
      ['no fee at all', TxRaw.encode({ ...raw, authInfoBytes: new Uint8Array() }).finish()],
      [
        'a field written at its default',
        withBody({ messages: [{ ...message, value: explicitZero }] }),
      ],
      ['an unknown field', Uint8Array.of(...tx, 0x7a, 0x00)],
      ['a signature', TxRaw.encode({ ...raw, signatures: [new Uint8Array(64)] }).finish()],
      ['a signer', node.tx(0, 'MsgFinalRevision', { ...right })],
    ];
    for (const [what, bytes] of wrong) {
      const { code, codespace } = await node.node.check(bytes);
      expect([what, codespace, code === 0]).toEqual([what, 'sdk', false]);
      expect([what, await node.node.accepts({ txs: [bytes] })]).toEqual([what, false]);
    }
    expect(await node.node.accepts({ txs: [tx] })).toBe(true);
    await node.close();
  });

  test('2-P9 at most 20 stand in one block; the rest wait for the next', async () => {
    const node = await LabourNode.begun();
    for (let n = 0; n < 22; n += 1) await found(node, n % 5);
    await node.pastGrace(node.nowMs);
    const due = await node.due();
    expect(due).toHaveLength(22);
    const txs = due.map(revisionTx);
    expect(await node.node.accepts({ txs })).toBe(false);
    expect(await node.node.propose(txs)).toHaveLength(20);
    expect(await node.node.accepts({ txs: txs.slice(0, 20) })).toBe(true);
    await node.node.block({ txs: txs.slice(0, 20) });
    expect(await node.due()).toHaveLength(2);
    await node.close();
  });
});
