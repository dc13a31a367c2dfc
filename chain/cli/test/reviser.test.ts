/** `artel reviser` and the reviser within a node, on a chain of the embedded engine. */
import { pino } from 'pino';
import { type ArtelChain, startArtelChain } from '../../dev/artel-chain.ts';
import { CliHome } from './cli.ts';
import { hourMs, withCollectives } from './labour-genesis.ts';

let home: CliHome;
let chain: ArtelChain;

beforeAll(async () => {
  home = await CliHome.create();
  chain = await startArtelChain({
    log: pino({ level: 'silent' }),
    clock: { nowMs: () => BigInt(Date.now()) },
    version: 'test',
    genesis: (doc) => withCollectives(doc),
  });
  await chain.engine.mine(2);
});
afterAll(async () => {
  await chain.close();
  await home.remove();
});

async function due(): Promise<number> {
  const args = ['query', 'coupons', 'due-revisions', '--node', chain.rpcUrl, '-o', 'json'];
  const { out } = await home.run(args);
  return (JSON.parse(out) as { revisions: unknown[] }).revisions.length;
}

test('2-P9 artel reviser --once sends all that is due, each segment in its order, and ends', async () => {
  expect(await due()).toBe(2);
  const args = ['reviser', '--once', '--node', chain.rpcUrl];
  const { code, out, err } = await home.run([...args, '-o', 'json']);
  expect({ code, err }).toEqual({ code: 0, err: '6 revisions sent; nothing is due\n' });
  const sent = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(sent).toHaveLength(6);
  expect(sent[0]).toMatchObject({ member: '1', a_ms: '0', net_ms: '0', debt_after_ms: '0' });
  const segments = sent.filter(({ member }) => member === '1').map(({ segment }) => segment);
  expect(segments.map((segment) => BigInt(segment) - BigInt(segments[0]))).toEqual([0n, 1n, 2n]);
  expect(await due()).toBe(0);
  const again = await home.run(args);
  expect(again).toEqual({ code: 0, out: '', err: '0 revisions sent; nothing is due\n' });
}, 60_000);

test('2-P9 artel reviser goes on until it is told to end, and then ends cleanly', async () => {
  const stop = new AbortController();
  const args = ['reviser', '--every', '50ms', '--node', chain.rpcUrl];
  const run = home.run(args, { signal: stop.signal });
  await chain.engine.advanceTime(hourMs);
  for (let wait = 0; wait < 400 && (await due()) > 0; wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  stop.abort();
  const { code, out, err } = await run;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(
    /^revised segment \d+ of collective 1's component: 0:00:00 worked, 0:00:00 become coupons/,
  );
}, 60_000);

test('2-P9 a reviser without a node says so: at once and fails, or while it keeps on trying', async () => {
  const nowhere = ['--node', 'http://127.0.0.1:9'];
  const once = await home.run(['reviser', '--once', ...nowhere]);
  expect(once.code).toBe(1);
  expect(once.err).toContain('no node answers');
  const stop = new AbortController();
  const run = home.run(['reviser', '--every', '20ms', ...nowhere], { signal: stop.signal });
  await new Promise((resolve) => setTimeout(resolve, 300));
  stop.abort();
  const { code, err } = await run;
  expect(code).toBe(0);
  expect(err).toBe('http://127.0.0.1:9: no node answers; trying again\n');
  expect((await home.run(['reviser', '--every', '0s'])).code).toBe(2);
});
