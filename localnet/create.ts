/**
 * Makes the folder of a localnet: one home a node, one genesis for all, the test accounts'
 * keyring.
 */
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, exitCodes } from '../chain/cli/context.ts';
import { Keyring } from '../chain/cli/keyring.ts';
import { derivePrivateKey, hdPathOf, localMnemonic } from '../chain/client/keys.ts';
import type { NodeConfig } from '../chain/node/config.ts';
import { createHome, reconfigure } from '../chain/node/create-home.ts';
import { type NodeHome, nodeHome } from '../chain/node/home.ts';
import { type NodeIdentity, readIdentity } from '../chain/node/keys.ts';
import { testAddresses } from '../chain/node/test-accounts.ts';
import { type LocalnetSettings, type NodePlan, planNodes, requireFreePorts } from './plan.ts';
import { writeSettings } from './record.ts';

/** What a local genesis is made from. */
export interface LocalGenesisInput {
  readonly chainId: string;
  readonly genesisTimeMs: number;
  /** In the order of the nodes. */
  readonly validators: readonly {
    readonly name: string;
    /** ed25519, 32 bytes. */
    readonly publicKey: Uint8Array;
  }[];
  /** Addresses to fund. */
  readonly accounts: readonly string[];
}

/** Gives the genesis document as CometBFT reads it (`genesis.json`), before JSON. */
export type MakeGenesis = (input: LocalGenesisInput) => unknown;

/** Names of the funded accounts in the localnet's keyring. */
export const testKeyNames: readonly string[] = testAddresses.map((_, index) => `test${index}`);

/**
 * Makes all homes. The settings file is written last, so a folder without one was never finished.
 *
 * @throws CliError (usage) where the folder holds something else.
 */
export async function createLocalnet(
  root: string,
  settings: LocalnetSettings,
  cometbft: string,
  makeGenesis: MakeGenesis,
): Promise<void> {
  const nodes = planNodes(root, settings);
  await clearUnfinished(root);
  await mkdir(root, { recursive: true });
  const made: { home: NodeHome; identity: NodeIdentity }[] = [];
  for (const node of nodes) made.push(await createNode(settings, node, cometbft));
  const genesis = await makeGenesis({
    chainId: settings.chainId,
    genesisTimeMs: Date.now(),
    validators: made.map(({ identity }, index) => ({
      name: nodes[index]?.name ?? '',
      publicKey: identity.validatorPublicKey,
    })),
    accounts: testAddresses,
  });
  const text = `${JSON.stringify(genesis, undefined, 2)}\n`;
  for (const { home } of made) await writeFile(home.genesisFile, text);
  await writeTestKeyring(root);
  await configureNodes(root, settings);
}

/** Makes the home of one node, without genesis and peers. */
function createNode(
  settings: LocalnetSettings,
  node: NodePlan,
  cometbft: string,
): Promise<{ home: NodeHome; identity: NodeIdentity }> {
  // The peers are set when every node id is known.
  const config = nodeConfig(settings, node, []);
  const keySeed = settings.seed === undefined ? undefined : `${settings.seed}/${node.name}`;
  return createHome({ root: node.home, cometbft, config, keySeed });
}

/**
 * Makes one more node, which is no validator, and gives its plan: what runs notices nothing, for it
 * is the new node that dials the others.
 */
export async function createAnother(
  root: string,
  present: LocalnetSettings,
  cometbft: string,
): Promise<NodePlan> {
  const settings = { ...present, added: (present.added ?? 0) + 1 };
  const nodes = planNodes(root, settings);
  const [first, node] = [nodes[0], nodes.at(-1)];
  if (first === undefined || node === undefined) throw new Error('a localnet has nodes');
  await requireFreePorts([node]);
  // Left there by one that was cut off: its settings were never written.
  await rm(node.home, { recursive: true, force: true });
  const { home } = await createNode(settings, node, cometbft);
  await copyFile(nodeHome(first.home).genesisFile, home.genesisFile);
  await configureNodes(root, settings);
  return node;
}

/** Writes every node's ports, times and peers, then the settings themselves. */
export async function configureNodes(root: string, settings: LocalnetSettings): Promise<void> {
  const nodes = planNodes(root, settings);
  const addresses: string[] = [];
  for (const { home, p2pPort } of nodes) {
    const { nodeId } = await readIdentity(nodeHome(home));
    addresses.push(`${nodeId}@127.0.0.1:${p2pPort}`);
  }
  for (const [index, node] of nodes.entries()) {
    const peers = addresses.filter((_, other) => other !== index);
    await reconfigure(nodeHome(node.home), nodeConfig(settings, node, peers));
  }
  await writeSettings(root, settings);
}

function nodeConfig(
  settings: LocalnetSettings,
  node: NodePlan,
  localPeers: readonly string[],
): NodeConfig {
  const { timeoutCommit, emptyBlocksInterval } = settings;
  return {
    moniker: node.name,
    p2pPort: node.p2pPort,
    rpcPort: node.rpcPort,
    prometheusPort: node.prometheusPort,
    timeoutCommit,
    emptyBlocksInterval,
    localPeers,
  };
}

/** So that `artel tx ... --from test0 --keyring test --home <root>` works at once. */
async function writeTestKeyring(root: string): Promise<void> {
  const folder = join(root, 'keyring-test');
  await rm(folder, { recursive: true, force: true });
  const keyring = new Keyring({ folder, askPassphrase: undefined });
  for (const [index, name] of testKeyNames.entries()) {
    const hdPath = hdPathOf('secp256k1', index);
    const privateKey = await derivePrivateKey('secp256k1', localMnemonic, hdPath);
    await keyring.add(name, 'secp256k1', privateKey, hdPath);
  }
}

/** Removes what an interrupted creation left; refuses a folder with anything else in it. */
async function clearUnfinished(root: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const foreign = names.find((name) => !/^(node\d+|keyring-test|run\.json.*)$/.test(name));
  if (foreign !== undefined) {
    throw new CliError(
      `${root} holds ${foreign}, which is not of a localnet`,
      exitCodes.usage,
      'Name an empty folder with --home.',
    );
  }
  for (const name of names) {
    if (!name.startsWith('run.json')) await rm(join(root, name), { recursive: true, force: true });
  }
}
