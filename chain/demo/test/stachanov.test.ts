import { ArtelNode } from '../../client/node.ts';
import { startTestChain } from '../../dev/test-chain.ts';
import { playComputer } from '../computer.ts';
import { silent } from '../progress.ts';

test("the paper's worked example comes out on a chain, and every difference has its erratum", async () => {
  await using chain = await startTestChain({
    production: { kind: 'interval', everyMs: 50 } as never,
  });
  const [, funder] = chain.accounts;
  if (funder === undefined) throw new Error('the chain has no second account');
  const signal = new AbortController().signal;
  const { figures, wrong } = await playComputer({
    node: new ArtelNode(chain.rpcUrl, { signal }),
    seed: 'test',
    funder,
    gasPrice: 0,
    progress: silent,
    signal,
  });
  expect(wrong).toEqual([]);
  const chainHas = (table: string): readonly string[] =>
    figures.filter((figure) => figure.table.startsWith(table)).map(({ chain: has }) => has);
  expect(chainHas('composition')).toEqual(['3140', '1301', '602', '3841', '4468', '4468']);
  expect(chainHas('value transfer').slice(-4)).toEqual([
    '188809/360 = 524.469',
    '524',
    '524',
    '0.001049',
  ]);
  expect(chainHas('hard drive')).toEqual(['3420', '3169', '251', '250.2']);
  expect(chainHas('oven')).toEqual(['0', '6', '1800']);
  for (const { paper, chain: has, why } of figures) if (paper !== has) expect(why).toMatch(/^E\d/);
});
