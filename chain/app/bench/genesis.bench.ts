/**
 * A genesis of many accounts: begun from InitChain's bytes, and exported again, each in a process
 * of its own, whose peak memory the kernel tells. One JSON line a figure.
 *
 *   node chain/app/bench/genesis.bench.ts [--accounts N] [--tiny]
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { RequestInitChain } from 'cosmjs-types/tendermint/abci/types';
import { pino } from 'pino';
import { addressFromBytes } from '../../../modules/_kernel/address.ts';
import type { Goal } from '../../../tools/bench.ts';
import { createApp } from '../app.ts';
import { makeGenesis } from '../local-genesis.ts';
import { openOffline } from '../offline.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string' },
    tiny: { type: 'boolean', default: false },
    /** What this process does; the bench itself where left out. */
    part: { type: 'string' },
    folder: { type: 'string', default: '' },
  },
});
const accounts = Number(values.accounts ?? (values.tiny ? 100 : 1_000_000));
const logger = pino({ level: 'silent' });
const store = join(values.folder, 'store');
const state = join(values.folder, 'app_state.json');

if (values.part === 'write') await write();
else if (values.part === 'import') await begin(await readFile(state), store);
else if (values.part === 'export') await exportAgain();
else await main();

/** The state of a chain with so many accounts, with no more of it in memory than an item. */
async function write(): Promise<void> {
  const { app_state: few } = makeGenesis({
    chainId: 'artel-dev-bench',
    genesisTimeMs: 1_767_225_600_000,
    validators: [{ name: 'bench', publicKey: new Uint8Array(32).fill(1) }],
    accounts: [addressOf(0)],
  }) as { app_state: Record<string, Record<string, unknown>> };
  const list = function* (first: readonly unknown[], item: (address: string) => unknown) {
    for (const one of first) yield one;
    for (let n = 1; n < accounts; n += 1) yield item(addressOf(n));
  };
  const more: Record<string, Iterable<unknown>> = {
    accounts: list(few.accounts?.accounts as unknown[], (address) => ({ address })),
    balances: list(few.bank?.balances as unknown[], (address) => {
      return { address, amountUhub: '1000000000000' };
    }),
  };
  await pipeline(pieces(stateText()), createWriteStream(state));

  function* stateText(): Iterable<string> {
    let before = '{';
    for (const [module, members] of Object.entries(few)) {
      yield `${before}${JSON.stringify(module)}:`;
      before = '{';
      for (const [name, value] of Object.entries(members)) {
        yield `${before}${JSON.stringify(name)}:`;
        const items = Array.isArray(value) ? more[name] : undefined;
        if (items === undefined) yield JSON.stringify(value);
        else {
          let comma = '[';
          for (const item of items) {
            yield comma + JSON.stringify(item);
            comma = ',';
          }
          yield ']';
        }
        before = ',';
      }
      yield before === '{' ? '{}' : '}';
      before = ',';
    }
    yield '}';
  }
}

/** The same text in pieces of some size: a stream takes each apart. */
function* pieces(texts: Iterable<string>): Iterable<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < 1 << 16) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function addressOf(n: number): string {
  return addressFromBytes(createHash('sha256').update(`bench/${n}`).digest().subarray(0, 20));
}

async function begin(appStateBytes: Uint8Array, path: string): Promise<void> {
  const app = await createApp({ path, logger, version: 'bench' });
  await app.application.initChain(
    RequestInitChain.fromPartial({
      chainId: 'artel-dev-bench',
      time: { seconds: 1_767_225_600n, nanos: 0 },
      appStateBytes,
      initialHeight: 1n,
      consensusParams: { block: { maxBytes: 4_194_304n, maxGas: -1n } },
    }),
  );
  await app.close();
}

async function exportAgain(): Promise<void> {
  const offline = await openOffline(store, logger);
  const { appState } = await offline.exportGenesis();
  await pipeline(appState, createWriteStream(join(values.folder, 'exported.json')));
  await offline.close();
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'artel-bench-genesis-'));
  const print = (what: string, value: number, unit: string, goal?: Goal): void => {
    const name = `${what}, ${accounts} accounts`;
    const rounded = Number(value.toPrecision(4));
    process.stdout.write(`${JSON.stringify({ case: name, value: rounded, unit, goal })}\n`);
  };
  try {
    await run('write', folder);
    print('app_state', (await stat(join(folder, 'app_state.json'))).size / 2 ** 20, 'MiB');
    const idle = await run('nothing', folder);
    print('the program alone, peak RSS', idle.peakMiB, 'MiB');
    for (const part of ['import', 'export'] as const) {
      const { seconds, peakMiB } = await run(part, folder);
      print(part, seconds, 's');
      print(`${part}, peak RSS`, peakMiB, 'MiB', { atMost: 500 });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a part in a process of its own, which says at its end what the most was. */
async function run(part: string, folder: string) {
  const began = performance.now();
  const script = `
    process.on('exit', () => {
      const { maxRSS } = process.resourceUsage();
      process.stdout.write(String(maxRSS / 1024));
    });
    if (${JSON.stringify(part)} !== 'nothing') await import(${JSON.stringify(import.meta.url)});
    else await import(${JSON.stringify(new URL('../app.ts', import.meta.url).href)});`;
  const own = ['--part', part, '--folder', folder, '--accounts', String(accounts)];
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', script, '--', ...own],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [said, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0) throw new Error(`${part} ended with code ${code}`);
  return { seconds: (performance.now() - began) / 1000, peakMiB: Number(said) };
}
