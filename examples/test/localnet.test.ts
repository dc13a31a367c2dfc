/**
 * The example and the proved reads against real validators: CometBFT's RPC, indexer and signatures.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CliHome } from '../../chain/cli/test/cli.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { testAddresses } from '../../chain/node/test-accounts.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../chain/cli/main.ts', import.meta.url));
const example = fileURLToPath(new URL('../cosmjs.ts', import.meta.url));
const basePort = 22_750;
const nodes = [0, 1].map((index) => `http://127.0.0.1:${basePort + 10 * index + 1}`);

test('on a localnet: the CosmJS program runs, roots are equal, a read is proved', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'net');
  const env = { ...process.env, COMETBFT_BIN: await cometbftBinary() };
  const localnet = (...args: readonly string[]): Promise<unknown> =>
    run(process.execPath, ['--no-warnings', main, 'localnet', ...args, '--home', home], { env });
  await localnet('up', '-n', '2', '--base-port', String(basePort), '--detach');
  try {
    const { stdout } = await run(process.execPath, ['--no-warnings', example, nodes[0] ?? ''], {
      env,
    });
    expect(stdout.trim().split('\n').at(-1)).toMatch(/paid back, signed by 2 of 3: [0-9A-F]{64}$/);
    const cli = new CliHome(home);
    const roots = await cli.run(['debug', 'roots', '--nodes', nodes.join(','), '-o', 'json']);
    expect(JSON.parse(roots.out)).toMatchObject({ equal: true });
    const account = testAddresses[1] ?? '';
    const args = ['query', 'bank', 'balance', account, '--prove', '--node', nodes[1] ?? ''];
    const proved = await cli.run([...args, '-o', 'json']);
    expect(JSON.parse(proved.out)).toMatchObject({
      record: '1000001500007',
      proof: { verified: true, signed_power: expect.any(String), total_power: '2000' },
    });
  } finally {
    await localnet('reset');
  }
});
