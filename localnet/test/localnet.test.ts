/** A localnet of real processes: it comes up, agrees, and leaves nothing, however it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeHome, readHomeLock } from '../../chain/node/home.ts';
import { isPortFree } from '../../chain/node/ports.ts';
import { endProcess } from '../../chain/node/process.ts';
import { callRpc, fetchAppHash, fetchStatus, poll } from '../../chain/node/rpc.ts';
import type { Fault } from '../../chain/node/test/counter-app.ts';
import { cometbftBinary, temporaryFolder } from '../../chain/node/test/fixtures.ts';
import { bringDown, resetLocalnet } from '../down.ts';
import { showLogs } from '../logs.ts';
import { defaultLocalnet, type NodePlan, planNodes } from '../plan.ts';
import { reportNodes } from '../report.ts';

const script = fileURLToPath(new URL('./counter-cli.ts', import.meta.url));
let binary: string;
beforeAll(async () => {
  binary = await cometbftBinary();
});

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | string | null>;
}

function up(root: string, basePort: number, ...more: readonly string[]): Run {
  return run('up', '--home', root, '--base-port', String(basePort), ...more);
}

function run(...args: readonly string[]): Run {
  const child = spawn(process.execPath, ['--no-warnings', script, ...args], {
    env: {
      ...process.env,
      COMETBFT_BIN: binary,
      NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.cache/compile', import.meta.url)),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      output += String(part);
    });
  }
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  return { child, output: () => output, ended };
}

async function ready(run: Run): Promise<void> {
  const found = await poll(
    async () =>
      run.output().includes('ready\n') || run.child.exitCode !== null ? true : undefined,
    { timeoutMs: 30_000 },
  );
  if (found === undefined || !run.output().includes('ready\n')) {
    throw new Error(`the localnet did not come up: ${run.output()}`);
  }
}

/**
 * Everything that still belongs to the localnet: processes that name it, ports, sockets, records.
 */
async function leftovers(root: string, nodes: readonly NodePlan[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(root)) found.push(`process ${pid} ${line.replaceAll('\0', ' ')}`);
  }
  for (const { home, p2pPort, rpcPort, prometheusPort } of nodes) {
    for (const port of [p2pPort, rpcPort, prometheusPort]) {
      if (!(await isPortFree('127.0.0.1', port))) found.push(`port ${port}`);
    }
    const { socketFile, lockFile } = nodeHome(home);
    found.push(...[socketFile, lockFile].filter((path) => existsSync(path)));
  }
  found.push(...(await readdir(root)).filter((name) => name.startsWith('run.json')));
  return found;
}

const planned = (root: string, basePort: number, count = 4): readonly NodePlan[] =>
  planNodes(root, { ...defaultLocalnet, basePort, count });

test('four validators agree on every app hash, leave nothing, and go on next time', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'net');
  const nodes = planned(root, 21_300);
  const first = up(root, 21_300);
  await ready(first);
  const [one] = nodes;
  if (one === undefined) throw new Error('there is no node');
  const tx = Buffer.from(createHash('sha256').update('tx').digest()).toString('base64');
  await callRpc(one.rpcUrl, 'broadcast_tx_commit', { tx });
  const { height } = await fetchStatus(one.rpcUrl);
  const hashes = async (at: number): Promise<readonly string[]> => {
    await poll(
      async () =>
        (await Promise.all(nodes.map(({ rpcUrl }) => fetchStatus(rpcUrl)))).every(
          (status) => status.height > at,
        ) || undefined,
      { timeoutMs: 10_000 },
    );
    return Promise.all(nodes.map(({ rpcUrl }) => fetchAppHash(rpcUrl, at)));
  };
  for (let at = 1; at <= height + 1; at += 1) expect(new Set(await hashes(at)).size).toBe(1);
  expect(
    new Set(await Promise.all([1, height + 1].map((at) => fetchAppHash(one.rpcUrl, at)))).size,
  ).toBe(2);
  expect((await reportNodes(nodes)).map(({ state, peers }) => [state, peers])).toEqual(
    nodes.map(() => ['up', 3]),
  );

  const again = up(root, 21_300);
  expect(await again.ended).toBe(0);
  expect(again.output()).toBe('already running\n');

  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);
  expect(first.output()).toMatch(/stopped\n$/);
  expect(await leftovers(root, nodes)).toEqual([]);

  const second = up(root, 21_300);
  await ready(second);
  expect((await fetchStatus(one.rpcUrl)).height).toBeGreaterThanOrEqual(height);
  expect(await bringDown(root)).toBe(4);
  expect(await second.ended).toBe(0);
  expect(await leftovers(root, nodes)).toEqual([]);
});

