/** The `artel` program: the tree of commands, the global options, and how a failure is told. */
import { Command, Option } from 'commander';
import { auditCommand } from './commands/audit.ts';
import { completionCommand } from './commands/completion.ts';
import { debugCommand } from './commands/debug.ts';
import { demoCommand } from './commands/demo.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand } from './commands/doctor.ts';
import { genesisCommand } from './commands/genesis.ts';
import { initCommand } from './commands/init.ts';
import { keysCommand } from './commands/keys.ts';
import { labCommand } from './commands/lab.ts';
import { liquidCommand } from './commands/liquid.ts';
import { localnetCommand } from './commands/localnet.ts';
import { proofCommand } from './commands/proof.ts';
import { queryCommand, statusCommand } from './commands/query.ts';
import { replayCommand, rollbackCommand } from './commands/replay.ts';
import { reviserCommand } from './commands/reviser.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { abciCommand, startCommand } from './commands/start.ts';
import { txCommand } from './commands/tx.ts';
import { type CliContext, CliError, type ExitCode, exitCodes } from './context.ts';
import { outputOption, prepare, runCommandLine } from './run.ts';
import { defaultNode } from './settings.ts';

export interface ProgramOptions {
  readonly context: CliContext;
  readonly version: string;
}

/** The whole tree. Building it does no work and reaches for nothing. */
export function createProgram({ context, version }: ProgramOptions): Command {
  const program = new Command('artel')
    .description('The Artel node: cooperative economies on one chain')
    .version(version, '--version', 'print the version')
    .option('--home <dir>', 'home of the node and the keys (default: ARTEL_HOME or ~/.artel)')
    .option('--node <url>', `RPC of a node (default: ARTEL_NODE or ${defaultNode})`)
    .addOption(outputOption())
    .addOption(
      new Option(
        '--keyring <kind>',
        'where keys are kept: encrypted files, or plain ones for tests',
      )
        .choices(['file', 'test'])
        .default('file'),
    )
    .option('--passphrase-file <file>', 'passphrase of the keyring (or ARTEL_PASSPHRASE_FILE)')
    .helpCommand(false)
    .addHelpText('after', examples);
  program.addCommand(initCommand(context));
  program.addCommand(startCommand(context, version));
  program.addCommand(abciCommand(context, version));
  program.addCommand(localnetCommand(context));
  program.addCommand(labCommand(context));
  program.addCommand(devCommand(context, version));
  program.addCommand(keysCommand(context));
  program.addCommand(txCommand(context));
  program.addCommand(queryCommand(context));
  program.addCommand(statusCommand(context));
  program.addCommand(reviserCommand(context));
  program.addCommand(genesisCommand(context));
  program.addCommand(snapshotCommand(context));
  program.addCommand(auditCommand(context));
  program.addCommand(replayCommand(context));
  program.addCommand(rollbackCommand(context));
  program.addCommand(debugCommand(context));
  program.addCommand(proofCommand(context));
  program.addCommand(demoCommand(context));
  program.addCommand(liquidCommand(context));
  program.addCommand(doctorCommand(context));
  program.addCommand(completionCommand(context));
  program.addCommand(helpCommand(program));
  program.addCommand(versionCommand(context, version));
  prepare(program, context);
  return program;
}

const examples = `
Examples:
  artel localnet up                                 four validators on this machine
  artel keys add alice                              a key of your own
  artel tx bank send alice artel1... 12hub          send tokens, and wait until they have arrived
  artel query bank balance artel1... --prove        read with a proof, verified here
  artel liquid serve --relay relay.example.org      sync with somebody who scans your QR
  artel help tx trust sign                          what a command takes

Exit codes: 0 done, 1 failed or refused, 2 wrong usage or input, 3 something is missing on this
machine, 4 another version of the program is needed, 130 interrupted. More in docs/cli.md.`;

/** `artel help tx bank send`: commander's own goes one level deep only. */
function helpCommand(program: Command): Command {
  return new Command('help')
    .argument('[command...]', 'names on the way to the command')
    .description('explain a command')
    .action((names: readonly string[]) => {
      let found = program;
      for (const name of names) {
        const next = found.commands.find(
          (child) => child.name() === name || child.aliases().includes(name),
        );
        if (next === undefined) {
          const known = found.commands.map((child) => child.name()).join(', ');
          throw new CliError(
            `there is no command "${names.join(' ')}"`,
            exitCodes.usage,
            known === '' ? `${found.name()} has no commands below it.` : `Known here: ${known}.`,
          );
        }
        found = next;
      }
      found.outputHelp();
    });
}

function versionCommand(context: CliContext, version: string): Command {
  return new Command('version').description('print the version').action(() => {
    context.stdout.write(`${version}\n`);
  });
}

/** Runs one command line and says how it ended; never throws. `args` without node and script. */
export function runProgram(options: ProgramOptions, args: readonly string[]): Promise<ExitCode> {
  return runCommandLine(options.context, () => createProgram(options), args);
}
