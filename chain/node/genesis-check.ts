/**
 * Reads a home's genesis and refuses what must not be started: a wrong one, or test keys on a real
 * chain.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { CliError, exitCodes } from '../cli/context.ts';
import type { NodeHome } from './home.ts';
import { testAddresses } from './test-accounts.ts';

/** What a node has to know of its genesis before anything runs. */
export interface GenesisSummary {
  readonly chainId: string;
  readonly initialHeight: number;
  /** Hex of SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * Reads the genesis and checks it against the one that this home began with: CometBFT alone keeps
 * the first one in its database and would pass over a changed file in silence.
 *
 * @throws CliError (usage) for a missing, damaged or other genesis, and for public test keys on a
 *   chain
 *   that is not local.
 */
export async function checkGenesis(home: NodeHome): Promise<GenesisSummary> {
  const text = await readGenesisFile(home.genesisFile);
  const summary = summarise(home.genesisFile, text);
  refuseTestAccounts(summary.chainId, text);
  await compareWithFirst(home, summary);
  return summary;
}

/**
 * The text of a genesis file, checked to be one.
 *
 * @throws CliError (usage) where there is none, or it is none.
 */
export async function readGenesisFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CliError(
      `${path} is missing, so it is not known which chain this node belongs to`,
      exitCodes.usage,
      'Put the genesis.json of the chain there.',
    );
  }
  summarise(path, text);
  return text;
}

/** Remembers the genesis that a home begins with; called once the node runs. */
export async function rememberGenesis(home: NodeHome, genesis: GenesisSummary): Promise<void> {
  await mkdir(home.appDir, { recursive: true });
  await writeFile(home.genesisHashFile, `${genesis.sha256}\n`);
}

/**
 * @throws CliError where a chain that is not local funds the accounts that everybody has the keys
 * of.
 */
export function refuseTestAccounts(chainId: string, genesisText: string): void {
  if (/^artel-(local|dev)-/.test(chainId)) return;
  const funded = testAddresses.find((address) => genesisText.includes(address));
  if (funded === undefined) return;
  throw new CliError(
    `the genesis of ${chainId} names ${funded}, a test account whose key everybody knows`,
    exitCodes.usage,
    'Take it out of the genesis, or begin the chain id with artel-local- or artel-dev-.',
  );
}

function summarise(path: string, text: string): GenesisSummary {
  let content: { chain_id?: unknown; initial_height?: unknown };
  try {
    content = JSON.parse(text) as typeof content;
  } catch (error) {
    throw wrong(path, error instanceof Error ? error.message : String(error));
  }
  const chainId = content?.chain_id;
  if (typeof chainId !== 'string' || chainId === '') throw wrong(path, 'it has no chain_id');
  const initialHeight = Number(content.initial_height ?? 1);
  if (!Number.isSafeInteger(initialHeight) || initialHeight < 0) {
    throw wrong(path, `initial_height is ${String(content.initial_height)}`);
  }
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { chainId, initialHeight: initialHeight || 1, sha256 };
}

async function compareWithFirst(home: NodeHome, now: GenesisSummary): Promise<void> {
  let first: string;
  try {
    first = (await readFile(home.genesisHashFile, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (first === now.sha256) return;
  throw new CliError(
    `${home.genesisFile} has SHA-256 ${now.sha256.slice(0, 16)}..., ` +
      `but this home began with ${first.slice(0, 16)}...`,
    exitCodes.usage,
    `Put the first genesis back, or start the other chain in another --home.`,
  );
}

function wrong(path: string, reason: string): CliError {
  return new CliError(
    `${path} is no genesis: ${reason}`,
    exitCodes.usage,
    'Take the genesis.json of the chain.',
  );
}
