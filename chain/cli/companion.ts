/**
 * `artel liquid` by itself: the companion needs nothing of the chain, so a relay or a sync loads
 * nothing of it.
 */
import { Command } from 'commander';
import { liquidCommand } from './commands/liquid.ts';
import type { CliContext, ExitCode } from './context.ts';
import { outputOption, prepare, runCommandLine } from './run.ts';

export function runCompanion(context: CliContext, args: readonly string[]): Promise<ExitCode> {
  const create = (): Command => {
    const program = new Command('artel').addOption(outputOption());
    program.addCommand(liquidCommand(context));
    prepare(program, context);
    return program;
  };
  return runCommandLine(context, create, args);
}
