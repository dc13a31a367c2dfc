import { MsgCancelTrust } from '../../../proto/generated/artel/trust/v1/tx.ts';
import { ArtelNode } from '../../client/node.ts';
import { ArtelQueries } from '../../client/queries.ts';
import { startTestChain } from '../../dev/test-chain.ts';
import { memberAccount } from '../accounts.ts';
import { builtInNetwork } from '../built-in.ts';
import { observe, observedShape } from '../observed.ts';
import { silent } from '../progress.ts';
import { sendAll } from '../sender.ts';
import { playTrust } from '../trust.ts';

/** Busy machines take their time. */
const patienceMs = 180_000;

const dayMs = 86_400_000n;

test(
  '2-P5 one side cancels, and at the end of the notice the town falls apart',
  async () => {
    await using chain = await startTestChain();
    const { signal } = new AbortController();
    const node = new ArtelNode(chain.rpcUrl);
    const query = new ArtelQueries(node);
    const [, funder] = chain.accounts;
    if (funder === undefined) throw new Error('the chain has no second account');
    const network = builtInNetwork();
    const demo = { node, network, seed: 'cut', funder, gasPrice: 0, progress: silent, signal };
    await playTrust(demo);
    const before = await observe(node);
    const owners = network.members.map((member) => memberAccount('cut', member).address);
    const account = memberAccount('cut', 'east-store');
    const state = before.accounts.get(account.address);
    const from = before.collectives.get(account.address) ?? 0n;
    const to = before.collectives.get(memberAccount('cut', 'north-store').address) ?? 0n;
    if (state === undefined) throw new Error('the store has no account');

    const value = MsgCancelTrust.fromPartial({ signer: account.address, from, to });
    const messages = [{ typeUrl: '/artel.trust.v1.MsgCancelTrust', value }];
    const transactions = [{ messages, gas: 200_000, steps: 1 }];
    const sent = await sendAll([{ account, state, transactions }], { ...demo, gasPrice: 0 });
    expect(sent).toMatchObject({ count: 1, refused: undefined });
    expect((await query.edge(from, to))?.state).toBe(3);
    expect(await query.sameComponent(from, to)).toBe(true);

    await chain.engine.advanceTime(27n * dayMs);
    expect(await query.sameComponent(from, to)).toBe(true);
    await chain.engine.advanceTime(dayMs);
    expect(await query.sameComponent(from, to)).toBe(false);
    expect(await query.edge(from, to)).toBeUndefined();
    expect(await observedShape(node, owners, await observe(node))).toEqual({
      nodes: 60,
      edges: 72,
      components: 3,
      largest: 24,
    });
  },
  patienceMs,
);
