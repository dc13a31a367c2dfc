/** `artel init`: a new node home, for a chain that exists or for one of its own. */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { defaultNodeConfig } from '../../node/config.ts';
import { type CliContext, CliError, exitCodes } from '../context.ts';
import { print, settingsOf } from '../settings.ts';
import { parseCount } from '../values.ts';
import { requireCometbft } from './start.ts';

interface InitOptions {
  readonly chainId?: string;
  readonly genesis?: string;
  readonly account: readonly string[];
  readonly basePort: string;
  readonly peers?: string;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function initCommand(context: CliContext): Command {
  return new Command('init')
    .argument('<moniker>', 'name of the node, shown to its peers')
    .option('--genesis <file>', 'the genesis of the chain to join')
    .option('--chain-id <id>', 'begin a chain of this one validator instead')
    .option('--account <address>', 'fund it in that chain (may be repeated)', collect, [])
    .option('--base-port <port>', 'P2P; + 1 is RPC, + 4 Prometheus', '26656')
    .option('--peers <list>', 'id@host:port, separated by commas')
    .description('make a node home: keys, configuration and genesis')
    .action((moniker: string, options: InitOptions, command: Command) =>
      init(context, moniker, options, command),
    )
    .addHelpText(
      'after',
      `
Examples:
  artel init alice --genesis genesis.json --peers 0123...@example.org:26656
  artel init solo --chain-id artel-solo-1 --account artel1...`,
    );
}

async function init(
  context: CliContext,
  moniker: string,
  options: InitOptions,
  command: Command,
): Promise<void> {
  const settings = settingsOf(context, command);
  const basePort = parseCount('--base-port', options.basePort, 1024);
  const { createHome } = await import('../../node/create-home.ts');
  const genesis = await prepareGenesis(options);
  // Once with a key of zeros: a wrong account must be told before there is a home.
  genesis?.(new Uint8Array(32), moniker);
  const { home, identity } = await createHome({
    root: settings.home,
    cometbft: await requireCometbft(context),
    config: {
      ...defaultNodeConfig,
      moniker,
      p2pPort: basePort,
      rpcPort: basePort + 1,
      prometheusPort: basePort + 4,
      peers: options.peers,
    },
  });
  const text = genesis?.(identity.validatorPublicKey, moniker);
  if (text !== undefined) await writeFile(home.genesisFile, text);
  print(context, settings, {
    home: home.root,
    node_id: identity.nodeId,
    validator_public_key: Buffer.from(identity.validatorPublicKey).toString('base64'),
    genesis: text === undefined ? `missing: put it at ${home.genesisFile}` : home.genesisFile,
    next: `artel start --home ${home.root}`,
  });
}

/** Reads or composes the genesis before anything is written, so that a bad one leaves no home. */
async function prepareGenesis(
  options: InitOptions,
): Promise<((publicKey: Uint8Array, name: string) => string) | undefined> {
  const { genesis: file, chainId, account: accounts } = options;
  if (file !== undefined && (chainId !== undefined || accounts.length > 0)) {
    throw new CliError(
      '--genesis names a chain that exists; --chain-id and --account begin another',
      exitCodes.usage,
      'Give one or the other.',
    );
  }
  if (file !== undefined) {
    const { readGenesisFile } = await import('../../node/genesis-check.ts');
    const text = await readGenesisFile(file);
    return () => text;
  }
  if (chainId === undefined) return undefined;
  if (!/^artel-[a-z0-9]+(-[a-z0-9]+)*$/.test(chainId) || chainId.length > 50) {
    throw new CliError(
      `--chain-id ${chainId} is no chain id`,
      exitCodes.usage,
      'It is artel-<name>-<number>, for example artel-solo-1.',
    );
  }
  const { makeGenesis } = await import('../../app/local-genesis.ts');
  const { refuseTestAccounts } = await import('../../node/genesis-check.ts');
  return (publicKey, name) => {
    const validators = [{ name, publicKey }];
    const doc = makeGenesis({ chainId, genesisTimeMs: Date.now(), validators, accounts });
    const text = `${JSON.stringify(doc, undefined, 2)}\n`;
    refuseTestAccounts(chainId, text);
    return text;
  };
}
