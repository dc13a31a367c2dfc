/** A thread beside the blocks stands still while one is made, and is never kept from its work. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { RightOfWay } from '../right-of-way.ts';

/** Comes behind, then gives way once for every message, and says so. */
const program = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { readFileSync, readlinkSync } from 'node:fs';
  const { comeBehind, givingWay } = await import(workerData.source);
  comeBehind();
  const giveWay = givingWay(workerData.blocks);
  const thread = process.platform === 'linux' ? readlinkSync('/proc/thread-self') : '';
  parentPort.on('message', () => {
    const block = Atomics.load(workerData.blocks, 0);
    giveWay();
    parentPort.postMessage({ thread, passed: Atomics.load(workerData.blocks, 0), block });
  });
  parentPort.postMessage({ thread });
`;

interface Said {
  readonly thread: string;
  readonly passed: number;
  readonly block: number;
}

const rightOfWay = new RightOfWay();
let worker: Worker;
beforeAll(async () => {
  const source = new URL('../right-of-way.ts', import.meta.url).href;
  const workerData = { source, blocks: rightOfWay.signal };
  worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), {
    workerData,
  });
  await once(worker, 'message');
});
afterAll(async () => {
  await worker.terminate();
});

async function giveWay(): Promise<Said> {
  worker.postMessage('go');
  const [said] = (await once(worker, 'message')) as [Said];
  return said;
}

test('between blocks a thread goes on at once', async () => {
  expect(await giveWay()).toMatchObject({ block: 0, passed: 0 });
});

test('a block that ends lets a waiting thread go on, and one that does not delays it only', async () => {
  const { passed } = await rightOfWay.during(giveWay);
  expect(passed).toBe(1);
  expect(rightOfWay.signal[0]).toBe(0);
});

test('a block that fails is over, too', async () => {
  const failing = rightOfWay.during(() => Promise.reject(new Error('of the block')));
  await expect(failing).rejects.toThrow('of the block');
  expect(await giveWay()).toMatchObject({ block: 0, passed: 0 });
});

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux(
  'the thread is behind the one that makes blocks, which stays where it is (only Linux tells)',
  async () => {
    const { thread } = await giveWay();
    /** Field 19 of proc_pid_stat(5), the program's name in parentheses being the second. */
    const niceOf = (path: string): number =>
      Number(readFileSync(`/proc/${path}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]);
    const own = niceOf(`self/task/${process.pid}`);
    expect(niceOf(thread)).toBe(Math.min(19, own + 5));
  },
);
