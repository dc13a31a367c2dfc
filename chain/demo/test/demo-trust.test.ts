import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ArtelNode } from '../../client/node.ts';
import { startTestChain, type TestChain } from '../../dev/test-chain.ts';
import { builtInNetwork } from '../built-in.ts';
import { readEdgeFile } from '../edge-list.ts';
import { mutualNetwork, type Network, shapeOf } from '../network.ts';
import { observe } from '../observed.ts';
import { type Progress, silent } from '../progress.ts';
import { type Played, playTrust } from '../trust.ts';

/** Busy machines take their time. */
const patienceMs = 180_000;

const never = new AbortController().signal;

function play(
  chain: TestChain,
  network: Network,
  { progress = silent, signal = never, seed = 'test', gasPrice = 0 } = {},
): Promise<Played> {
  const [, funder] = chain.accounts;
  if (funder === undefined) throw new Error('the chain has no second account');
  const node = new ArtelNode(chain.rpcUrl, { signal });
  return playTrust({ node, network, seed, funder, gasPrice, progress, signal });
}

test(
  'the town is founded and signs all its trust',
  async () => {
    await using chain = await startTestChain();
    const { shape, transactions } = await play(chain, builtInNetwork());
    expect(shape).toEqual({ nodes: 60, edges: 73, components: 2, largest: 36 });
    expect(transactions).toBeGreaterThan(120);
    const again = await play(chain, builtInNetwork());
    expect(again).toEqual({ shape, transactions: 0 });
  },
  patienceMs,
);

test(
  'two networks stand side by side on one chain, and fees are paid where asked for',
  async () => {
    await using chain = await startTestChain();
    await play(chain, builtInNetwork());
    const pair = { members: ['a', 'b'], edges: [[0, 1]] as const };
    const { shape } = await play(chain, pair, { seed: 'other', gasPrice: 0.01 });
    expect(shape).toEqual({ nodes: 2, edges: 1, components: 1, largest: 2 });
  },
  patienceMs,
);

test(
  'stopped anywhere, it goes on where it stopped',
  async () => {
    await using chain = await startTestChain();
    for (const stop of [60, 20, 30, 10]) {
      const control = new AbortController();
      let steps = 0;
      const progress: Progress = {
        ...silent,
        step(count = 1) {
          steps += count;
          if (steps >= stop) control.abort(new Error('interrupted'));
        },
      };
      await expect(
        play(chain, builtInNetwork(), { progress, signal: control.signal }),
      ).rejects.toThrow(/interrupted|aborted/);
    }
    const { shape } = await play(chain, builtInNetwork());
    expect(shape).toEqual({ nodes: 60, edges: 73, components: 2, largest: 36 });
    const { collectives, signatures } = await observe(new ArtelNode(chain.rpcUrl));
    expect(collectives.size).toBe(60);
    expect(signatures.size).toBe(0);
  },
  patienceMs,
);

const advogato = join(import.meta.dirname, '../../../../shared/data/advogato/out.advogato.gz');

if (!existsSync(advogato)) {
  test('advogato is not here: its 2,000 edges are not played', () => {
    expect(existsSync(advogato)).toBe(false);
  });
} else {
  test('the first 2,000 mutual edges of advogato stand on the chain as in the list', async () => {
    await using chain = await startTestChain();
    const network = mutualNetwork((await readEdgeFile(advogato)).edges, { limit: 2000 });
    const { shape } = await play(chain, network, { seed: 'advogato' });
    expect(shape.edges).toBe(2000);
    expect(shape).toEqual(shapeOf(network));
  }, 300_000);
}
