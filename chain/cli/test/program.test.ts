/** The tree of commands as a whole: described, its examples real, its completion scripts sound. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { completionScript } from '../completion.ts';
import type { CliContext } from '../context.ts';
import { createProgram } from '../program.ts';
import { CliHome } from './cli.ts';

const sink = new PassThrough();
const context: CliContext = {
  env: {},
  stdin: sink as unknown as NodeJS.ReadStream,
  stdout: sink as unknown as NodeJS.WriteStream,
  stderr: sink as unknown as NodeJS.WriteStream,
  signal: new AbortController().signal,
};

function tree(): Command {
  return createProgram({ context, version: '0.0.0' });
}

function pathsOf(command: Command, path: readonly string[] = []): readonly (readonly string[])[] {
  return [path, ...command.commands.flatMap((child) => pathsOf(child, [...path, child.name()]))];
}

function find(path: readonly string[]): Command {
  let found = tree();
  for (const name of path) {
    const next = found.commands.find((child) => child.name() === name);
    if (next === undefined) throw new Error(`no command ${path.join(' ')}`);
    found = next;
  }
  return found;
}

/** Everything that help prints, the texts after it included. */
async function helpOf(path: readonly string[]): Promise<string> {
  const home = new CliHome('');
  const { code, out } = await home.run([...path, '--help']);
  expect(code).toBe(0);
  return out;
}

const allPaths = pathsOf(tree());

test('the commands that people look for are there', () => {
  const known = allPaths.map((path) => path.join(' '));
  for (const path of [
    'init',
    'start',
    'localnet up',
    'keys add',
    'keys recover',
    'tx bank send',
    'tx bank multi-send',
    'tx validators register',
    'tx validators bond',
    'tx validators unbond',
    'tx validators unjail',
    'tx validators propose-parameters',
    'tx validators propose-upgrade',
    'tx validators vote',
    'tx trust found',
    'tx trust sign',
    'tx trust withdraw',
    'tx trust cancel',
    'tx trust update',
    'tx sign',
    'tx multisign',
    'tx broadcast',
    'tx decode',
    'query tx',
    'query txs',
    'query block',
    'query bank balance',
    'query trust edge',
    'status',
    'genesis export',
    'genesis validate',
    'replay',
    'rollback',
    'debug roots',
    'debug diff',
    'debug keys',
    'proof export',
    'proof verify',
    'doctor',
    'completion',
    'version',
  ]) {
    expect(known).toContain(path);
  }
});

test('every command, argument and option says what it is', () => {
  for (const path of allPaths) {
    const command = find(path);
    const parts = [
      [path.join(' '), command.description()],
      ...command.options.map(({ flags, description }) => [
        `${path.join(' ')} ${flags}`,
        description,
      ]),
      ...command.registeredArguments.map((one) => [
        `${path.join(' ')} ${one.name()}`,
        one.description,
      ]),
    ];
    const silent = parts.filter(([, description]) => (description ?? '').trim() === '');
    expect(silent.map(([what]) => what)).toEqual([]);
  }
});

test('every example in the help and in docs/cli.md is a line that the program takes', async () => {
  const lines: string[] = [];
  for (const path of allPaths) {
    const help = await helpOf(path);
    for (const line of help.split('\n')) {
      const match = /^ {2}(?:npx )?artel (.*?)(?: {3,}.*| [|>].*)?$/.exec(line);
      if (match?.[1] !== undefined && !match[1].startsWith('help')) lines.push(match[1]);
    }
  }
  expect(lines.length).toBeGreaterThan(30);
  const guide = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  for (const [, line = ''] of guide.matchAll(/^ {4}artel (.*?)(?: +#.*| [|>].*)?$/gm)) {
    lines.push(line);
  }
  for (const line of new Set(lines)) {
    const ran: string[] = [];
    const program = tree();
    stub(program, ran);
    await program.parseAsync(words(line), { from: 'user' });
    expect({ line, ran: ran.length }).toEqual({ line, ran: 1 });
  }
});

/** Replaces what every command does by saying that it would. */
function stub(command: Command, ran: string[]): void {
  // Some do something themselves and have commands below, like `dev`: only those with an action
  // count.
  const acts = '_actionHandler' in command && typeof command._actionHandler === 'function';
  if (acts) command.action(() => void ran.push(command.name()));
  for (const child of command.commands) stub(child, ran);
}

/** Words as a shell splits them, for single and double quotes. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|\S)+/g)].map(([word]) =>
    word.replace(/^(['"])(.*)\1$/s, '$2'),
  );
}

test('help reaches any depth, and a wrong name is met with the right ones', async () => {
  const home = new CliHome('');
  const deep = await home.run(['help', 'tx', 'trust', 'sign']);
  expect(deep.out).toContain('Usage: artel tx trust sign [options] <from> <to>');
  const wrong = await home.run(['tx', 'bank', 'sned', 'a', 'b', '1hub']);
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean send?') });
  const option = await home.run(['status', '--hight', '3']);
  expect(option.code).toBe(2);
  const none = await home.run(['help', 'tx', 'trust', 'love']);
  expect(none.err).toBe(
    'error: there is no command "tx trust love"\n  hint: Known here: found, update, sign, withdraw, cancel.\n',
  );
});

test('a command without its arguments says which is missing', async () => {
  const home = new CliHome('');
  const { code, err } = await home.run(['tx', 'bank', 'send', 'alice']);
  const hint = '  hint: See `artel tx bank send --help`.\n';
  expect({ code, err }).toEqual({ code: 2, err: `error: missing required argument 'to'\n${hint}` });
});

describe('completion', () => {
  test('the bash script parses and completes down the tree', () => {
    const script = completionScript(tree(), 'bash');
    const run = (line: string): readonly string[] => {
      const typed = line.split(' ');
      const code = `${script}
COMP_WORDS=(${typed.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${typed.length - 1}
_artel; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', code], { encoding: 'utf8' }).trim().split('\n');
    };
    expect(run('artel keys ex')).toEqual(['export']);
    expect(run('artel tx trust ')).toEqual(expect.arrayContaining(['found', 'sign', '--home']));
    expect(run('artel --node http://127.0.0.1:1 tx bank send --sign')).toEqual(['--sign-mode']);
    expect(run('artel query bank bal')).toEqual(['balance']);
  });

  test('the zsh script parses where there is a zsh', () => {
    const script = completionScript(tree(), 'zsh');
    expect(script).toMatch(/^#compdef artel\n/);
    const shell = spawnSync('zsh', ['-n'], { input: script, encoding: 'utf8' });
    // Its case table is that of bash, which is everywhere.
    const checked =
      shell.error === undefined
        ? shell
        : spawnSync('bash', ['-n'], {
            input: script.slice(0, script.indexOf('_artel()')),
            encoding: 'utf8',
          });
    expect({ status: checked.status, err: checked.stderr }).toEqual({ status: 0, err: '' });
  });

  test('every command is in the scripts', () => {
    const script = completionScript(tree(), 'bash');
    for (const path of allPaths) {
      expect(script).toContain(`'${['artel', ...path].join(' ')}')`);
    }
  });
});
