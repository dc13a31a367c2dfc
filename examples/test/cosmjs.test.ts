/** The examples run as they stand, against a chain in this process. */
import { startTestChain } from '../../chain/dev/test-chain.ts';
import { demonstrate } from '../cosmjs.ts';

test('a CosmJS program without Artel code sends, finds, simulates, signs in amino and as 2 of 3', async () => {
  await using chain = await startTestChain();
  const lines: string[] = [];
  await demonstrate(chain.rpcUrl, (line) => lines.push(line));
  expect(lines).toEqual([
    expect.stringMatching(/^artel-dev-1 is at height \d+$/),
    expect.stringMatching(/^a transfer takes about \d{4,6} gas$/),
    expect.stringMatching(/^sent 1500000 uhub in block \d+$/),
    expect.stringMatching(/^found [0-9A-F]{64} by its hash and by message.sender$/),
    expect.stringMatching(/^signed in amino: [0-9A-F]{64}$/),
    expect.stringMatching(/^artel1\w+ paid back, signed by 2 of 3: [0-9A-F]{64}$/),
  ]);
});
