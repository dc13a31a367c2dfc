/**
 * The validators module on the host: what consensus reports moves tokens and powers exactly once.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { QueryBalanceRequest, QueryBalanceResponse } from 'cosmjs-types/cosmos/bank/v1beta1/query';
import {
  type Misbehavior,
  MisbehaviorType,
  type ValidatorUpdate,
  type VoteInfo,
} from 'cosmjs-types/tendermint/abci/types';
import { bondPool, feeCollector } from '../../../modules/validators/types.ts';
import { MsgUnbond } from '../../../proto/generated/artel/validators/v1/tx.ts';
import { genesisState, hex, keyOf, TestNode, validatorKeys } from './test-node.ts';

const day = 86_400n;
const bondUhub = 1_000_000_000n;
const addresses = validatorKeys.map((key) => sha256(key).slice(0, 20));
const [first, second] = addresses as [Uint8Array, Uint8Array];

async function balance(node: TestNode, address: string): Promise<bigint> {
  const request = QueryBalanceRequest.encode({ address, denom: 'uhub' }).finish();
  const { value } = await node.query('/cosmos.bank.v1beta1.Query/Balance', request);
  return BigInt(QueryBalanceResponse.decode(value).balance?.amount ?? '0');
}

function offence(node: TestNode, address: Uint8Array, type: MisbehaviorType): Misbehavior {
  return {
    type,
    validator: { address, power: 1000n },
    height: node.height,
    time: { seconds: node.timeS, nanos: 0 },
    totalVotingPower: 2000n,
  };
}

function votes(signed: readonly boolean[]): VoteInfo[] {
  return addresses.map((address, index) => ({
    validator: { address, power: 1000n },
    blockIdFlag: signed[index] === true ? 2 : 1,
  }));
}

const shown = (updates: readonly ValidatorUpdate[]): string[] =>
  updates.map(
    ({ pubKey, power }) => `${hex(pubKey.ed25519 ?? new Uint8Array()).slice(0, 2)}=${power}`,
  );

const { DUPLICATE_VOTE, LIGHT_CLIENT_ATTACK } = MisbehaviorType;

describe('evidence', () => {
  test('a duplicate vote cuts the bond, burns the cut and removes the validator: once, however often reported', async () => {
    const node = await TestNode.begun();
    await node.block();
    const evidence = offence(node, first, DUPLICATE_VOTE);
    const again = { ...evidence, height: 0n };
    const { validatorUpdates } = await node.block({ misbehavior: [evidence, evidence, again] });
    expect(shown(validatorUpdates)).toEqual(['01=0']);
    const pool = await balance(node, bondPool);
    expect(pool).toBe(2n * bondUhub - bondUhub / 20n);
    const hash = node.appHash;
    const later = await node.block({
      misbehavior: [evidence, offence(node, first, LIGHT_CLIENT_ATTACK)],
    });
    expect(later.validatorUpdates).toEqual([]);
    expect(node.appHash).toBe(hash);
    expect(await node.app.application.audit()).toEqual([]);
    await node.app.close();
  });

  test('the last validator with power is cut and keeps power, and the fact is critical', async () => {
    const node = await TestNode.begun();
    await node.block();
    await node.block({ misbehavior: [offence(node, first, DUPLICATE_VOTE)] });
    const last = await node.block({ misbehavior: [offence(node, second, DUPLICATE_VOTE)] });
    expect(last.events.map(({ type }) => type)).toContain('artel.validators.v1.LastValidatorKept');
    const powers = last.validatorUpdates.map(({ power }) => power);
    expect(powers.every((power) => power >= 1n)).toBe(true);
    expect(await balance(node, bondPool)).toBe(2n * bondUhub - 2n * (bondUhub / 20n));
    await node.app.close();
  });

  test('evidence against an address that never was a validator changes nothing', async () => {
    const node = await TestNode.begun();
    await node.block();
    const before = node.appHash;
    const stranger = offence(node, new Uint8Array(20).fill(9), DUPLICATE_VOTE);
    expect((await node.block({ misbehavior: [stranger] })).validatorUpdates).toEqual([]);
    expect(node.appHash).toBe(before);
    await node.app.close();
  });
});

describe('downtime', () => {
  test('who misses too many blocks of the window loses power; blocks that all sign write nothing', async () => {
    const state = genesisState();
    const { parameters, ...rest } = state.validators as { parameters: Record<string, string> };
    const strict = { ...parameters, missWindowBlocks: '20', maxMissedBlocks: '3' };
    const node = await TestNode.open();
    await node.beginWith({ ...state, validators: { ...rest, parameters: strict } });
    await node.block();
    const before = node.appHash;
    await node.block({ votes: votes([true, true]) });
    expect(node.appHash).toBe(before);
    let jailedAt = 0n;
    for (let n = 0; n < 6; n += 1) {
      const { validatorUpdates } = await node.block({ votes: votes([true, false]) });
      if (validatorUpdates.length > 0) {
        expect(shown(validatorUpdates)).toEqual(['02=0']);
        jailedAt = node.height;
      }
    }
    expect(jailedAt).toBe(6n);
    await node.app.close();
  });
});

describe('tokens', () => {
  test('X-2 fees reach the owners by power, the remainder is carried, and the supply stays', async () => {
    const node = await TestNode.begun();
    const owners = [keyOf(0).address, keyOf(1).address];
    const before = await Promise.all(owners.map((owner) => balance(node, owner)));
    for (let n = 0; n < 12; n += 1) {
      await node.block({ txs: [node.send(2, keyOf(3).address, '1', { feeUhub: '501' })] });
    }
    const after = await Promise.all(owners.map((owner) => balance(node, owner)));
    const gained = after.map((amount, index) => amount - (before[index] ?? 0n));
    const waiting = await balance(node, feeCollector);
    expect(gained[0]).toBe(gained[1]);
    expect(gained[0]).toBeGreaterThan(0n);
    expect((gained[0] ?? 0n) * 2n + waiting).toBe(12n * 501n);
    expect(await node.app.application.audit()).toEqual([]);
    await node.app.close();
  });

  test('an unbonding is paid out by its timer, after the unbonding time and not before', async () => {
    const node = await TestNode.begun();
    const owner = keyOf(0).address;
    const value = MsgUnbond.encode({ owner, amountUhub: 100_000_000n }).finish();
    const messages = [{ typeUrl: '/artel.validators.v1.MsgUnbond', value }];
    const { txResults, validatorUpdates } = await node.block({
      txs: [node.send(0, owner, '1', { messages, feeUhub: '0' })],
    });
    expect(txResults[0]).toMatchObject({ code: 0 });
    expect(shown(validatorUpdates)).toEqual(['01=900']);
    const held = await balance(node, owner);
    await node.block({ seconds: 21n * day - 2n });
    expect(await balance(node, owner)).toBe(held);
    await node.block({ seconds: 3n });
    expect(await balance(node, owner)).toBe(held + 100_000_000n);
    expect(await node.app.application.audit()).toEqual([]);
    await node.app.close();
  });
});

describe('upgrades', () => {
  test('at the height that a vote has planned, this version stops before the block and says what to start', async () => {
    const state = genesisState();
    const plannedUpgrade = { change: '1', height: '3', appVersion: '2' };
    const change = {
      id: '1',
      proposer: keyOf(0).address,
      summary: 'version 2',
      closesMs: '1',
      outcome: 'passed',
      yesPower: '2000',
      totalPower: '2000',
      upgrade: { height: '3', appVersion: '2' },
    };
    const node = await TestNode.open();
    await node.beginWith({
      ...state,
      validators: {
        ...(state.validators as object),
        changes: [change],
        plannedUpgrade,
        nextChange: '2',
      },
    });
    await node.block();
    await node.block();
    expect(await node.propose([node.send(0, keyOf(1).address, '1')])).toEqual([]);
    expect(await node.accepts({ txs: [Uint8Array.of(1)] })).toBe(true);
    await expect(node.finalize()).rejects.toThrow('block 3 needs app version 2');
    expect((await node.app.application.info()).lastBlockHeight).toBe(2n);
    await node.app.close();
  });
});
