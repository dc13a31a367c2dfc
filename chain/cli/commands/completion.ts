/** `artel completion`: a script that completes commands and options in the shell. */
import { Argument, Command } from 'commander';
import { completionScript, type Shell } from '../completion.ts';
import type { CliContext } from '../context.ts';

export function completionCommand(context: CliContext): Command {
  const command = new Command('completion')
    .description('print a completion script for the shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      `
Examples:
  source <(artel completion bash)
  artel completion zsh > "\${fpath[1]}/_artel"`,
    );
  return command.action((shell: Shell) => {
    let root = command;
    while (root.parent !== null) root = root.parent;
    context.stdout.write(completionScript(root, shell));
  });
}
