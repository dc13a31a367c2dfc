/** Threads that verify signatures change when verdicts come, and no verdict. */
import { CheckTxType } from 'cosmjs-types/tendermint/abci/types';
import { forgedTx } from '../../dev/sender.ts';
import { keyOf, TestNode, transfer } from './test-node.ts';

const to = keyOf(4).address;
const nodes: TestNode[] = [];
afterAll(() => Promise.all(nodes.map(({ app }) => app.close())));

async function begun(signatureThreads: number): Promise<TestNode> {
  const node = await TestNode.begun({ signatureThreads });
  nodes.push(node);
  return node;
}

/** Right and wrong ones, and what is no transaction, in an order in which sequences matter. */
function mixed(node: TestNode): readonly Uint8Array[] {
  const forged = forgedTx(keyOf(2), transfer(2, to, '1'), new Uint8Array(64).fill(1));
  const short = forgedTx(keyOf(2), transfer(2, to, '1'), new Uint8Array(63).fill(1));
  const right = Array.from({ length: 12 }, (_, index) => node.send(index % 2, to, '1'));
  return [forged, ...right, Uint8Array.of(1, 2, 3), short, node.send(2, to, '1')];
}

test('CheckTx answers alike, in order, and a block has the same app hash', async () => {
  const [ahead, alone] = [await begun(1), await begun(0)];
  const outcomes = await Promise.all(
    [ahead, alone].map(async (node) => {
      const txs = mixed(node);
      const answers = await Promise.all(
        txs.map((tx) => node.app.application.checkTx({ tx, type: CheckTxType.NEW })),
      );
      return { answers, block: await node.block({ txs }) };
    }),
  );
  expect(outcomes[0]).toEqual(outcomes[1]);
  const codes = outcomes[0]?.answers.map(({ code }) => code) ?? [];
  expect(codes).toEqual([4, ...new Array(12).fill(0), 2, 4, 0]);
});

test('a block of transactions that nobody has checked is verified ahead, too', async () => {
  const [ahead, alone] = [await begun(1), await begun(0)];
  const blocks = await Promise.all([ahead, alone].map((node) => node.block({ txs: mixed(node) })));
  expect(blocks[0]).toEqual(blocks[1]);
});
