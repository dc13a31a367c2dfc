import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { CliHome } from '../../cli/test/cli.ts';
import { startTestChain } from '../../dev/test-chain.ts';

/** Busy machines take their time. */
const patienceMs = 180_000;

let home: CliHome;
beforeAll(async () => {
  home = await CliHome.create();
});
afterAll(() => home.remove());

async function file(name: string, text: string): Promise<string> {
  const path = join(home.path, name);
  await writeFile(path, text);
  return path;
}

test(
  'a list is played, and what was refused in it is told',
  async () => {
    await using chain = await startTestChain();
    const edges = await file(
      'edges.csv',
      'from,to,weight\n1,2,1\n2,1,-1\n3,3,1\n2\n2,4,1\n4,2,1\n',
    );
    const demo = ['--node', chain.rpcUrl, 'demo', 'trust', '--edges', edges];
    const json = await home.run([...demo, '-o', 'json']);
    expect(json.err.split('\n')).toEqual([
      'refused 1 loop: line 4',
      'refused 1 malformed line: line 5',
      'opening accounts: 3',
      'founding collectives: 3',
      'signing trust: 2',
      'answering signatures: 2',
      '',
    ]);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.out)).toMatchObject({
      network: 'edges.csv',
      rows: 6,
      loops: 1,
      malformed: 1,
      nodes: 3,
      edges: 2,
      components: 1,
      largest: 3,
    });
    const table = await home.run([...demo, '--limit', '1', '--seed', 'other']);
    expect(table.out).toMatch(/nodes +2\nedges +1\ncomponents +1\nlargest +2\n/);
    const same = await home.run([...demo, '--min-weight', '0', '--seed', 'third']);
    expect(same.out).toMatch(/nodes +2\nedges +1\n/);
  },
  patienceMs,
);

test(
  'the chain that holds more than the list says so',
  async () => {
    await using chain = await startTestChain();
    const edges = await file('pairs', '1 2\n2 1\n2 3\n3 2\n');
    const demo = ['--node', chain.rpcUrl, 'demo', 'trust', '--edges', edges];
    expect((await home.run(demo)).code).toBe(0);
    await writeFile(edges, '1 2\n2 1\n3 4\n4 3\n');
    const { code, err } = await home.run(demo);
    expect(code).toBe(1);
    expect(err).toContain('error: the chain holds other figures than the list');
  },
  patienceMs,
);

describe('wrong input ends with one line', () => {
  test.each([
    [['--limit', '0'], 'error: '],
    [['--min-weight', 'heavy'], 'error: --min-weight heavy is not a number'],
    [['--gas-price', '-1'], 'error: --gas-price -1 is not a number'],
  ])('%j', async (options, message) => {
    const { code, err } = await home.run(['demo', 'trust', ...options]);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  test('a list without a mutual edge', async () => {
    const edges = await file('one-way', '1 2\n2 3\n');
    const { code, err } = await home.run(['demo', 'trust', '--edges', edges]);
    expect(err).toContain('one-way has no mutual edge in 2 lines');
    expect(code).toBe(2);
  });

  /** In a process of its own: failures of the system have their class there only. */
  function program(...args: readonly string[]): { code: number | null; err: string } {
    const path = join(import.meta.dirname, '../../../bin/artel.js');
    const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', path, ...args]);
    return { code: status, err: stderr.toString() };
  }

  test(
    'no file',
    () => {
      const { code, err } = program('demo', 'trust', '--edges', 'no-such-file');
      expect(err).toContain('error: there is no such file');
      expect(code).toBe(2);
    },
    patienceMs,
  );

  test(
    'no node',
    async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      const { code, err } = program('--node', `http://127.0.0.1:${port}`, 'demo', 'trust');
      expect(err).toContain('error: no node answers at 127.0.0.1:');
      expect(code).toBe(1);
    },
    patienceMs,
  );
});
