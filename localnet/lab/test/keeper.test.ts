/** A lab that stays between commands leaves nothing behind, however it and its keeper end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isPortFree } from '../../../chain/node/ports.ts';
import { describeProcess, isRunning, signalProcess } from '../../../chain/node/process.ts';
import { cometbftBinary, temporaryFolder } from '../../../chain/node/test/fixtures.ts';
import { bringLabDown, bringLabUp, keptLab } from '../keeper/keeper.ts';
import { defaultLab, type LabPlan } from '../plan.ts';
import { claimLab, readLab, runningIn, sweepTemporary } from '../sweep.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

function up(root: string, signal = new AbortController().signal): Promise<LabPlan> {
  return bringLabUp({
    root,
    settings: { ...defaultLab, powers: [10] },
    findCometbft: cometbftBinary,
    env: { ...process.env, NODE_COMPILE_CACHE: join(repository, '.cache', 'compile') },
    signal,
  });
}

async function expectNothing(root: string, plan?: LabPlan): Promise<void> {
  expect(await runningIn(root)).toEqual([]);
  expect(existsSync(root)).toBe(false);
  for (const { rpcPort, p2pPort } of plan?.nodes ?? []) {
    expect(await isPortFree('127.0.0.1', rpcPort)).toBe(true);
    expect(await isPortFree('127.0.0.1', p2pPort)).toBe(true);
  }
}

test('a lab goes up, is told of, refuses another in its folder, and goes down without a trace', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'lab');
  const plan = await up(root);
  expect((await keptLab(root)).nodes).toEqual(plan.nodes);
  await expect(up(root)).rejects.toThrow(`a lab is up in ${root} already (process`);
  expect(await bringLabDown(root)).toBeGreaterThanOrEqual(1);
  await expectNothing(root, plan);
  await expect(keptLab(root)).rejects.toThrow(`no lab is up in ${root}`);
}, 600_000);

test('what a killed keeper left is swept by the next up; no other process is ended', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'lab');
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', root]);
  try {
    const plan = await up(root);
    const keeper = (await readLab(root))?.manager;
    if (keeper === undefined) throw new Error('the lab has no record');
    signalProcess(keeper, 'SIGKILL');
    const left = await runningIn(root);
    expect(left.length).toBeGreaterThan(0);
    const again = await up(root);
    expect(left.filter(isRunning)).toEqual([]);
    expect((await readLab(root))?.manager).not.toEqual(keeper);
    await bringLabDown(root);
    await expectNothing(root, plan);
    await expectNothing(root, again);
    expect(describeProcess(bystander.pid ?? 0)).toBeDefined();
  } finally {
    bystander.kill('SIGKILL');
    await once(bystander, 'exit');
  }
}, 600_000);

test('interrupted on its way up, nothing is left', async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, 'lab');
  const abort = new AbortController();
  let over = false;
  const starting = up(root, abort.signal).finally(() => {
    over = true;
  });
  // Somewhere between its first process and its first block.
  while (!over && (await runningIn(root)).length === 0) await sleep(5);
  abort.abort(new Error('enough'));
  await expect(starting).rejects.toThrow('enough');
  await expectNothing(root);
}, 600_000);

test("a folder with somebody's files is no place for a lab, and is left as it is", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'letter.txt'), 'dear');
  await expect(up(folder.path)).rejects.toThrow('holds letter.txt, which is not of a lab');
  expect(await readdir(folder.path)).toEqual(['letter.txt']);
});

test('temporary labs are swept when their process is gone, and only then', async () => {
  const [dead, live] = await Promise.all(['dead', 'live'].map((name) => temporary(name)));
  if (dead === undefined || live === undefined) throw new Error('no folders');
  await writeFile(
    join(dead, 'lab.json'),
    JSON.stringify({ manager: { pid: process.pid, started: 'another boot' } }),
  );
  await claimLab(live);
  await mkdir(join(live, 'node0'));
  try {
    await sweepTemporary();
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(join(live, 'node0'))).toBe(true);
  } finally {
    await rm(live, { recursive: true, force: true });
  }
});

function temporary(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `artel-lab-test-${name}-`));
}