test('--detach leaves the nodes running; a killed manager is cleared up after', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'net');
  const nodes = planned(root, 21_400, 2);
  const detached = up(root, 21_400, '--detach', '-n', '2');
  expect(await detached.ended).toBe(0);
  expect(detached.output()).toMatch(/detached\n$/);
  const lines: string[] = [];
  await showLogs(nodes, {
    node: 'node1',
    lines: 5,
    follow: false,
    signal: AbortSignal.timeout(1_000),
    write: (line) => lines.push(line),
  });
  expect(lines).toHaveLength(5);
  expect(await bringDown(root)).toBe(2);
  expect(await leftovers(root, nodes)).toEqual([]);

  const killed = up(root, 21_400, '-n', '2');
  await ready(killed);
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect((await leftovers(root, nodes)).length).toBeGreaterThan(0);
  const next = up(root, 21_400, '-n', '2');
  await ready(next);
  expect(next.output()).toContain('Clearing up after a localnet that was not ended in order.');
  next.child.kill('SIGKILL');
  await next.ended;
  expect(await bringDown(root)).toBe(2);
  expect(await leftovers(root, nodes)).toEqual([]);
  await resetLocalnet(root);
  expect(existsSync(root)).toBe(false);
});

test("a node that dies is told of, the rest go on; the last one's end is a failure", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'net');
  const nodes = planned(root, 21_500, 2);
  const net = up(root, 21_500, '-n', '2');
  await ready(net);
  const kill = async (node: NodePlan | undefined): Promise<void> => {
    const lock = await readHomeLock(nodeHome(node?.home ?? ''));
    if (lock === undefined) throw new Error('the node has no lock');
    process.kill(lock.node.pid, 'SIGKILL');
  };
  await kill(nodes[1]);
  const told = await poll(async () => net.output().includes('1 of 2 nodes go on') || undefined, {
    timeoutMs: 10_000,
  });
  expect(told).toBe(true);
  expect(net.output()).toContain('node1 has ended (signal SIGKILL)');
  await kill(nodes[0]);
  expect(await net.ended).toBe(1);
  expect(await leftovers(root, nodes)).toEqual([]);
});

test('a node whose app hash differs ends with a reason; the other three go on', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'net');
  const nodes = planned(root, 21_540);
  const [one, , , bad] = nodes;
  if (one === undefined || bad === undefined) throw new Error('there are no four nodes');
  expect(await up(root, 21_540, '--detach').ended).toBe(0);
  try {
    const lock = await readHomeLock(nodeHome(bad.home));
    if (lock === undefined) throw new Error('the node has no lock');
    await endProcess(lock.node, 20_000);
    const { height } = await fetchStatus(one.rpcUrl);
    const fault: Fault = { kind: 'wrong hash', height: height + 3 };
    await writeFile(join(bad.home, 'fault.json'), JSON.stringify(fault));
    const again = run('start', '--home', bad.home);
    expect(await again.ended).toBe(1);
    expect(again.output()).toMatch(/error: .*(?:CONSENSUS FAILURE|the app hash of this node)/);
    expect(again.output()).toMatch(/hint: `artel replay --blocks` names .*`artel debug diff`/);
    const after = await fetchStatus(one.rpcUrl);
    const more = await poll(
      async () => (await fetchStatus(one.rpcUrl)).height > after.height + 2 || undefined,
      { timeoutMs: 20_000 },
    );
    expect(more).toBe(true);
  } finally {
    await bringDown(root);
  }
});

test("a port in use is named before anything starts; a failing node's log is shown", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'net');
  const nodes = planned(root, 21_600, 2);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(21_611, '127.0.0.1', resolve));
  const blocked = up(root, 21_600, '-n', '2');
  expect(await blocked.ended).toBe(3);
  expect(blocked.output()).toContain('port 21611 (RPC of node1) is in use by another program');
  await new Promise((resolve) => holder.close(resolve));
  expect(existsSync(join(root, 'node0'))).toBe(false);

  expect(await up(root, 21_600, '-n', '2', '--detach').ended).toBe(0);
  await bringDown(root);
  await writeFile(nodeHome(nodes[1]?.home ?? '').genesisFile, '{');
  const failing = up(root, 21_600, '-n', '2');
  expect(await failing.ended).toBe(1);
  expect(failing.output()).toMatch(/node1 has ended \(exit code 2\)[\s\S]*is no genesis/);
  expect(await leftovers(root, nodes)).toEqual([]);
});

test('other settings than those it was made with are refused, but the ports may move', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'net');
  expect(await up(root, 21_700, '-n', '1', '--detach').ended).toBe(0);
  await bringDown(root);
  const refused = up(root, 21_700, '-n', '2');
  expect(await refused.ended).toBe(2);
  expect(refused.output()).toContain(`the localnet in ${root} has count 1, not 2`);
  expect(await up(root, 21_720, '--detach').ended).toBe(0);
  expect((await fetchStatus('http://127.0.0.1:21721')).height).toBeGreaterThan(0);
  await bringDown(root);
  await writeFile(join(root, 'localnet.json'), '{"count": 1}');
  await expect(bringDown(root)).rejects.toThrow(/localnet\.json is damaged/);
});
