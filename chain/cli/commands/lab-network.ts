/** `artel lab up`, `down` and `status`: a lab that stays between commands. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { LabPlan } from '../../../localnet/lab/plan.ts';
import { toProtoNames } from '../../client/generated.ts';
import type { CliContext } from '../context.ts';
import { formatJson } from '../output.ts';
import { parseCount } from '../values.ts';
import { compileCache } from './localnet.ts';
import { requireCometbft } from './start.ts';

interface Globals {
  readonly home?: string;
  readonly output?: string;
}

interface UpOptions extends Globals {
  readonly n: string;
  readonly basePort?: string;
  readonly seed: string;
  readonly timeoutCommit: string;
}

const defaultRoot = '.lab';
const rootOf = ({ home }: Globals): string => resolve(home ?? defaultRoot);

/** The commands, to be added to `artel lab`. */
export function labNetworkCommands(context: CliContext): readonly Command[] {
  const up = new Command('up')
    .description(
      `bring a lab up and leave it running; it lives in --home (default: ${defaultRoot})`,
    )
    .option('-n <count>', 'how many validators', '4')
    .option('--base-port <port>', 'the first port (default: where there is room)')
    .option('--seed <number>', 'keys and jitter follow from it', '1')
    .option('--timeout-commit <time>', 'pause between blocks', '300ms')
    .action((_options: unknown, command: Command) => bringUp(context, command.optsWithGlobals()));
  const down = new Command('down')
    .description('end the lab and remove its folder, however it was left; sweep killed runs, too')
    .action((_options: unknown, command: Command) => bringDown(context, command.optsWithGlobals()));
  const status = new Command('status')
    .description('show the nodes of the lab that is up')
    .action((_options: unknown, command: Command) =>
      showStatus(context, command.optsWithGlobals()),
    );
  return [up, down, status];
}

async function bringUp(context: CliContext, options: UpOptions): Promise<void> {
  const { bringLabUp } = await import('../../../localnet/lab/keeper/keeper.ts');
  const { defaultLab } = await import('../../../localnet/lab/plan.ts');
  const { basePort } = options;
  const began = performance.now();
  const plan = await bringLabUp({
    root: rootOf(options),
    settings: {
      ...defaultLab,
      powers: Array.from({ length: parseCount('-n', options.n, 1) }, () => 10),
      seed: parseCount('--seed', options.seed),
      timeoutCommit: options.timeoutCommit,
      ...(basePort !== undefined && { basePort: parseCount('--base-port', basePort, 1) }),
    },
    findCometbft: () => requireCometbft(context),
    env: { ...context.env, ...compileCache() },
    signal: context.signal,
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  await show(context, plan, options);
  context.stderr.write(`Every node has a block after ${seconds} s. End it: artel lab down\n`);
}

async function bringDown(context: CliContext, options: Globals): Promise<void> {
  const { bringLabDown } = await import('../../../localnet/lab/keeper/keeper.ts');
  const count = await bringLabDown(rootOf(options));
  const told = count === 0 ? 'No lab was up.' : `${count} ${count === 1 ? 'lab' : 'labs'} ended.`;
  context.stderr.write(`${told}\n`);
}

async function showStatus(context: CliContext, options: Globals): Promise<void> {
  const { keptLab } = await import('../../../localnet/lab/keeper/keeper.ts');
  await show(context, await keptLab(rootOf(options)), options);
}

async function show(context: CliContext, plan: LabPlan, { output }: Globals): Promise<void> {
  const { formatNodes, reportNodes } = await import('../../../localnet/report.ts');
  const reports = await reportNodes(plan.nodes);
  const text = output === 'json' ? formatJson(toProtoNames(reports)) : formatNodes(reports);
  context.stdout.write(`${text}\n`);
}
