/** Runs one command line of a tree of commands, and tells how it ended. */
import { type Command, CommanderError, Option } from 'commander';
import { type CliContext, CliError, type ExitCode, exitCodes } from './context.ts';

/** Of every command: how answers are printed. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print answers')
    .choices(['table', 'json'])
    .default('table');
}

/** Never throws. `args` without node and script. */
export async function runCommandLine(
  context: CliContext,
  create: () => Command,
  args: readonly string[],
): Promise<ExitCode> {
  try {
    await create().parseAsync([...args], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed it: help and version are no failures, `artel tx` alone is.
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    if (context.signal.aborted) {
      context.stderr.write('interrupted\n');
      return exitCodes.interrupted;
    }
    return report(context, error);
  }
}

/** Commander's settings do not reach commands made elsewhere: set on every one. */
export function prepare(command: Command, context: CliContext): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(withHint(command, text)),
    })
    .showSuggestionAfterError(true);
  if (command.commands.length > 0) command.helpCommand(false);
  for (const child of command.commands) prepare(child, context);
}

/** What was typed can't be: the command's own help says what can. */
function withHint(command: Command, text: string): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return `${text.trimEnd()}\n  hint: See \`${names.join(' ')} --help\`.\n`;
}

async function report(context: CliContext, error: unknown): Promise<ExitCode> {
  // Loaded when it is needed: it knows every refusal of the chain.
  const { explainFailure } = await import('./failures.ts');
  const failure = error instanceof CliError ? error : explainFailure(error);
  const label = failure.exitCode === exitCodes.interrupted ? '' : 'error: ';
  context.stderr.write(`${label}${failure.message}\n`);
  if (failure.hint !== undefined) context.stderr.write(`  hint: ${failure.hint}\n`);
  if (context.env.ARTEL_DEBUG !== undefined && error instanceof Error) {
    context.stderr.write(`${error.stack ?? ''}\n`);
  }
  return failure.exitCode;
}
