/**
 * Every parameter that issues and genesis know of trust, production and coupons: a genesis sets it,
 * and a vote of validators changes it, at once or from the next segment on.
 */

import { messageOf } from '../../client/registry.ts';
import { signedTx } from '../../dev/sender.ts';
import { modulesByName } from '../app.ts';
import { LabourNode } from './labour-node.ts';
import { chainId, genesisState, keyOf, TestNode } from './test-node.ts';

type Values = Readonly<Record<string, string | boolean>>;

/** What a genesis says, what a vote says, and when that holds. */
const table: Readonly<
  Record<string, { readonly first: Values; readonly voted: Values; readonly atOnce: boolean }>
> = {
  trust: { first: { noticeMs: '10000' }, voted: { noticeMs: '20000' }, atOnce: true },
  coupons: {
    first: {
      ...{ wMaxNum: '1', wMaxDen: '5', surplusMaxNum: '1', surplusMaxDen: '4' },
      ...{ graceMs: '60000', expirySegments: '3', segmentLengthMs: '3600000' },
    },
    voted: {
      ...{ wMaxNum: '2', wMaxDen: '7', surplusMaxNum: '3', surplusMaxDen: '8' },
      ...{ graceMs: '90000', expirySegments: '5', segmentLengthMs: '7200000' },
    },
    atOnce: false,
  },
  production: {
    first: {
      ...{ declaredUse: true, countersign: true, voteLimitMs: '1000', handOverPeriodMs: '5000' },
      ...{ deviationWarnNum: '1', deviationWarnDen: '9', deviationVoteNum: '2' },
      ...{ deviationVoteDen: '3', overdrawWarnNum: '1', overdrawWarnDen: '50' },
      ...{ overdrawBlockNum: '1', overdrawBlockDen: '10' },
    },
    voted: {
      ...{ declaredUse: false, countersign: false, voteLimitMs: '2000', handOverPeriodMs: '6000' },
      ...{ deviationWarnNum: '2', deviationWarnDen: '5', deviationVoteNum: '3' },
      ...{ deviationVoteDen: '2', overdrawWarnNum: '2', overdrawWarnDen: '51' },
      ...{ overdrawBlockNum: '2', overdrawBlockDen: '11' },
    },
    atOnce: false,
  },
};

const hourMs = 3_600_000n;

async function begun(): Promise<LabourNode> {
  const node = await TestNode.open();
  const state = genesisState();
  await node.beginWith({
    ...state,
    trust: { ...(state.trust as object), parameters: table.trust?.first },
    production: { ...(state.production as object), parameters: table.production?.first },
    coupons: { parameters: [{ fromSegment: '0', parameters: table.coupons?.first }] },
  });
  await node.block();
  return LabourNode.on(node);
}

/** As texts and flags, as a genesis writes them. */
async function parametersOf(node: LabourNode, module: string): Promise<Values> {
  const { params } = await node.query(`/artel.${module}.v1.Query/Params`, {});
  return Object.fromEntries(
    Object.entries(params as object).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? `${value}` : (value as boolean),
    ]),
  );
}

test('the table has every parameter of these modules', () => {
  for (const [module, { first, voted }] of Object.entries(table)) {
    const found = modulesByName.get(module);
    const { parameters } = (found?.genesis.default ?? {}) as {
      readonly parameters?: object | readonly [{ readonly parameters: object }];
    };
    const all = Array.isArray(parameters) ? parameters[0].parameters : parameters;
    const names = Object.keys(all ?? {}).sort();
    expect(names.length).toBeGreaterThan(0);
    expect(Object.keys(first).sort()).toEqual(names);
    expect(Object.keys(voted).sort()).toEqual(names);
  }
});

test.each(Object.entries(table))(
  'the parameters of %s are those of the genesis, and after a vote those of the vote',
  async (module, { first, voted, atOnce }) => {
    const node = await begun();
    expect(await parametersOf(node, module)).toEqual(first);
    const say = async (from: number, name: string, value: object): Promise<void> => {
      const message = messageOf(`/artel.validators.v1.${name}`);
      if (message === undefined) throw new Error(`no message ${name}`);
      const content = message.codec.encode(message.codec.fromPartial({ ...value })).finish();
      const result = await node.deliver(
        signedTx(keyOf(from), {
          messages: [{ typeUrl: message.typeUrl, value: content }],
          chainId,
          accountNumber: BigInt(from),
          sequence: sequences[from] ?? 0n,
          gasLimit: 2_000_000n,
        }),
      );
      expect(result).toMatchObject({ code: 0 });
      sequences[from] = (sequences[from] ?? 0n) + 1n;
    };
    const sequences: bigint[] = [];
    await say(0, 'MsgProposeChange', {
      proposer: keyOf(0).address,
      summary: 'other parameters',
      parameters: { module, json: JSON.stringify(voted) },
    });
    for (const voter of [0, 1]) {
      await say(voter, 'MsgVoteChange', { voter: keyOf(voter).address, change: 1n, yes: true });
    }
    expect(await parametersOf(node, module)).toEqual(atOnce ? voted : first);
    await node.until(((node.nowMs - 1n) / hourMs + 1n) * hourMs + 1000n);
    await node.until(node.nowMs + 1000n);
    expect(await parametersOf(node, module)).toEqual(voted);
    await node.close();
  },
);
