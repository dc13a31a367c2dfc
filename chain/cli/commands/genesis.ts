/** `artel genesis`: the state of a stopped node as a genesis, and the check of one. */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { JsonText } from '../../../modules/_kernel/json-text.ts';
import { type GenesisDoc, initChainRequest, readGenesis } from '../../dev/genesis-doc.ts';
import { nodeHome } from '../../node/home.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { readable } from '../documents.ts';
import { print, settingsOf } from '../settings.ts';
import { quietLogger, withStoppedStore } from '../stopped-node.ts';
import { formatHex, formatTime, parseHeight, parseJson } from '../values.ts';

export function genesisCommand(context: CliContext): Command {
  const genesis = new Command('genesis').description('export state as a genesis, check a genesis');
  genesis.addCommand(exportCommand(context));
  genesis.addCommand(validateCommand(context));
  return genesis;
}

function exportCommand(context: CliContext): Command {
  const command = new Command('export')
    .description('print the state of a stopped node as the genesis of a chain that goes on from it')
    .option('--height <height>', 'state after this block (default: the last)')
    .option('--chain-id <id>', 'id of the new chain (default: the same)')
    .option('--output-document <file>', 'write to a file instead of standard output')
    .addHelpText(
      'after',
      '\nExample:\n  artel genesis export --home .localnet/node0 > genesis.json',
    );
  return command.action(async () => {
    const { home } = settingsOf(context, command);
    const options = command.opts<{ height?: string; chainId?: string; outputDocument?: string }>();
    const { openOffline } = await import('../../app/offline.ts');
    const height = options.height === undefined ? undefined : BigInt(parseHeight(options.height));
    const began = await readHeader(nodeHome(home).genesisFile);
    await withStoppedStore(context, home, openOffline, async (chain) => {
      const exported = await chain.exportGenesis(height);
      const header: GenesisHeader = {
        ...began,
        genesis_time: formatTime(exported.timeMs),
        chain_id: options.chainId ?? began.chain_id,
        initial_height: (exported.height + 1n).toString(),
        app_hash: '',
      };
      const output =
        options.outputDocument === undefined
          ? context.stdout
          : createWriteStream(options.outputDocument);
      await pipeline(documentText(header, exported.appState), output, {
        signal: context.signal,
        end: output !== context.stdout,
      });
    });
  });
}

/** The document as text, its state piece by piece. */
async function* documentText(
  header: GenesisHeader,
  appState: AsyncIterable<string>,
): AsyncIterable<string> {
  yield `${JSON.stringify(header, null, 2).slice(0, -2)},\n  "app_state": `;
  yield* appState;
  yield '\n}\n';
}

function validateCommand(context: CliContext): Command {
  const command = new Command('validate')
    .description('check a genesis: its form, and that every module takes its state')
    .argument('[file]', 'default: the genesis of --home')
    .addHelpText('after', '\nExample:\n  artel genesis validate genesis.json');
  return command.action(async (file: string | undefined) => {
    const settings = settingsOf(context, command);
    const path = file ?? nodeHome(settings.home).genesisFile;
    const document = await readDocument(path);
    const genesis = readable(path, () => readGenesis(document));
    const { createApp } = await import('../../app/app.ts');
    const app = await createApp({ path: ':memory:', logger: quietLogger(context), version: '' });
    try {
      const answer = await app.application.initChain(initChainRequest(genesis));
      const validators = answer.validators.length;
      print(context, settings, {
        valid: true,
        chain_id: genesis.chainId,
        initial_height: genesis.initialHeight,
        validators,
        power: answer.validators.reduce((sum, { power }) => sum + power, 0n),
        app_hash: formatHex(answer.appHash).toUpperCase(),
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CliError(
        `${path} is no genesis of this chain: ${why}`,
        exitCodes.failed,
        'Correct the field that is named.',
      );
    } finally {
      await app.close();
    }
  });
}

type GenesisHeader = Omit<GenesisDoc, 'app_state'>;

/** A genesis without its state, which may be larger than anything else of this program. */
async function readHeader(path: string): Promise<GenesisHeader> {
  const bytes = await readFile(path);
  return readable(path, () => {
    const members = [...JsonText.of(bytes).members()].filter(([name]) => name !== 'app_state');
    return Object.fromEntries(members.map(([name, text]) => [name, text.value()]));
  }) as unknown as GenesisHeader;
}

async function readDocument(path: string): Promise<GenesisDoc> {
  return parseJson(path, await readFile(path, 'utf8')) as GenesisDoc;
}
