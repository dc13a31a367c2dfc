/**
 * Makes a new node home: CometBFT's own `init`, then our lines of its configuration, then the
 * keys.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CliError, exitCodes } from '../cli/context.ts';
import { configureNode, type NodeConfig } from './config.ts';
import { type NodeHome, nodeHome } from './home.ts';
import { type NodeIdentity, readIdentity, writeSeededKeys } from './keys.ts';

const run = promisify(execFile);

export interface CreateHomeOptions {
  readonly root: string;
  /** The CometBFT binary. */
  readonly cometbft: string;
  readonly config: NodeConfig;
  /** Keys that follow from this text, for test networks; undefined makes random ones. */
  readonly keySeed?: string | undefined;
}

/**
 * Makes the home without a genesis, which belongs to the chain and not to the node.
 *
 * @throws CliError (usage) where a home is there already: its keys are never overwritten.
 */
export async function createHome(
  options: CreateHomeOptions,
): Promise<{ home: NodeHome; identity: NodeIdentity }> {
  const home = nodeHome(options.root);
  for (const file of [home.configFile, home.nodeKeyFile, home.validatorKeyFile]) {
    if (await exists(file)) {
      throw new CliError(
        `${home.root} is a node home already: it has ${file.slice(home.root.length + 1)}`,
        exitCodes.usage,
        'Name another --home, or remove that one (its keys are lost then).',
      );
    }
  }
  const genesisWasThere = await exists(home.genesisFile);
  await mkdir(home.root, { recursive: true, mode: 0o700 });
  await run(options.cometbft, ['init', '--home', home.root], { timeout: 30_000 });
  // CometBFT's init makes up a chain of its own.
  if (!genesisWasThere) await rm(home.genesisFile, { force: true });
  await mkdir(home.appDir, { recursive: true });
  await reconfigure(home, options.config);
  if (options.keySeed !== undefined) await writeSeededKeys(home, options.keySeed);
  return { home, identity: await readIdentity(home) };
}

/** Sets our lines in the home's config.toml anew; every other line stays as it is. */
export async function reconfigure(home: NodeHome, config: NodeConfig): Promise<void> {
  const text = await readFile(home.configFile, 'utf8');
  await writeFile(home.configFile, configureNode(text, config));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
