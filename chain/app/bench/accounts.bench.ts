/**
 * The pipeline on larger states: the bench beside this one with 100,000 and 1,000,000 accounts,
 * held against the SDK's and against our own figure with 10,000. One JSON line a figure. Run: node
 * chain/app/bench/accounts.bench.ts [--tiny]
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { Figure, Goal } from '../../../tools/bench.ts';
import { peerProgram, runPeer } from '../../../tools/peers.ts';

const { values } = parseArgs({ options: { tiny: { type: 'boolean', default: false } } });
const [small, ...sizes] = values.tiny ? [20, 40] : [10_000, 100_000, 1_000_000];
/** The SDK's with 100,000 accounts, on a machine of the same class. */
const kept = 940;

const own = { name: `${small} accounts`, value: await pipeline(small ?? 0), measured: true };
for (const accounts of sizes) {
  const value = await pipeline(accounts);
  figure(`all three, ${accounts} accounts`, value, { atLeast: 0.7, peer: own });
  if (accounts === 100_000) {
    const peer = await sdk(accounts);
    figure(`all three beside Cosmos SDK, ${accounts} accounts`, value, { atLeast: 4, peer });
  }
}

/** CheckTx, FinalizeBlock and Commit together, in transfers a second. */
async function pipeline(accounts: number): Promise<number> {
  const bench = join(import.meta.dirname, 'pipeline.bench.ts');
  const size = values.tiny ? ['--tiny'] : [];
  const args = ['--no-warnings', '--expose-gc', bench, ...size, '--accounts', String(accounts)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ANCHORS: '' },
  });
  const figures = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figure);
  const found = figures.find((one) => one.case.startsWith('all three, '));
  if (found === undefined) throw new Error('the pipeline bench printed no figure of all three');
  return found.value;
}

async function sdk(accounts: number): Promise<NonNullable<Goal['peer']>> {
  const name = 'Cosmos SDK';
  const program = await peerProgram('sdkbank');
  if (program === undefined) return { name, value: kept, measured: false };
  const lines = await runPeer(program, ['-accounts', String(accounts), '-fee', '500']);
  const line = lines.find(({ figure: what }) => what === 'check_finalize_commit_per_s');
  return { name, value: Number(line?.value), measured: true };
}

function figure(name: string, value: number, goal: Goal): void {
  process.stdout.write(`${JSON.stringify({ case: name, value, unit: 'tx/s', goal })}\n`);
}
